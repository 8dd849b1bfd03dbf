"""Signs that data are not what they look like: clocks, spoiled text, people before their time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.contract import Feed
from pipeline.intake.cell_sql import quoted
from pipeline.intake.clocks import LEAST_ROWS_FOR_A_CLOCK, twelve_hours
from pipeline.intake.day_accounts import DayAccount, has_hours
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.midnights import dates_without_times
from pipeline.intake.result import FileResult, Finding
from pipeline.lake.schema import BUSINESS_DAY
from pipeline.lake.store import Lake

if TYPE_CHECKING:
    import duckdb

SKEW_SECONDS = 300


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
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    result: FileResult,
    lake: Lake,
    now: datetime,
    accounts: list[DayAccount],
    earlier: list[DayAccount],
) -> list[Finding]:
    """Say what the accepted rows of one file tell about their truth.

    Args:
        connection: Holds the view `accepted`.
        feed: The feed of the rows.
        result: The file's account.
        lake: What is published already; the staff's first days and the register of machines are read there.
        now: The moment at which the file came in, aware.
        accounts: The file's rows per day and part of the day.
        earlier: The same of what its source has sent before.
    """
    if not has_hours(feed) or not result.accepted:
        return []
    return [
        *dates_without_times(connection, feed, result, lake, accounts, earlier),
        *_twelve_hours(connection, feed, result, accounts, earlier),
        *_future(connection, feed, result, now),
        *_before_hire(connection, feed, result, lake),
    ]


def _twelve_hours(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    result: FileResult,
    accounts: list[DayAccount],
    earlier: list[DayAccount],
) -> list[Finding]:
    text = (
        "None of {} rows is of an hour from 13 to 23: the source {} 12-hour clocks. Times of day "
        "mean nothing until it is mended; ask for yyyy-MM-dd HH:mm:ss."
    )
    judged = twelve_hours([*earlier, *accounts])
    if judged is not None:
        days = tuple(day.isoformat() for day in judged.days if day.isoformat() in result.days)
        words = text.format(judged.rows, "writes")
        return [
            Finding("twelve_hour_clock", "incomplete", result.path, result.feed, judged.rows, words, days)
        ]
    known = [*earlier, *accounts]
    if any(account.afternoon for account in known) or result.accepted < LEAST_ROWS_FOR_A_CLOCK:
        return []
    (kinds,) = connection.execute(
        f"SELECT count(DISTINCT hour({feed.day}_local)) FROM accepted"
    ).fetchone() or (0,)
    if kinds < 2:
        return []
    rows = sum(account.rows for account in known)
    words = text.format(rows, "may write")
    return [Finding("twelve_hour_clock", "note", result.path, result.feed, rows, words)]


def _counted(
    connection: duckdb.DuckDBPyConnection, rows: str, code: str, result: FileResult, text: str
) -> list[Finding]:
    """Make a note of the rows that a FROM clause finds, with their days; `text` begins with their number."""
    count, days = connection.execute(
        f"SELECT count(*), list(DISTINCT a.{BUSINESS_DAY}) FROM {rows}"
    ).fetchone() or (0, None)
    if not count:
        return []
    touched = tuple(sorted(day.isoformat() for day in days or [] if day))
    return [Finding(code, "note", result.path, result.feed, int(count), f"{count} {text}", touched)]


def _future(
    connection: duckdb.DuckDBPyConnection, feed: Feed, result: FileResult, now: datetime
) -> list[Finding]:
    moment = quoted((now + timedelta(seconds=SKEW_SECONDS)).isoformat())
    rows = f"accepted a WHERE a.{feed.day} > timezone('UTC', TIMESTAMPTZ {moment})"
    text = "rows are of a moment after they came in: a clock or a time zone is wrong."
    return _counted(connection, rows, "clock_skew", result, text)


def _before_hire(
    connection: duckdb.DuckDBPyConnection, feed: Feed, result: FileResult, lake: Lake
) -> list[Finding]:
    staff = lake.files("employees") if "employee_id" in feed.by_name else []
    if not staff:
        return []
    listed = ", ".join(quoted(str(path)) for path in staff)
    rows = (
        f"accepted a JOIN (SELECT employee_id, min(hired_on) AS hired_on FROM "
        f"read_parquet([{listed}], hive_partitioning=false) GROUP BY 1) s USING (employee_id) "
        f"WHERE a.{BUSINESS_DAY} < s.hired_on"
    )
    text = "rows are of employees before their first day: wrong dates, or numbers used again."
    return _counted(connection, rows, "before_hire", result, text)
