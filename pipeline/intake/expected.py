"""Expected against received, by feed and by source: what usually comes for such a day, and when it usually comes.

Nothing is configured: the past of each source is its own norm. Days are compared with days of their kind
(working days with working days, make-up days included), by the median, with a spread that one odd day does
not move.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import sqrt
from statistics import median, quantiles
from typing import Protocol
from zoneinfo import ZoneInfo

from pipeline.intake.day_accounts import DayAccount
from pipeline.intake.stored_findings import LOOK_BACK_DAYS

WEEKS = 8
LEAST_LIKE_DAYS = 5
# Share of like days that had rows from which a day without any is a silence …
REGULAR = 0.8
# … and rows at the median, below which chance alone leaves a day empty now and then.
LEAST_EXPECTED = 8
# A drop must also leave the usual spread by so much.
SPREADS = 4.0
_MAD_TO_SIGMA = 1.4826
# A source is held to its own past once it has delivered on so many days, and until it has been away so long.
LEAST_DELIVERIES = 5
RETIRED_AFTER_DAYS = 28
LEAST_LAGS = 5
_GRACE_HOURS = 1.0


class WorkingDays(Protocol):
    """Tells working days from days off."""

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on a day."""


@dataclass(frozen=True)
class Shortage:
    """Rows of a day that usually come and have not.

    Attributes:
        code: `silent_feed`, `sudden_drop`, `silent_source` or `source_drop`.
        feed: The feed.
        source: The source; empty for the feed as a whole.
        day: The business day.
        expected: Rows at the median of like days.
        received: Rows that are there.
        incomplete: Whether the night's data suffer; otherwise other sources have made up for it.
    """

    code: str
    feed: str
    source: str
    day: date
    expected: int
    received: int
    incomplete: bool


def usual_rows(
    counts: Mapping[date, int], day: date, calendar: WorkingDays, patience_days: int = 366
) -> tuple[float, float] | None:
    """Say how many rows a day of this kind usually has.

    Args:
        counts: Business day → rows.
        day: The day asked about; only days before it teach.
        calendar: Tells working days from days off.
        patience_days: After so many days without a row nothing is expected any more.

    Returns:
        The median of like days and their spread (rows); None where there is no custom.
    """
    before = [known for known, rows in counts.items() if rows and known < day]
    if not before or (day - max(before)).days > patience_days:
        return None
    # A long silence must not become the custom: the weeks before it teach.
    last = max(before)
    first = max(min(before), last - timedelta(weeks=WEEKS))
    like = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    had = [counts.get(known, 0) for known in like if calendar.is_workday(known) == calendar.is_workday(day)]
    if len(had) < LEAST_LIKE_DAYS or sum(rows > 0 for rows in had) < REGULAR * len(had):
        return None
    middle = median(had)
    around = median(abs(rows - middle) for rows in had)
    return middle, max(_MAD_TO_SIGMA * around, sqrt(middle))


def usual_lag_hours(accounts: Iterable[DayAccount], zone: str) -> float | None:
    """Learn how long after a day's end its rows usually come: nine times in ten, within so many hours.

    What came together with the source's first delivery teaches nothing: it was history already.

    Args:
        accounts: What came of one feed or source.
        zone: The bank's zone, in which days end.
    """
    first_came: dict[date, datetime] = {}
    for account in accounts:
        if account.came_at is not None:
            known = first_came.get(account.day)
            first_came[account.day] = account.came_at if known is None else min(known, account.came_at)
    if not first_came:
        return None
    connected = min(first_came.values())
    lags = [
        (came - end_of(day, zone)).total_seconds() / 3600
        for day, came in first_came.items()
        if end_of(day, zone) > connected
    ]
    if len(lags) < LEAST_LAGS:
        return None
    return max(0.0, quantiles(lags, n=10, method="inclusive")[-1])


def end_of(day: date, zone: str) -> datetime:
    """Return the moment at which a business day ends."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))


def is_due(accounts: Iterable[DayAccount], day: date, at: datetime, zone: str) -> bool:
    """Tell whether the rows of a day should have come by now, by the source's own custom."""
    lag = usual_lag_hours(accounts, zone)
    return lag is None or at >= end_of(day, zone) + timedelta(hours=lag + _GRACE_HOURS)


def shortages(
    accounts: list[DayAccount],
    night: date,
    at: datetime,
    calendar: WorkingDays,
    zone: str,
    drop_below: float,
) -> list[Shortage]:
    """Find the days up to a night, a week back, on which less came than usual and should be there by now.

    Args:
        accounts: What came, as far as the night may know.
        night: The night.
        at: The moment of the run, aware: what is not due by then is no finding.
        calendar: Tells working days from days off.
        zone: The bank's zone.
        drop_below: Share of the usual below which a day has dropped.
    """
    of_feed: dict[str, list[DayAccount]] = defaultdict(list)
    for account in accounts:
        of_feed[account.feed].append(account)
    days = [night - timedelta(days=back) for back in reversed(range(LOOK_BACK_DAYS))]
    found: list[Shortage] = []
    for feed, mine in sorted(of_feed.items()):
        of_source: dict[str, list[DayAccount]] = defaultdict(list)
        for account in mine:
            of_source[account.source].append(account)
        total = _per_day(mine)
        for day in days:
            usual = usual_rows(total, day, calendar)
            code = shortfall(usual, total.get(day, 0), drop_below)
            if usual is None:
                continue
            if code:
                if is_due(mine, day, at, zone):
                    name = {"silent": "silent_feed", "drop": "sudden_drop"}[code]
                    found.append(Shortage(name, feed, "", day, round(usual[0]), total.get(day, 0), True))
            elif len(of_source) > 1:
                missing = usual[0] - total.get(day, 0)
                found += _of_sources(feed, of_source, day, at, calendar, zone, drop_below, missing)
    return found


def _of_sources(
    feed: str,
    of_source: Mapping[str, list[DayAccount]],
    day: date,
    at: datetime,
    calendar: WorkingDays,
    zone: str,
    drop_below: float,
    missing: float,
) -> list[Shortage]:
    found = []
    for source, mine in sorted(of_source.items()):
        if len({account.came_at.date() for account in mine if account.came_at}) < LEAST_DELIVERIES:
            continue
        counts = _per_day(mine)
        usual = usual_rows(counts, day, calendar, RETIRED_AFTER_DAYS)
        code = shortfall(usual, counts.get(day, 0), drop_below)
        if usual is None or not code or not is_due(mine, day, at, zone):
            continue
        name = {"silent": "silent_source", "drop": "source_drop"}[code]
        # Where the feed as a whole has what it usually has, the rows came another way.
        felt = missing >= (usual[0] - counts.get(day, 0)) / 2
        found.append(Shortage(name, feed, source, day, round(usual[0]), counts.get(day, 0), felt))
    return found


def _per_day(accounts: Iterable[DayAccount]) -> dict[date, int]:
    counts: dict[date, int] = defaultdict(int)
    for account in accounts:
        counts[account.day] += account.rows
    return counts


def shortfall(usual: tuple[float, float] | None, received: int, drop_below: float) -> str:
    """Say whether a day's rows are `silent`, a `drop`, or (empty) within what such days vary.

    Args:
        usual: What `usual_rows` says of the day.
        received: Rows that are there.
        drop_below: Share of the usual below which a day has dropped.
    """
    if usual is None or usual[0] < LEAST_EXPECTED:
        return ""
    middle, spread = usual
    if not received:
        return "silent"
    return "drop" if received < drop_below * middle and received < middle - SPREADS * spread else ""
