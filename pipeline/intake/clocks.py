"""Sources whose times of day mean nothing: clocks of twelve hours, and exports of dates alone.

What a clock of twelve hours calls three in the morning may be the afternoon. It is judged by what a source has sent so far, not by
one file: a morning's file is no sign. Of dates alone each file tells by itself: all of it, or all of some of its days, is of midnight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, select

from pipeline.casebook.tables import batches, data_findings
from pipeline.intake.day_accounts import DayAccount, read_days

LEAST_ROWS_FOR_A_CLOCK = 200
# Shown in the small hours, this much of the work was done in the afternoon …
SMALL_HOURS_SHARE = 0.05
# … by people who are there in the forenoon too: what runs only by night is a machine, or a shift.
FORENOON_SHARE = 0.05
LEAST_ROWS_OF_MIDNIGHT = 20
"""So many rows of a source at midnight sharp, and none of another moment, are dates without a time."""
NO_TIME_OF_DAY = "no_time_of_day"
# A source that wrote afternoons before is believed for so many days without one.
LEAST_DAYS_AFTER_A_CHANGE = 3


@dataclass(frozen=True)
class TwelveHours:
    """A source that writes twelve-hour clocks.

    Attributes:
        feed: Its feed.
        source: The source.
        days: Days since it last named an hour of the afternoon.
        rows: Its rows of those days.
        batches: The batches that they came in.
    """

    feed: str
    source: str
    days: tuple[date, ...]
    rows: int
    batches: frozenset[int]


def twelve_hours(accounts: Iterable[DayAccount]) -> TwelveHours | None:
    """Judge one source's clock by its days since it last named an hour from 13 to 23.

    Args:
        accounts: What came of one source, in any order.
    """
    per_day: dict[date, list[DayAccount]] = defaultdict(list)
    for account in accounts:
        per_day[account.day].append(account)
    span: list[DayAccount] = []
    days: list[date] = []
    changed = False
    for day in sorted(per_day, reverse=True):
        if any(account.afternoon for account in per_day[day]):
            changed = True
            break
        days.append(day)
        span += per_day[day]
    rows = sum(account.rows for account in span)
    if rows < LEAST_ROWS_FOR_A_CLOCK or (changed and len(days) < LEAST_DAYS_AFTER_A_CHANGE):
        return None
    if sum(account.small_hours for account in span) < SMALL_HOURS_SHARE * rows:
        return None
    if sum(account.forenoon for account in span) < FORENOON_SHARE * rows:
        return None
    return TwelveHours(
        span[0].feed,
        span[0].source,
        tuple(sorted(days)),
        rows,
        frozenset(account.batch_id for account in span),
    )


def clockless(engine: Engine, feed: str, horizon: int | None) -> list[TwelveHours]:
    """Name the sources of a feed that write twelve-hour clocks, as known by a horizon.

    Args:
        engine: The casebook.
        feed: The feed.
        horizon: Highest batch that counts; None takes all that are published.
    """
    per_source: dict[str, list[DayAccount]] = defaultdict(list)
    for account in read_days(engine, horizon=horizon, feed=feed):
        per_source[account.source].append(account)
    judged = [twelve_hours(accounts) for _, accounts in sorted(per_source.items())]
    return [one for one in judged if one is not None]


def dates_alone(engine: Engine, feed: str, horizon: int | None) -> list[tuple[int, tuple[date, ...]]]:
    """Name the batches of a feed whose rows have dates and no times, with the days of which that is so.

    Args:
        engine: The casebook.
        feed: The feed.
        horizon: Highest batch that counts; None takes all that are published.
    """
    query = (
        select(data_findings.c.batch_id, data_findings.c.days)
        .join(batches, batches.c.batch_id == data_findings.c.batch_id)
        .where(batches.c.status == "published", data_findings.c.code == NO_TIME_OF_DAY)
        .where(data_findings.c.feed == feed)
        .order_by(data_findings.c.batch_id)
    )
    if horizon is not None:
        query = query.where(data_findings.c.batch_id <= horizon)
    with engine.connect() as connection:
        return [
            (int(batch), tuple(date.fromisoformat(day) for day in sorted(days)))
            for batch, days in connection.execute(query)
        ]
