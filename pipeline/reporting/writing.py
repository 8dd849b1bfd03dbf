"""Puts pages into the reports folder: whole or not at all, for the owner's eyes alone."""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Sequence
from pathlib import Path

from pipeline.home import PRIVATE_DIR, PRIVATE_FILE
from reports.document import LookUp

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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


def lookups_csv(lookups: Sequence[LookUp]) -> str:
    """Write look-ups as CSV; a cell that a spreadsheet would take for a formula is led by an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    columns = [name for name in LookUp.model_fields if name != "note"]
    writer.writerow([*columns, "note_en", "note_zh"])
    for row in lookups:
        cells = [_cell(getattr(row, name)) for name in columns]
        writer.writerow(
            [*cells, _cell(row.note.en if row.note else ""), _cell(row.note.zh if row.note else "")]
        )
    return "\ufeff" + out.getvalue()


def _cell(value: object) -> str:
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def sha256_of(text: str) -> str:
    """Hash a file's text as it is written."""
    return hashlib.sha256(text.encode()).hexdigest()
