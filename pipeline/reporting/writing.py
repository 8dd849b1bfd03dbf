"""Puts pages into the reports folder: whole or not at all, for the owner's eyes alone."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pipeline.home import PRIVATE_DIR, PRIVATE_FILE


def write_private(path: Path, text: str) -> Path:
    """Write a file under another name and rename it, so that no reader ever sees half of it."""
    path.parent.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        scratch.replace(path)
    except OSError:
        scratch.unlink(missing_ok=True)
        raise
    return path


def sha256_of(text: str) -> str:
    """Hash a file's text as it is written."""
    return hashlib.sha256(text.encode()).hexdigest()
