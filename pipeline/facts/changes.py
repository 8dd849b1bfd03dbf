"""Which days something has changed for since the stored facts were computed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pandas as pd

from pipeline.contract import FEEDS
from pipeline.facts.manifest import Manifest
from pipeline.lake.store import Lake

BY_DAY = ("access_log", "logins")
"""Feeds of which a day's facts read that day's files."""
Periods = dict[str, list[tuple[date, date, tuple[Any, ...]]]]
"""Person → (from, to, what holds), in order."""


@dataclass
class Dirty:
    """Days that have to be computed again.

    Attributes:
        described: Days whose acts must be described anew; the rest follows from them.
        weighed: Days whose acts stand, but not what they were for, or what counts beside them.
    """

    described: set[date] = field(default_factory=set)
    weighed: set[date] = field(default_factory=set)

    @property
    def all(self) -> set[date]:
        """Both."""
        return self.described | self.weighed


def span(first: date, last: date) -> list[date]:
    """List the days from `first` to `last`, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def digest(names: Iterable[str]) -> str:
    """Return what changes when a set of names does."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:16]


def cells(lake: Lake, horizon: int, last: date) -> dict[str, dict[str, str]]:
    """Return feed → day → digest of its files, for the feeds that are read by day.

    Args:
        lake: The events.
        horizon: Highest ingest batch that counts.
        last: Last day wanted.
    """
    found: dict[str, dict[str, str]] = {}
    for feed in BY_DAY:
        days: dict[date, list[str]] = {}
        for day, path in lake.listed(feed, horizon):
            if day is not None and day <= last:
                days.setdefault(day, []).append(path)
        found[feed] = {day.isoformat(): digest(paths) for day, paths in days.items()}
    return found


def others(lake: Lake, horizon: int, first: date) -> str:
    """Return a digest of all other feeds' files, without those of days before `first`: retention takes these."""
    names = [
        path
        for feed in FEEDS
        if feed not in BY_DAY
        for day, path in lake.listed(feed, horizon)
        if day is None or day >= first
    ]
    return digest(names)


def changed_cells(before: Manifest, now: dict[str, dict[str, str]], feed: str, first: date) -> list[date]:
    """List the days of a feed whose files are others than they were, among those that have facts."""
    old, new = before.cells.get(feed, {}), now.get(feed, {})
    days = [date.fromisoformat(day) for day in old.keys() | new.keys() if old.get(day) != new.get(day)]
    return [day for day in days if first <= day <= before.last]


def _at(periods: list[tuple[date, date, tuple[Any, ...]]], day: date) -> tuple[Any, ...] | None:
    return next((what for since, until, what in periods if since <= day <= until), None)


def changed_positions(old: Periods, new: Periods, first: date, last: date) -> dict[str, set[date]]:
    """Find the days on which a person's position is another than it was.

    Args:
        old: The periods that the facts were computed with.
        new: The periods as they are now.
        first: First day that matters.
        last: Last day that matters.
    """
    found: dict[str, set[date]] = {}
    for person in old.keys() | new.keys():
        before, after = old.get(person, []), new.get(person, [])
        if before == after:
            continue
        # What holds changes at the begin of a period, or on the day after its end.
        edges = {first} | {
            day
            for since, until, _ in (*before, *after)
            for day in (since, until + timedelta(days=1) if until < last else last)
            if first <= day <= last
        }
        ordered = sorted(edges)
        for start, end in zip(ordered, [*ordered[1:], last + timedelta(days=1)], strict=True):
            if _at(before, start) != _at(after, start):
                found.setdefault(person, set()).update(span(start, end - timedelta(days=1)))
    return found


def periods_of(staff: pd.DataFrame) -> Periods:
    """Turn staff periods into what is compared: role, branch and first day of work.

    Args:
        staff: employee_id, role, branch_id, hired_on, from_day, to_day, all as text.
    """
    found: Periods = {}
    columns = [staff[name] for name in ("employee_id", "from_day", "to_day", "role", "branch_id", "hired_on")]
    for person, since, until, *what in zip(*columns, strict=True):
        found.setdefault(person, []).append(
            (date.fromisoformat(since), date.fromisoformat(until), tuple(what))
        )
    return {person: sorted(rows, key=str) for person, rows in found.items()}
