"""What a file's name tells: which export it is one of, and for which day it was made."""

from __future__ import annotations

import fnmatch
import re
from datetime import date
from pathlib import Path

_DATE = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})([-_.]?)(0[1-9]|1[0-2])(?:\2(0[1-9]|[12][0-9]|3[01]))?(?![0-9]{3})"
)
# 20260618093000, 20260618-0930: the time of day behind the day.
_CLOCK = re.compile(r"((?<![0-9])(?:19|20)[0-9]{6})[-_.T]?[0-9]{4,6}(?![0-9])")
_PART = re.compile(r"(?:[-_.](?:part)?[0-9]{1,3})$")
_MARK = "#"


def named_like(name: str, pattern: str) -> bool:
    """Tell whether a file's name is of a pattern with `*`, `?` and `[…]`; capitals make no difference, on any system.

    Args:
        name: The file's name.
        pattern: As an operator wrote it.
    """
    return fnmatch.fnmatchcase(name.lower(), pattern.lower())


def source_of(shown: str) -> str:
    """Name the export that a file is one of: its name, the day and the part's number taken out.

    `access_log-2026-06-18.csv` and `access_log_20260619-2.csv.gz` are of the same source as far as their
    words agree; a database's table and standard input are each a source of their own.

    Args:
        shown: The file as the ledger calls it.
    """
    if shown.startswith("source:") or shown == "-":
        return shown
    name = Path(shown).name.lower()
    stem = name
    while (suffix := Path(stem).suffix) and not _DATE.search(suffix) and not suffix[1:].isdigit():
        stem = stem[: -len(suffix)]
    stem = _PART.sub("", _DATE.sub(_MARK, _CLOCK.sub(r"\1", stem)))
    return re.sub(r"[-_. ]+", "_", stem).strip("_") or name


def day_of(shown: str) -> date | None:
    """Return the day that a file's name holds; None where there is none, or more than one."""
    found: set[date] = set()
    for year, _, month, day in _DATE.findall(_CLOCK.sub(r"\1", Path(shown).name)):
        if day:
            try:
                found.add(date(int(year), int(month), int(day)))
            except ValueError:
                continue
    return found.pop() if len(found) == 1 else None
