"""Signs that data are not what they look like: clocks, spoiled text, people before their time, silence."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select

from pipeline.casebook.tables import batches, lake_files
from pipeline.contract import Feed, Kind
from pipeline.intake.cell_sql import quoted
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.result import FileResult, Finding, Level
from pipeline.lake.schema import BUSINESS_DAY
from pipeline.lake.store import Lake

if TYPE_CHECKING:
    import duckdb

LEAST_ROWS_FOR_A_CLOCK = 200
SKEW_SECONDS = 300
# Shown in the small hours, this much of a day's work was done in the afternoon.
_SMALL_HOURS_SHARE = 0.05
_WEEKS = 8
_REGULAR = 0.8


def demand_whole_keys(
    connection: duckdb.DuckDBPyConnection, feed: Feed, source: str, cells: dict[str, str]
) -> None:
    """Refuse a file in whose key fields bytes were replaced by a mark: its rows would belong to nobody.

    Args:
        connection: May open the file.
        feed: Its feed.
        source: FROM clause of its raw rows.
        cells: Contract column → SQL over the raw cells.

    Raises:
        RefusedFileError: At least one key field is damaged.
    """
    keys = {*feed.key, *feed.required_columns, *(column.name for column in feed.columns if column.subject)}
    tests = [f"contains({cells[name]}, '\ufffd')" for name in sorted(keys) if name in cells]
    if not tests:
        return
    row = connection.execute(f"SELECT count(*) FROM {source} WHERE {' OR '.join(tests)}").fetchone()
    count = int(row[0]) if row else 0
    if count:
        raise RefusedFileError(
            "damaged_keys",
            f"In {count} rows a key field holds bytes of no encoding "
            f"(looked at: {', '.join(sorted(keys & cells.keys()))}).",
            "Export it again in UTF-8 or GBK; nothing of the file was taken in.",
        )


def about_rows(
    connection: duckdb.DuckDBPyConnection, feed: Feed, result: FileResult, lake: Lake, now: datetime
) -> list[Finding]:
    """Say what the accepted rows of one file tell about their truth.

    Args:
        connection: Holds the view `accepted`.
        feed: The feed of the rows.
        result: The file's account.
        lake: What is published already; the staff's first days are read there.
        now: The moment at which the file came in, aware.
    """
    if not feed.day or feed.by_name[feed.day].kind is not Kind.TIME or not result.accepted:
        return []
    return [
        *_twelve_hours(connection, feed, result),
        *_future(connection, feed, result, now),
        *_before_hire(connection, feed, result, lake),
    ]


def _twelve_hours(connection: duckdb.DuckDBPyConnection, feed: Feed, result: FileResult) -> list[Finding]:
    hour = f"hour({feed.day}_local)"
    rows, late, small, kinds = connection.execute(
        f"SELECT count(*), count(*) FILTER ({hour} >= 13), count(*) FILTER ({hour} BETWEEN 1 AND 6), "
        f"count(DISTINCT {hour}) FROM accepted"
    ).fetchone() or (0, 0, 0, 0)
    if rows < LEAST_ROWS_FOR_A_CLOCK or late or kinds < 2:
        return []
    sure = small >= _SMALL_HOURS_SHARE * rows
    text = (
        f"None of {rows} rows is of an hour from 13 to 23: the source may write 12-hour clocks. Times of day "
        "mean nothing until it is mended; ask for yyyy-MM-dd HH:mm:ss."
    )
    level: Level = "incomplete" if sure else "note"
    return [Finding("twelve_hour_clock", level, result.path, result.feed, rows, text)]


def _future(
    connection: duckdb.DuckDBPyConnection, feed: Feed, result: FileResult, now: datetime
) -> list[Finding]:
    moment = (now + timedelta(seconds=SKEW_SECONDS)).isoformat()
    row = connection.execute(
        f"SELECT count(*) FROM accepted WHERE {feed.day} > timezone('UTC', TIMESTAMPTZ {quoted(moment)})"
    ).fetchone()
    if not row or not row[0]:
        return []
    text = f"{row[0]} rows are of a moment after they came in: a clock or a time zone is wrong."
    return [Finding("clock_skew", "note", result.path, result.feed, int(row[0]), text)]


def _before_hire(
    connection: duckdb.DuckDBPyConnection, feed: Feed, result: FileResult, lake: Lake
) -> list[Finding]:
    staff = lake.files("employees") if "employee_id" in feed.by_name else []
    if not staff:
        return []
    listed = ", ".join(quoted(str(path)) for path in staff)
    row = connection.execute(
        f"SELECT count(*) FROM accepted a JOIN (SELECT employee_id, min(hired_on) AS hired_on FROM "
        f"read_parquet([{listed}], hive_partitioning=false) GROUP BY 1) s USING (employee_id) "
        f"WHERE a.{BUSINESS_DAY} < s.hired_on"
    ).fetchone()
    if not row or not row[0]:
        return []
    text = f"{row[0]} rows are of employees before their first day: wrong dates, or numbers used again."
    return [Finding("before_hire", "note", result.path, result.feed, int(row[0]), text)]


def silent_feeds(engine: Engine, night: date, horizon: int | None = None) -> dict[str, int]:
    """Name the feeds that have no row of a day on which they usually have some, as the past weeks show.

    Args:
        engine: The casebook, which holds the ledger.
        night: The day.
        horizon: Highest batch that counts; None takes all that are published.

    Returns:
        Feed → rows that the same weekday had at the median.
    """
    query = (
        select(lake_files.c.feed, lake_files.c.day, lake_files.c.rows)
        .join(batches, batches.c.batch_id == lake_files.c.batch_id)
        .where(batches.c.status == "published", lake_files.c.day.is_not(None), lake_files.c.day <= night)
        .where(lake_files.c.day >= night - timedelta(weeks=_WEEKS))
    )
    if horizon is not None:
        query = query.where(lake_files.c.batch_id <= horizon)
    per_day: dict[str, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    with engine.connect() as connection:
        for feed, day, rows in connection.execute(query):
            per_day[feed][day] += rows
    silent = {}
    for feed, days in sorted(per_day.items()):
        # Only the weeks since the feed's first row: before that it was not connected.
        like = [night - timedelta(weeks=week) for week in range(1, _WEEKS + 1)]
        like = [day for day in like if day >= min(days)]
        had = sorted(days.get(day, 0) for day in like)
        if len(like) >= 2 and sum(count > 0 for count in had) >= _REGULAR * len(like) and not days.get(night):
            silent[feed] = had[len(had) // 2]
    return silent
