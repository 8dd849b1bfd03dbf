"""One file's rows: staged beside the lake, judged, and compared with what the lake has."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pipeline.contract import Feed
from pipeline.home import PRIVATE_DIR, Home
from pipeline.intake.duplicates import (
    days_of,
    mark_duplicates,
    one,
    read_parquet,
    repeated_keys,
    same_key,
)
from pipeline.intake.held import MARKS, Held, hold
from pipeline.intake.ledger import MAX_REJECTED_KEPT, Rejected
from pipeline.intake.rows import SCRATCH, RawRows, Shortfall
from pipeline.intake.surnames import SURNAMES
from pipeline.lake.schema import BUSINESS_DAY, lake_columns, stored_key
from pipeline.lake.store import Lake

if TYPE_CHECKING:
    import duckdb

# A word that stands in a column this often is the source's vocabulary rather than somebody's name, unless it is
# written like one.
OFTEN = 5


@dataclass
class Account:
    """What staging found.

    Attributes:
        read: Records in the file.
        duplicate: Rows whose like is in the lake, or earlier in the file.
        across: Those of them whose like came in another file.
        corrected: Accepted rows whose key was known with other content.
        withdrawn: Accepted rows by which the source takes others back.
        clipped: Resident numbers as a spreadsheet cuts them: 000 at the end, wrong check digit.
        cleared: Rows in which a customer's number stood where none belongs, and was replaced.
        reasons: Code → rejected rows.
        rejected: The first of them, for the quarantine.
        renumbered: Whether records lie between its rows that never became rows, or were left out.
        days: Business days of the accepted rows.
        left_days: Business days on which older versions of accepted rows lie.
    """

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    across: int = 0
    corrected: int = 0
    withdrawn: int = 0
    clipped: int = 0
    cleared: int = 0
    renumbered: bool = False
    reasons: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)
    days: list[date] = field(default_factory=list)
    left_days: list[date] = field(default_factory=list)

    @property
    def rejected_rows(self) -> int:
        """Number of rejected rows."""
        return sum(self.reasons.values())


def stage(
    connection: duckdb.DuckDBPyConnection,
    statement: str,
    feed: Feed,
    rows: RawRows,
    origin: tuple[int, int],
    size: int,
    home: Home,
    stack: ExitStack,
) -> Held:
    """Clean all rows once, and hold them for judging as the view `staged`, numbered `row_no` in file order.

    Args:
        connection: The engine.
        statement: `staging_sql`'s: it has tokens in the place of numbers, as the lake has.
        feed: The feed of the rows.
        rows: Where its records stand in the source.
        origin: Batch and file that the rows are of.
        size: Of the source, bytes.
        home: The installation; the rows lie in its scratch folder.
        stack: At its end they are removed, but for those that have gone into the lake.
    """
    scratch = home.tmp / SCRATCH
    scratch.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    folder = stack.enter_context(
        TemporaryDirectory(prefix="staged-", dir=scratch, ignore_cleanup_errors=True)
    )
    held = hold(connection, statement, feed, Path(folder), rows.first_line, origin, size)
    columns = ", ".join(column.name for column in lake_columns(feed))
    staged = f"SELECT {columns}, {', '.join(MARKS)} FROM {read_parquet([held.rest])}"
    if held.days:
        staged = (
            f"SELECT {columns}, NULL::VARCHAR AS problem, NULL::VARCHAR AS detail, false AS withdrawn "
            f"FROM {read_parquet(list(held.days.values()))} UNION ALL {staged}"
        )
    connection.execute(
        f"CREATE VIEW staged AS SELECT * EXCLUDE (line), line - {rows.first_line} AS row_no FROM ({staged})"
    )
    return held


def judge(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    lake: Lake,
    rows: RawRows,
    held: Held,
    shortfalls: list[Shortfall],
) -> Account:
    """Account for every staged row, and mark the duplicates.

    Args:
        connection: Holds the view `staged`.
        feed: The feed of the rows.
        lake: What is published already.
        rows: Where its records stood in the source.
        held: The staged rows, counted.
        shortfalls: Records that never became rows.
    """
    account = Account(renumbered=bool(shortfalls or rows.lines))
    _number_lines(connection, rows, shortfalls)
    account.read = held.rows + len(shortfalls)
    account.clipped, account.cleared = held.clipped, held.cleared
    account.reasons.update(shortfall.code for shortfall in shortfalls)
    if held.good < held.rows:
        _take_rejected(connection, account)
    account.rejected += [Rejected(item.line, None, item.code, item.detail) for item in shortfalls]
    account.rejected.sort(key=lambda row: (row.line, row.code))
    repeated = repeated_keys(connection, feed)
    account.days, account.across = mark_duplicates(connection, feed, lake, repeated)
    (account.duplicate,) = one(connection, "SELECT count(*) FROM duplicates")
    anti = "ANTI JOIN duplicates d ON l.row_no = d.row_no " if account.duplicate else ""
    # Neither it nor what it is made of is temporary: days are written side by side, by connections of their own.
    connection.execute(f"CREATE VIEW accepted AS SELECT l.* FROM lined l {anti}WHERE l.problem IS NULL")
    if feed.day and account.duplicate:
        account.days = days_of(connection, "accepted")
    account.accepted = held.good - account.duplicate
    if account.accepted:
        (account.withdrawn,) = one(connection, "SELECT count(*) FILTER (withdrawn) FROM accepted")
        _count_corrections(connection, feed, lake, account, repeated)
    return account


def _number_lines(connection: duckdb.DuckDBPyConnection, rows: RawRows, shortfalls: list[Shortfall]) -> None:
    """Give every staged row its record number, those before it that never became rows counted in."""
    first_line = rows.first_line
    if not shortfalls and not rows.lines:
        connection.execute(f"CREATE VIEW lined AS SELECT *, row_no + {first_line} AS line FROM staged")
        return
    connection.execute("CREATE TABLE shifts (from_row BIGINT, shift BIGINT)")
    shifts = {row: line - first_line - row for row, line in enumerate(rows.lines)}
    for before, item in enumerate(sorted(shortfalls, key=lambda item: item.line)):
        shifts[item.line - first_line - before] = before + 1
    import pyarrow as pa

    table = pa.table({"from_row": list(shifts), "shift": list(shifts.values())})
    connection.register("shift_list", table)
    connection.execute("INSERT INTO shifts SELECT * FROM shift_list")
    connection.unregister("shift_list")
    connection.execute(
        f"CREATE VIEW lined AS SELECT s.*, s.row_no + {first_line} + coalesce(k.shift, 0) AS line "
        "FROM staged s ASOF LEFT JOIN shifts k ON s.row_no >= k.from_row"
    )


def _take_rejected(connection: duckdb.DuckDBPyConnection, account: Account) -> None:
    for code, count in connection.execute(
        "SELECT split_part(problem, ':', 1), count(*) FROM staged WHERE problem IS NOT NULL "
        "GROUP BY 1 ORDER BY 1"
    ).fetchall():
        account.reasons[code] += count
    account.rejected = [
        Rejected(line, column or None, code, detail)
        for line, code, column, detail in connection.execute(
            f"SELECT line, split_part(problem, ':', 1), split_part(problem, ':', 2), {_nobody_named()} "
            "FROM (SELECT *, count(*) OVER (PARTITION BY problem, detail) AS times FROM lined "
            f"WHERE problem IS NOT NULL) ORDER BY line LIMIT {MAX_REJECTED_KEPT}"
        ).fetchall()
    ]


def _nobody_named() -> str:
    """A word is shown only if it stands in the column often, and is not written like a person's name."""
    word = r"regexp_full_match(detail, '[\p{L}_ ]+')"
    chinese_name = rf"regexp_full_match(detail, '[{SURNAMES}]\p{{Han}}{{1,3}}')"
    return f"CASE WHEN {word} AND (times < {OFTEN} OR {chinese_name}) THEN detail[1] || '***' ELSE detail END"


