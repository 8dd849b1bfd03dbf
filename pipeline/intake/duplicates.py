"""Which rows say nothing new: their like stands earlier in the file, or in the lake, and was not taken back since.

A source that takes a row back and then sends it again means it: the latest statement counts.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.contract import Feed
from pipeline.intake.cell_sql import quoted
from pipeline.lake.schema import BUSINESS_DAY, stored_key
from pipeline.lake.store import LINES_AT_MOST, Lake

if TYPE_CHECKING:
    import duckdb

HASHES_AT_ONCE = 4_000_000
"""Some 200 MB of the engine's memory."""
_PLACE = f"batch_id * {LINES_AT_MOST} + line"


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    """Return the numbers of a statement's only row, nulls as 0."""
    row = connection.execute(sql).fetchone()
    return tuple(int(value or 0) for value in row) if row else ()


def days_of(connection: duckdb.DuckDBPyConnection, rows: str) -> list[date]:
    """List the business days of rows, named by a FROM clause."""
    found = connection.execute(f"SELECT DISTINCT {BUSINESS_DAY} FROM {rows} ORDER BY 1").fetchall()
    return [row[0] for row in found]


def read_parquet(paths: list[Path]) -> str:
    """Write a FROM clause of the lake's files."""
    listed = ", ".join(quoted(str(path)) for path in paths)
    return f"read_parquet([{listed}], hive_partitioning=false)"


def same_key(feed: Feed, left: str, right: str) -> str:
    """Write the condition that two rows have the same key; two nulls are alike."""
    return " AND ".join(f"{left}.{name} IS NOT DISTINCT FROM {right}.{name}" for name in stored_key(feed))


