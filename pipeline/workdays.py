"""Working days, kept in the home: the library of holidays takes half a second to import, a file of days none.

The file is known by the country and by the library's version, so a new version is asked anew. What it says is what
`BusinessCalendar` says; it can be deleted at any time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version

from pipeline.calendar import AROUND, BusinessCalendar, days_between
from pipeline.home import Home


def business_calendar(
    home: Home, country: str, first: date, last: date, overrides: Mapping[date, bool]
) -> BusinessCalendar:
    """Return the bank's calendar, from the kept days where they reach far enough.

    Args:
        home: The installation.
        country: ISO 3166 code of the country whose holidays count.
        first: First day that will be asked about.
        last: Last day that will be asked about.
        overrides: Days set by the bank's own calendar.
    """
    kept = _kept(home, country)
    wanted = days_between(first - AROUND, last + AROUND)
    if not all(day in kept for day in wanted):
        asked = BusinessCalendar(country, first, last)
        kept |= {day: asked.is_workday(day) for day in wanted}
        _keep(home, country, kept)
    return BusinessCalendar(country, first, last, {**kept, **overrides})


def _file(home: Home, country: str) -> str:
    return f"{country}-{version('holidays')}.json"


def _kept(home: Home, country: str) -> dict[date, bool]:
    path = home.derived / "workdays" / _file(home, country)
    try:
        days = json.loads(path.read_text(encoding="utf-8"))
        return {date.fromisoformat(day): bool(works) for day, works in days.items()}
    except (OSError, ValueError, AttributeError):
        return {}  # none yet, or half of one: asked anew


def _keep(home: Home, country: str, days: Mapping[date, bool]) -> None:
    from pipeline.whole_file import write_whole

    folder = home.derived / "workdays"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        told = {day.isoformat(): int(days[day]) for day in sorted(days)}
        write_whole(folder / _file(home, country), json.dumps(told) + "\n")
    except OSError:
        return  # a home that may only be read is slower, not wrong