def _count_corrections(
    connection: duckdb.DuckDBPyConnection, feed: Feed, lake: Lake, account: Account, repeated: bool
) -> None:
    """Count accepted rows of a key that the lake, or an earlier row of the file, has with other content."""
    key = stored_key(feed)
    columns = ", ".join(f"a.{name}" for name in key)
    same = same_key(feed, "a", "k")
    known = lake.files(feed.name)
    anti = ""
    if known:
        # However old the row is that is corrected: of all the lake only the keys are read, and of those only
        # the ranges in which this file's own keys lie.
        day = f", k.{BUSINESS_DAY}" if feed.day else ""
        kept = ", ".join(f"k.{name}" for name in key)
        plain = " AND ".join(f"a.{name} = k.{name}" for name in key)
        connection.execute(
            f"CREATE TEMP TABLE earlier AS SELECT DISTINCT {kept}{day} FROM {read_parquet(known)} k "
            f"SEMI JOIN accepted a ON {plain if _never_null(feed) else same}"
        )
        if one(connection, "SELECT count(*) FROM earlier") != (0,):
            anti = f"ANTI JOIN earlier k ON {same}"
    if anti or repeated:
        (new_keys,) = one(
            connection, f"SELECT count(*) FROM (SELECT DISTINCT {columns} FROM accepted a {anti})"
        )
        account.corrected = account.accepted - new_keys
    if anti and account.corrected and feed.day:
        connection.execute(
            f"CREATE TEMP TABLE moved AS SELECT DISTINCT k.{BUSINESS_DAY} AS left_day, a.row_no "
            f"FROM accepted a JOIN earlier k ON {same} WHERE k.{BUSINESS_DAY} <> a.{BUSINESS_DAY}"
        )
        account.left_days = [
            row[0] for row in connection.execute("SELECT DISTINCT left_day FROM moved ORDER BY 1").fetchall()
        ]


def _never_null(feed: Feed) -> bool:
    return all(feed.by_name[name].required for name in feed.key)
