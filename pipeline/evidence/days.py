"""Where the stored evidence lies: a folder a day."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from pipeline.home import Home

FOLDER = "evidence"


def evidence_folder(home: Home) -> Path:
    """Return where a home's evidence lies."""
    return home.derived / FOLDER


def stored_days(home: Home) -> dict[date, Path]:
    """Return the days with stored evidence, ascending, with the folder of each."""
    folder = evidence_folder(home)
    if not folder.is_dir():
        return {}
    names = sorted(entry.name for entry in os.scandir(folder) if entry.name.startswith("day="))
    return {date.fromisoformat(name.removeprefix("day=")): folder / name for name in names}


def day_files(folder: Path) -> list[Path]:
    """List the files of one day."""
    return sorted(folder.glob("*.parquet"))
