"""Watermarks: how far a database's table was read, kept between two reads, and the moment from which to read on."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

# Kinds of watermark that are kept between two reads, and how they are written and read back.
KEPT: dict[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "time": (datetime, datetime.isoformat, datetime.fromisoformat),
    "day": (date, date.isoformat, date.fromisoformat),
    "number": (int, str, int),
    "decimal": (Decimal, str, Decimal),
    "text": (str, str, str),
}
# Times and days as databases write them in text or numbers. What follows (fractions, an offset) stays as it is.
_FORMS = (
    (re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(.*)"), "%Y-%m-%dT%H:%M:%S", 1),
    (re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(.*)"), "%Y-%m-%d %H:%M:%S", 1),
    (re.compile(r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d)(.*)"), "%Y/%m/%d %H:%M:%S", 1),
    (re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d)()"), "%Y-%m-%d %H:%M", 60),
    (re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)(Z|[+-]\d\d:?\d\d)?"), "%Y-%m-%dT%H:%M", 60),
    (re.compile(r"(\d{8} \d\d:\d\d:\d\d)(.*)"), "%Y%m%d %H:%M:%S", 1),
    (re.compile(r"(\d{14})(\d{0,6}|\.\d+)"), "%Y%m%d%H%M%S", 1),
    (re.compile(r"(\d{4}-\d\d-\d\d)()"), "%Y-%m-%d", 86_400),
    (re.compile(r"(\d{4}/\d\d/\d\d)()"), "%Y/%m/%d", 86_400),
    (re.compile(r"(\d{8})()"), "%Y%m%d", 86_400),
)
# Digits of a number that counts since 1970 → what it counts a second. Until 2033 such numbers begin with 1, and none is a day of
# this century. A running number as long is taken for one too: so many rows are read again, and none is lost.
_SINCE_1970 = {10: 1, 13: 1_000}


def earlier(value: Any, seconds: float) -> Any:
    """Return a watermark that lies so many seconds before another, written as that is.

    What tells of no time (a running number, a word) is returned as it is.

    Args:
        value: The last watermark.
        seconds: How far back; days go back by whole days, minutes by whole minutes.
    """
    if not seconds:
        return value
    if isinstance(value, datetime):
        return value - timedelta(seconds=seconds)
    if isinstance(value, date):
        return value - timedelta(days=math.ceil(seconds / 86_400))
    if isinstance(value, str):
        return _earlier_text(value, seconds)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(_earlier_text(str(value), seconds))
    if isinstance(value, Decimal) and value.is_finite():
        whole = int(value)
        return value - (whole - int(_earlier_text(str(whole), seconds)))
    return value


def _earlier_text(text: str, seconds: float) -> str:
    units = _SINCE_1970.get(len(text)) if text.isascii() and text.isdigit() else None
    if units and text.startswith("1"):
        return str(int(text) - math.ceil(seconds * units))
    for pattern, form, unit in _FORMS:
        found = pattern.fullmatch(text)
        if found is None:
            continue
        try:
            at = datetime.strptime(found[1], form)  # noqa: DTZ007  # a wall clock, whatever its offset
            before = at - timedelta(seconds=math.ceil(seconds / unit) * unit)
        except (ValueError, OverflowError):
            return text  # digits that are no time
        return f"{before.strftime(form)}{found[2] or ''}"
    return text
