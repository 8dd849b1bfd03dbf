"""Writes the accepted rows of a batch as the lake keeps them: Parquet, one folder a business day."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.contract import Feed
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE
from pipeline.intake.cell_sql import quoted
from pipeline.intake.duplicates import days_of, one, read_parquet
from pipeline.intake.held import Held
from pipeline.intake.ledger import Published
from pipeline.intake.staged import Account
from pipeline.lake.schema import BUSINESS_DAY, lake_columns
from pipeline.lake.store import MOVED, WITHDRAWN

if TYPE_CHECKING:
    import duckdb

Parts = list[tuple[Path, date | None, int]]
"""Each file's path, its day and its number of rows."""

# From so many rows a day on average, each day is written by itself.
_ROWS_FOR_ONE_WRITE = 20_000
# Each write holds a row group or two in the engine's memory, however many processors there are.
_WRITES_AT_ONCE = 4


def write_parts(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    account: Account,
    held: Held,
    folder: Path,
    batch_id: int,
    file_id: int,
) -> Parts:
    """Bring the accepted rows as Parquet below a private folder, one sub-folder a business day.

    A day whose own file holds all that is accepted of it, and nothing else, is moved there; the others are written again.

    Returns:
        Each file's path below the folder, its day and its number of rows.
    """
    folder.mkdir(mode=PRIVATE_DIR, parents=True)
    known = {"batch_id": f"{batch_id}::BIGINT", "file_id": f"{file_id}::BIGINT", "line": "line"}
    columns = ", ".join(
        f"{known.get(column.name, column.name)} AS {column.name}" for column in lake_columns(feed)
    )
    name = f"b{batch_id:06d}-"
    parts: Parts = []
    days: list[date | None] = [*account.days] or [None]
    if account.withdrawn and feed.day:
        days = [*days_of(connection, "accepted WHERE NOT withdrawn")]
    spoiled = _spoiled(connection, feed, account, held)
    again = [day for day in days if day in spoiled or day not in held.days]
    if len(again) > 1 and account.accepted < _ROWS_FOR_ONE_WRITE * len(days):
        rows = f"SELECT {columns}, {BUSINESS_DAY} AS day FROM accepted WHERE NOT withdrawn"
        if len(again) < len(days):
            listed = ", ".join(f"DATE '{day}'" for day in again)
            rows += f" AND {BUSINESS_DAY} IN (SELECT unnest([{listed}]))"
        pattern = quoted(name + "{i}")
        written = _copy(connection, feed, rows, folder, f", PARTITION_BY (day), FILENAME_PATTERN {pattern}")
        parts = [(path, date.fromisoformat(path.parent.name.removeprefix("day=")), n) for path, n in written]
    elif again and account.accepted > account.withdrawn:
        parts = _write_days(connection, feed, again, columns, folder, name)
    parts += _write_moved(connection, feed, account, columns, folder, name)
    if account.withdrawn:
        parts += _write_withdrawn(connection, feed, account, columns, folder, name)
    # Last of all: until here the views read these files where they are.
    parts += [_moved_whole(held, day, folder, name) for day in days if day not in again]
    for path, _, _ in parts:
        path.chmod(PRIVATE_FILE)
        path.parent.chmod(PRIVATE_DIR)
    return sorted((path.relative_to(folder), day, n) for path, day, n in parts)


def _spoiled(
    connection: duckdb.DuckDBPyConnection, feed: Feed, account: Account, held: Held
) -> set[date | None]:
    """Name the days whose own file is not what the lake is to have of them."""
    if account.renumbered:
        return {*held.days}
    day = BUSINESS_DAY if feed.day else "NULL::DATE"
    found = connection.execute(
        f"SELECT DISTINCT {day} FROM staged SEMI JOIN duplicates USING (row_no) "
        f"UNION SELECT DISTINCT {day} FROM {read_parquet([held.rest])} WHERE problem IS NULL AND NOT withdrawn"
    )
    return {row[0] for row in found.fetchall()}


def _moved_whole(held: Held, day: date | None, folder: Path, name: str) -> tuple[Path, date | None, int]:
    import pyarrow.parquet as pq

    target = _folder(folder, day) / f"{name}0.parquet"
    held.days[day].rename(target)
    return target, day, pq.read_metadata(target).num_rows


