"""What a file's name tells: which export it is one of, and for which day it was made."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_DATE = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})([-_.]?)(0[1-9]|1[0-2])(?:\2(0[1-9]|[12][0-9]|3[01]))?(?![0-9]{3})"
)
# 20260618093000, 20260618-0930: the time of day behind the day.
_CLOCK = re.compile(r"((?<![0-9])(?:19|20)[0-9]{6})[-_.T]?[0-9]{4,6}(?![0-9])")
_PART = re.compile(r"(?:[-_.](?:part)?[0-9]{1,3})$")
_MARK = "#"
_LONG_NUMBER = re.compile(r"[0-9](?:[ -]?[0-9]){10,}")
# No customer's number and no telephone begins with a day of this century and is so short.
_MOMENT = re.compile(r"20[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{0,6}")


@dataclass(frozen=True)
class Occasion:
    """What a file's name says of the sending that it is, its kind left aside.

    Attributes:
        source: The export, as `source_of` names it.
        dates: All days and months in the name, in digits.
        part: The part's number in digits; empty where the file is none.
    """

    source: str
    dates: tuple[str, ...]
    part: str

    def answers(self, wanted: Occasion) -> bool:
        """Tell whether a file of this name brings what another did not: the same in another form, or parts of it."""
        if (self.source, self.dates) != (wanted.source, wanted.dates):
            return False
        # Without a day, numbers may count sendings as well as parts.
        return self.part == wanted.part or bool(wanted.dates and not wanted.part)


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
    stem = _PART.sub("", _stem(name))
    return re.sub(r"[-_. ]+", "_", stem).strip("_") or name


def occasion_of(shown: str) -> Occasion:
    """Tell which sending a file is by its name.

    Args:
        shown: The file as the ledger calls it.
    """
    name = Path(shown).name.lower()
    dates = ("".join((year, month, day)) for year, _, month, day in _DATE.findall(_CLOCK.sub(r"\1", name)))
    part = _PART.search(_stem(name))
    return Occasion(source_of(shown), tuple(dates), re.sub("[^0-9]", "", part[0]).lstrip("0") if part else "")


def shown_name(name: str) -> str:
    """Show the name of a file or a source as a page may: of a number as long as a customer's only its end.

    Args:
        name: As its folder or the ledger calls it.
    """

    def shortened(found: re.Match[str]) -> str:
        digits = re.sub("[ -]", "", found[0])
        return found[0] if _MOMENT.fullmatch(digits) else f"…{digits[-6:]}"

    return _LONG_NUMBER.sub(shortened, name)


def _stem(name: str) -> str:
    """Take the endings off a name, and put a mark in the place of its days."""
    while (suffix := Path(name).suffix) and not _DATE.search(suffix) and not suffix[1:].isdigit():
        name = name[: -len(suffix)]
    return _DATE.sub(_MARK, _CLOCK.sub(r"\1", name))


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