def repeated_keys(connection: duckdb.DuckDBPyConnection, feed: Feed) -> bool:
    """Tell whether any two good rows may have the same key; where none have, none are alike either.

    Short hashes that all differ prove it, at a quarter of what a comparison of the keys costs. Of many rows they are
    looked at in parts, since the engine holds those of a part in memory.
    """
    key = ", ".join(stored_key(feed))
    (good,) = one(connection, "SELECT count(*) FROM staged WHERE problem IS NULL")
    parts = max(1, -(-good // HASHES_AT_ONCE))
    hashes = f"SELECT hash({key}) AS short FROM staged WHERE problem IS NULL"
    for part in range(parts):
        some = f"WHERE short % {parts} = {part}" if parts > 1 else ""
        rows, different = one(connection, f"SELECT count(*), count(DISTINCT short) FROM ({hashes}) {some}")
        if different < rows:
            return True
    return False


def mark_duplicates(
    connection: duckdb.DuckDBPyConnection, feed: Feed, lake: Lake, repeated: bool
) -> tuple[list[date], int]:
    """Put the numbers of all rows that say nothing new into the table `duplicates`.

    Rows alike in content have the same business day, so only the days of this file need be looked at.

    Args:
        connection: Holds the view `staged`.
        feed: The feed of the rows.
        lake: What is published already.
        repeated: Whether two good rows of the file may have the same key.

    Returns:
        The business days of the good rows, and how many rows have their like in another file.
    """
    connection.execute("CREATE TABLE duplicates (row_no BIGINT)")
    _number_spells(connection, feed, repeated)
    if repeated:
        _mark_repeated(connection)
    days = days_of(connection, "staged WHERE problem IS NULL") if feed.day else []
    if feed.day and not days:
        return days, 0
    wanted = set(days)
    known = (
        [path for day, path in lake.by_day(feed.name, days[0], days[-1]) if day in wanted]
        if feed.day
        else lake.files(feed.name)
    )
    gone = lake.withdrawn(feed.name)
    across = _mark_standing(connection, feed, known, gone) if known else 0
    if gone:
        across += _mark_withdrawn(connection, feed, lake.files(feed.name), gone)
    return days, across


def _number_spells(connection: duckdb.DuckDBPyConnection, feed: Feed, repeated: bool) -> None:
    """Number the turns of each key that stands in the file both ways: sent, taken back, sent again.

    Rows of other keys are in their first spell, and are not listed.
    """
    connection.execute("CREATE TEMP TABLE spells (row_no BIGINT, spell BIGINT)")
    if not repeated or one(connection, "SELECT count(*) FROM staged WHERE withdrawn") == (0,):
        return
    key = ", ".join(f"s.{name}" for name in stored_key(feed))
    connection.execute(
        "INSERT INTO spells SELECT row_no, spell FROM (SELECT row_no, sum(turn) OVER (PARTITION BY key "
        "ORDER BY row_no) AS spell FROM (SELECT s.row_no, "
        f"row({key}) AS key, (s.withdrawn <> lag(s.withdrawn, 1, s.withdrawn) OVER "
        f"(PARTITION BY {key} ORDER BY s.row_no))::BIGINT AS turn FROM staged s SEMI JOIN "
        f"(FROM staged WHERE withdrawn) w ON {same_key(feed, 's', 'w')} WHERE s.problem IS NULL)) "
        "WHERE spell > 0"
    )


def _mark_repeated(connection: duckdb.DuckDBPyConnection) -> None:
    """Mark all but the first of rows alike; the engine's short hash finds the few among which they can be."""
    connection.execute(
        "CREATE TEMP TABLE suspects AS SELECT s.row_hash, s.row_no, coalesce(t.spell, 0) AS spell "
        "FROM staged s LEFT JOIN spells t ON s.row_no = t.row_no SEMI JOIN "
        "(SELECT hash(row_hash) AS short FROM staged WHERE problem IS NULL GROUP BY 1 HAVING count(*) > 1) r "
        "ON hash(s.row_hash) = r.short WHERE s.problem IS NULL"
    )
    connection.execute(
        "INSERT INTO duplicates SELECT s.row_no FROM suspects s JOIN "
        "(SELECT row_hash, spell, min(row_no) AS first_row FROM suspects GROUP BY ALL) d "
        "ON s.row_hash = d.row_hash AND s.spell = d.spell WHERE s.row_no > d.first_row"
    )
    connection.execute("DROP TABLE suspects")


_NEW_HERE = (
    "ANTI JOIN duplicates d ON s.row_no = d.row_no ANTI JOIN spells t ON s.row_no = t.row_no "
    "WHERE s.problem IS NULL"
)
"""What a row of a later spell repeats was taken back in this very file, or sent again in it."""


def _mark_standing(
    connection: duckdb.DuckDBPyConnection, feed: Feed, known: list[Path], gone: list[Path]
) -> int:
    """Mark rows whose like stands in the lake, and count them."""
    if not gone:
        return one(
            connection,
            f"INSERT INTO duplicates SELECT s.row_no FROM staged s SEMI JOIN {read_parquet(known)} k "
            f"ON s.row_hash = k.row_hash {_NEW_HERE}",
        )[0]
    key = ", ".join(stored_key(feed))
    return one(
        connection,
        "INSERT INTO duplicates SELECT s.row_no FROM staged s "
        f"JOIN (SELECT row_hash, max({_PLACE}) AS place FROM {read_parquet(known)} GROUP BY 1) k "
        "ON s.row_hash = k.row_hash "
        f"LEFT JOIN (SELECT {key}, max({_PLACE}) AS place FROM {read_parquet(gone)} GROUP BY ALL) g "
        f"ON {same_key(feed, 's', 'g')} {_NEW_HERE} AND (g.place IS NULL OR k.place > g.place)",
    )[0]


def _mark_withdrawn(
    connection: duckdb.DuckDBPyConnection, feed: Feed, files: list[Path], gone: list[Path]
) -> int:
    """Mark withdrawals whose like is in the lake and whose row has not been sent again since."""
    if one(connection, "SELECT count(*) FROM staged WHERE withdrawn AND problem IS NULL") == (0,):
        return 0
    key = ", ".join(stored_key(feed))
    standing = f"SELECT {key}, max({_PLACE}) AS place FROM {read_parquet(files)} k GROUP BY ALL"
    came_back = f"LEFT JOIN ({standing}) b ON {same_key(feed, 's', 'b')} " if files else ""
    later = " AND (b.place IS NULL OR k.place > b.place)" if files else ""
    return one(
        connection,
        "INSERT INTO duplicates SELECT s.row_no FROM staged s "
        f"JOIN (SELECT row_hash, max({_PLACE}) AS place FROM {read_parquet(gone)} GROUP BY 1) k "
        f"ON s.row_hash = k.row_hash {came_back}{_NEW_HERE} AND s.withdrawn{later}",
    )[0]
