"""Copies of the stored evidence in another order: used only while each of their days is what they were made from.

The files of the days stay the truth. A copy lies in a folder of its own, named by its first day, with what it was made
from beside it. It can be thrown away at any time; the next night makes it again.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from datetime import date
from hashlib import file_digest
from pathlib import Path
from typing import Any

from pipeline.evidence.days import day_files
from pipeline.home import Home

MONTHS, KEYS = "evidence_months", "evidence_keys"
MADE, OPEN = "made.json", "open.json"


def folders(home: Home, kind: str) -> list[Path]:
    """List the copies of one kind, oldest first.

    Args:
        home: The installation.
        kind: `MONTHS` or `KEYS`.
    """
    folder = home.derived / kind
    return sorted(folder.glob("day=*")) if folder.is_dir() else []


def days_of(folder: Path, days: Mapping[date, Path]) -> list[date]:
    """Name the days of a copy that may be used; none where it may not.

    Args:
        folder: The copy.
        days: Days with stored evidence, with the folder of each.
    """
    made = read_json(folder / MADE)
    held = [date.fromisoformat(day) for day in made]
    # A day that was brought back from elsewhere has another size: cheap to ask, and the night asks for more.
    same = all(day in days and _size(days[day]) == made[day.isoformat()]["bytes"] for day in held)
    return held if same else []


def reopen(home: Home, first: date, last: date) -> None:
    """Take the copies of some days out of use, before the days are written anew.

    Args:
        home: The installation.
        first: The first day.
        last: The last day.
    """
    for folder in [*folders(home, MONTHS), *folders(home, KEYS)]:
        held = read_json(folder / MADE)
        if held and min(held) <= last.isoformat() and max(held) >= first.isoformat():
            (folder / MADE).replace(folder / OPEN)


def came_out_the_same(folder: Path, told: dict[str, dict[str, object]]) -> bool:
    """Take a copy into use again whose days were written anew and came out as they were; say whether it was so."""
    if read_json(folder / OPEN) != told:
        return False
    (folder / OPEN).replace(folder / MADE)
    return True


def forget(home: Home) -> None:
    """Throw all copies away; the next night makes them again."""
    for kind in (MONTHS, KEYS):
        shutil.rmtree(home.derived / kind, ignore_errors=True)


def publish(draft: Path, folder: Path) -> None:
    """Put a copy into its place. Whoever was reading the one before finds a file gone, and reads once more."""
    if folder.is_dir():
        shutil.rmtree(folder)
    draft.replace(folder)


def told_of(days: Mapping[date, Path]) -> dict[str, dict[str, object]]:
    """Say what a copy is made from: of each day its bytes and their hashes.

    Args:
        days: The days, with the folder of each.
    """
    told: dict[str, dict[str, object]] = {}
    for day, folder in days.items():
        digests = []
        for path in day_files(folder):
            with path.open("rb") as file:
                digests.append(file_digest(file, "sha256").hexdigest())
        told[day.isoformat()] = {"bytes": _size(folder), "sha256": digests}
    return told


def read_json(path: Path) -> dict[str, Any]:
    """Read what lies beside a copy; nothing where that is not there or cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def quoted(path: Path) -> str:
    """Write a path as it may stand in a statement of the engine."""
    return str(path).replace("'", "''")


def _size(folder: Path) -> int:
    try:
        return sum(entry.stat().st_size for entry in os.scandir(folder) if entry.name.endswith(".parquet"))
    except FileNotFoundError:  # written anew at this very moment
        return -1
