"""Dates without times of day: files, or some of their days, of which all rows are of midnight.

A day is such a day by the rows of people. Machines that run at midnight sharp write such rows by right: those of the
register, those of the channel `batch`, and whoever writes at midnight alone on days on which others have times.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pipeline.contract import Feed
from pipeline.intake.cell_sql import quoted
from pipeline.intake.clocks import LEAST_ROWS_OF_MIDNIGHT, NO_TIME_OF_DAY
from pipeline.intake.day_accounts import DayAccount
from pipeline.intake.duplicates import read_parquet
from pipeline.intake.result import FileResult, Finding, Level
from pipeline.lake.schema import BUSINESS_DAY
from pipeline.lake.store import Lake

if TYPE_CHECKING:
    import duckdb

LEAST_PEOPLE = 2
"""Of one alone who never showed a time elsewhere nobody can say that it is no machine."""
LEAST_ROWS_OF_ONE_FILE = 5
"""Rows of people in a file that is taken together with those before it, where its source has sent times."""
_ACTORS = ("employee_id", "created_by", "kind", "channel")
_ACCOUNTS = ("employee_id", "account_id", "created_by")
_SPANS_TOLD = 5


@dataclass(frozen=True)
class _People:
    """Rows of people on the days of midnights alone.

    Attributes:
        days: Those of the days that have some.
        rows: How many.
        clocked: Whether any of these people have times on other days of the file.
        several: Whether they are more than one.
    """

    days: tuple[date, ...]
    rows: int
    clocked: bool
    several: bool


def dates_without_times(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    result: FileResult,
    lake: Lake,
    accounts: list[DayAccount],
    earlier: list[DayAccount],
) -> list[Finding]:
    """Tell a file of dates without times, or the days of it that have none.

    Args:
        connection: Holds the view `accepted`; its session is in the source's zone.
        feed: The feed of the rows.
        result: The file's account.
        lake: What is published already; the register of machines is read there.
        accounts: The file's rows per day and part of the day.
        earlier: The same of what its source has sent before.
    """
    found = _midnight_days(connection, feed, accounts)
    before = _untimed_before(found, accounts, earlier)
    if not found or _rows_of(accounts, found) + before < LEAST_ROWS_OF_MIDNIGHT:
        return []
    people = _people(connection, feed, lake, found)
    # What came before may have been machines' alone: of times that were lost a file must tell by itself, if only a little.
    least = LEAST_ROWS_OF_ONE_FILE if any(map(_parts, earlier)) else 1
    if people.rows < least or people.rows + before < LEAST_ROWS_OF_MIDNIGHT:
        return []
    # Of business a day is often all that there is, and all that most windows need.
    level: Level = "incomplete" if feed.required else "note"
    if len(found) == len(accounts):
        text = (
            f"All {result.accepted} rows are of midnight: the export has dates without times, and times of day mean nothing. "
            "Export the time as well, as yyyy-MM-dd HH:mm:ss."
        )
        return [_finding(result, level, result.accepted, text, found)]
    if not (people.clocked or people.several):
        return []
    rows = _rows_of(accounts, people.days)
    text = (
        f"All {rows} rows of {listed(people.days, _SPANS_TOLD)} are of midnight, while other days of the file have times: "
        "those days have dates without times, and their times of day mean nothing. Export them again with the time, as "
        "yyyy-MM-dd HH:mm:ss."
    )
    return [_finding(result, level, rows, text, people.days)]


def listed(days: Sequence[date], most: int) -> str:
    """Write days as spans of days that lie end to end: `2026-06-15 – 2026-06-18, 2026-06-20`.

    Args:
        days: The days, at least one.
        most: Spans that are written, the newest; a sign stands for the others.
    """
    spans: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if spans and day - spans[-1][1] == timedelta(days=1):
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    told = [f"{first}" if first == last else f"{first} – {last}" for first, last in spans[-most:]]
    return ("… " if len(spans) > most else "") + ", ".join(told)


def _finding(result: FileResult, level: Level, rows: int, text: str, days: Iterable[date]) -> Finding:
    touched = tuple(day.isoformat() for day in days)
    return Finding(NO_TIME_OF_DAY, level, result.path, result.feed, rows, text, touched)


def _midnight_days(
    connection: duckdb.DuckDBPyConnection, feed: Feed, accounts: list[DayAccount]
) -> list[date]:
    """List the days of which all rows are of midnight, on the source's clock or on the bank's."""
    # At one moment of the bank's day, whichever it is: few other days need to be looked at.
    near = [one.day for one in accounts if _parts(one) in ([], [one.rows])]
    if not near:
        return []
    rows = connection.execute(
        f"SELECT {BUSINESS_DAY} FROM accepted a WHERE {_of(near)} "
        f"GROUP BY 1 HAVING NOT bool_or({_timed(feed)}) ORDER BY 1"
    )
    return [day for (day,) in rows.fetchall()]


def _parts(one: DayAccount) -> list[int]:
    return [rows for rows in (one.small_hours, one.forenoon, one.afternoon) if rows]


def _rows_of(accounts: list[DayAccount], days: Iterable[date]) -> int:
    wanted = set(days)
    return sum(one.rows for one in accounts if one.day in wanted)


def _untimed_before(days: list[date], accounts: list[DayAccount], earlier: list[DayAccount]) -> int:
    """Count what a source has sent without a time since it last sent one: small files are taken together."""
    with_times = [one.day for one in earlier if _parts(one)]
    with_times += [one.day for one in accounts if one.day not in set(days)]
    timed = max(with_times, default=date.min)
    if not days or days[0] <= timed:
        return 0
    return sum(one.rows for one in earlier if one.day > timed)


def _people(connection: duckdb.DuckDBPyConnection, feed: Feed, lake: Lake, days: list[date]) -> _People:
    actor = ", ".join(f"coalesce(a.{name}, '')" for name in _ACTORS if name in feed.by_name)
    rows = connection.execute(
        f"""WITH told AS (SELECT a.{BUSINESS_DAY} AS day, concat_ws('|', {actor}) AS actor, {_timed(feed)} AS timed,
            {_of(days)} AS untimed FROM accepted a WHERE NOT ({_is_machine(feed, lake)})),
        actors AS (SELECT actor, bool_or(timed) AS clocked, bool_or(NOT untimed) AS beside FROM told GROUP BY 1)
        SELECT day, count(*), bool_or(clocked), min(actor), max(actor) FROM told JOIN actors USING (actor)
        WHERE untimed AND (clocked OR NOT beside) GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    return _People(
        tuple(row[0] for row in rows),
        sum(row[1] for row in rows),
        any(row[2] for row in rows),
        len({name for row in rows for name in row[3:]}) >= LEAST_PEOPLE,
    )


def _of(days: list[date]) -> str:
    return f"a.{BUSINESS_DAY} IN ({', '.join(f'DATE {quoted(day.isoformat())}' for day in days)})"


def _timed(feed: Feed) -> str:
    """Write the test of a row that has a time of day: it is of no midnight, on the source's clock nor on the bank's."""
    sources, banks = f"timezone('UTC', a.{feed.day})", f"a.{feed.day}_local"
    return "(" + " AND ".join(f"{moment} <> date_trunc('day', {moment})" for moment in (sources, banks)) + ")"


def _is_machine(feed: Feed, lake: Lake) -> str:
    tests = ["coalesce(a.channel = 'batch', false)"] if "channel" in feed.by_name else []
    if register := lake.files("service_accounts"):
        accounts = f"(SELECT account_id FROM {read_parquet(register)} WHERE account_id IS NOT NULL)"
        tests += [f"coalesce(a.{name} IN {accounts}, false)" for name in _ACCOUNTS if name in feed.by_name]
    return " OR ".join(tests) or "false"
