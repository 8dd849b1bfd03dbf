"""Files that are there whole or not at all: written beside their place, then moved into it."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from pipeline.home import PRIVATE_FILE


def write_whole(path: Path, text: str, mode: int = PRIVATE_FILE) -> None:
    """Write a text file, or leave the old one as it was.

    Args:
        path: Where; its folder exists.
        text: The whole content.
        mode: Who may read it.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)  # whatever the umask takes away
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
