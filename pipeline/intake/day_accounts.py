"""What came of each source for each business day, and at which hours: the memory behind every expectation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, insert, select

from pipeline.casebook.tables import batches, day_accounts
from pipeline.contract import Feed, Kind
from pipeline.lake.schema import BUSINESS_DAY

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class DayAccount:
    """Accepted rows of one batch and day.

    Attributes:
        day: The business day.
        rows: Accepted rows.
        small_hours: Those of the hours from 1 to 6 on the bank's wall clock.
        forenoon: Those from 8 to 12.
        afternoon: Those from 13 to 23.
        source: Which export; empty while the file is being read.
        feed: Its feed; likewise.
        batch_id: Its batch; 0 likewise.
        came_at: When the batch was opened, aware.
    """

    day: date
    rows: int
    small_hours: int = 0
    forenoon: int = 0
    afternoon: int = 0
    source: str = ""
    feed: str = ""
    batch_id: int = 0
    came_at: datetime | None = None


def has_hours(feed: Feed) -> bool:
    """Tell whether a feed's rows say at which hour something happened."""
    return bool(feed.day) and feed.by_name[feed.day or ""].kind is Kind.TIME


def count_days(connection: duckdb.DuckDBPyConnection, feed: Feed) -> list[DayAccount]:
    """Count the accepted rows of one file per day and part of the day.

    Args:
        connection: Holds the view `accepted`.
        feed: The feed of the rows.
    """
    if not feed.day:
        return []
    parts = "0, 0, 0"
    if has_hours(feed):
        hour = f"hour({feed.day}_local)"
        parts = ", ".join(
            f"count(*) FILTER ({hour} BETWEEN {first} AND {last})"
            for first, last in ((1, 6), (8, 12), (13, 23))
        )
    found = connection.execute(
        f"SELECT {BUSINESS_DAY}, count(*), {parts} FROM accepted WHERE {BUSINESS_DAY} IS NOT NULL "
        "GROUP BY 1 ORDER BY 1"
    )
    return [DayAccount(*row) for row in found.fetchall()]


def write_days(
    connection: Connection, batch_id: int, feed: str, source: str, accounts: list[DayAccount]
) -> None:
    """Keep what came, in the transaction that publishes the batch."""
    if accounts:
        rows = [
            {
                "batch_id": batch_id,
                "feed": feed,
                "source": source,
                "day": account.day,
                "rows": account.rows,
                "small_hours": account.small_hours,
                "forenoon": account.forenoon,
                "afternoon": account.afternoon,
            }
            for account in accounts
        ]
        connection.execute(insert(day_accounts), rows)


def read_days(
    engine: Engine,
    first: date | None = None,
    last: date | None = None,
    horizon: int | None = None,
    feed: str | None = None,
    source: str | None = None,
) -> list[DayAccount]:
    """Read what came, in the order of days and batches.

    Args:
        engine: The casebook.
        first: First business day wanted.
        last: Last business day wanted.
        horizon: Highest batch that counts; None takes all that are published.
        feed: Of this feed only.
        source: Of this source only.
    """
    query = (
        select(day_accounts, batches.c.opened_at)
        .join(batches, batches.c.batch_id == day_accounts.c.batch_id)
        .where(batches.c.status == "published")
        .order_by(day_accounts.c.day, day_accounts.c.batch_id, day_accounts.c.source)
    )
    if first is not None:
        query = query.where(day_accounts.c.day >= first)
    if last is not None:
        query = query.where(day_accounts.c.day <= last)
    if horizon is not None:
        query = query.where(day_accounts.c.batch_id <= horizon)
    if feed is not None:
        query = query.where(day_accounts.c.feed == feed)
    if source is not None:
        query = query.where(day_accounts.c.source == source)
    with engine.connect() as connection:
        return [
            DayAccount(
                row.day,
                row.rows,
                row.small_hours,
                row.forenoon,
                row.afternoon,
                row.source,
                row.feed,
                row.batch_id,
                row.opened_at,
            )
            for row in connection.execute(query)
        ]


def reach(engine: Engine, horizon: int) -> int:
    """Return the last batch that a night with this horizon knows of, refused ones included.

    A file that is refused publishes nothing and moves no horizon: those between the horizon's batch and the
    next one that was published had been seen by then.
    """
    following = select(func.min(batches.c.batch_id)).where(
        batches.c.status == "published", batches.c.batch_id > horizon
    )
    newest = select(func.max(batches.c.batch_id))
    with engine.connect() as connection:
        after = connection.scalar(following)
        last = connection.scalar(newest)
    return int(after) - 1 if after is not None else int(last or horizon)