def _write_days(
    connection: duckdb.DuckDBPyConnection,
    feed: Feed,
    days: Sequence[date | None],
    columns: str,
    folder: Path,
    name: str,
) -> Parts:
    """Write many rows a day, each day by itself: the staged rows are read by their zone maps, and nothing is sorted.

    A day's rows fit into one row group, which the engine writes with one thread; so some days are written at once.
    """

    def write(day: date | None) -> Parts:
        of_day = f" AND {BUSINESS_DAY} = DATE '{day.isoformat()}'" if day else ""
        rows = f"SELECT {columns} FROM accepted WHERE NOT withdrawn{of_day}"
        target = _folder(folder, day) / f"{name}0.parquet"
        with connection.cursor() as beside:
            return [(path, day, n) for path, n in _copy(beside, feed, rows, target)]

    (threads,) = one(connection, "SELECT current_setting('threads')")
    with ThreadPoolExecutor(min(threads, len(days), _WRITES_AT_ONCE)) as pool:
        return [part for parts in pool.map(write, days) for part in parts]


def _write_moved(
    connection: duckdb.DuckDBPyConnection, feed: Feed, account: Account, columns: str, folder: Path, name: str
) -> Parts:
    """Write a copy of each moved row to the day that it has left."""
    parts: Parts = []
    for day in account.left_days:
        rows = f"SELECT {columns} FROM accepted {_left(day)} WHERE NOT withdrawn"
        if one(connection, f"SELECT count(*) FROM ({rows})") != (0,):
            target = _folder(folder, day) / (name[:-1] + MOVED)
            parts += [(path, day, n) for path, n in _copy(connection, feed, rows, target)]
    return parts


def _write_withdrawn(
    connection: duckdb.DuckDBPyConnection, feed: Feed, account: Account, columns: str, folder: Path, name: str
) -> Parts:
    """Write what is taken back to its own day, and to the day of the row that it takes back."""
    parts: Parts = []
    days: set[date | None] = {None}
    if feed.day:
        days = {*days_of(connection, "accepted WHERE withdrawn"), *account.left_days}
    for day in sorted(days, key=str):
        rows = f"SELECT {columns} FROM accepted WHERE withdrawn"
        if day is not None:
            rows += f" AND {BUSINESS_DAY} = DATE '{day.isoformat()}'"
        if day in account.left_days:
            rows += f" UNION ALL SELECT {columns} FROM accepted {_left(day)} WHERE withdrawn"
        if one(connection, f"SELECT count(*) FROM ({rows})") != (0,):
            target = _folder(folder, day) / (name[:-1] + WITHDRAWN)
            parts += [(path, day, n) for path, n in _copy(connection, feed, rows, target)]
    return parts


def _left(day: date | None) -> str:
    where = f"WHERE left_day = DATE '{day.isoformat()}'" if day else ""
    return f"SEMI JOIN (SELECT row_no FROM moved {where}) m USING (row_no)"


def _folder(below: Path, day: date | None) -> Path:
    folder = below / f"day={day.isoformat() if day else 'none'}"
    folder.mkdir(mode=PRIVATE_DIR, exist_ok=True)
    return folder


def _copy(
    connection: duckdb.DuckDBPyConnection, feed: Feed, rows: str, target: Path, options: str = ""
) -> list[tuple[Path, int]]:
    """Write Parquet, and return each file with its number of rows."""
    form = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 4096, RETURN_STATS"
    # The second version's encodings are the cheaper ones, but what it does to floats not every engine reads.
    if not any(column.sql == "DOUBLE" for column in lake_columns(feed)):
        form += ", PARQUET_VERSION V2"
    told = connection.execute(f"COPY ({rows}) TO {quoted(str(target))} ({form}{options})").fetchall()
    return [(Path(name), int(count)) for name, count, *_ in told]


def published(parts: Parts, feed: str) -> list[Published]:
    """Name the parts as the ledger does: relative to the lake."""
    return [Published((Path(feed) / path).as_posix(), day, rows) for path, day, rows in parts]
