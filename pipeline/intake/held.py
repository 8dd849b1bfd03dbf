"""Cleaned rows as they stream out of the engine: written once, each business day into the file that the lake will keep.

An export runs through time as a rule, and a day's rows come together. What comes otherwise, and what is no plain row of its
day, is held in one file more; the days that it touches are written again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.contract import Feed
from pipeline.intake.errors import engine_error
from pipeline.lake.schema import BUSINESS_DAY, lake_columns

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

MARKS = ("problem", "detail", "withdrawn")
"""What the rest's rows have beside the lake's columns."""
_COUNTED = ("clipped", "cleared")
_ROWS_AT_ONCE = 122_880
"""Rows of a batch, and of a row group: a whole day of most banks."""
_SMALL_BYTES = 1 << 20
_BYTES_AT_MOST = 96 << 20
"""What waits in memory to be written."""
_BYTES_ASIDE = 16 << 20
"""What of the rest does: it comes in crumbs."""
_DAYS_AT_ONCE = 4
"""Days that are written side by side; of more, each would be cut into many small groups."""
_DICTIONARY_BYTES = 1 << 16
"""Of a column with more different words than fit in here a dictionary saves nothing."""
_HASHES = ("row_hash", "subject_token")


@dataclass
class Held:
    """One file's cleaned rows.

    Attributes:
        rest: The file of the rows that no day's own file has.
        first_line: Number of the first record.
        days: Business day → the file with its plain rows, in the lake's form, as if no record before them were lost; feeds
            without days have one, under None.
        rows: Number of all rows.
        good: Those without a problem.
        clipped: Rows whose resident number a spreadsheet has cut.
        cleared: Good rows in which a customer's number stood where none belongs.
    """

    rest: Path
    first_line: int
    days: dict[date | None, Path] = field(default_factory=dict)
    rows: int = 0
    good: int = 0
    clipped: int = 0
    cleared: int = 0


def hold(
    connection: duckdb.DuckDBPyConnection,
    statement: str,
    feed: Feed,
    folder: Path,
    first_line: int,
    origin: tuple[int, int],
    size: int,
) -> Held:
    """Read cleaned rows to their end, and write them.

    Args:
        connection: The engine.
        statement: `staging_sql`'s.
        feed: The feed of the rows.
        folder: Where to write; private, and empty.
        first_line: Number of the first record.
        origin: Batch and file that the rows are of.
        size: Of the source, bytes; small ones are held in memory as they stream.

    Raises:
        RefusedFileError: The engine failed on the way.
    """
    # Planning it takes longer than reading a small file, and a view is planned three times. Of a great one nothing but a view
    # runs as fast as it is read; without either, the engine's Python side would go through the statement's every letter.
    form = "TABLE" if size <= _SMALL_BYTES else "VIEW"
    connection.execute(f"CREATE TEMP {form} cleaned AS {statement}")
    reader = connection.sql("FROM cleaned").to_arrow_reader(_ROWS_AT_ONCE)
    held = Held(folder / "rest.parquet", first_line)
    writer = _Writer(held, feed, reader.schema, origin)
    try:
        for batch in _batches(reader):
            writer.take(batch)
        writer.end()
    finally:
        writer.close()
    return held


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (OSError, pa.ArrowException) as error:
            # What the engine meets on its way comes as an error of the reader, and it too may quote a row.
            raise engine_error(str(error)) from None
        yield batch


class _Writer:
    """Sends rows to the files of their days.

    Args:
        held: What is being filled.
        feed: The feed of the rows.
        schema: Of the batches that will come.
        origin: Batch and file that the rows are of.
    """

    def __init__(self, held: Held, feed: Feed, schema: pa.Schema, origin: tuple[int, int]) -> None:
        import pyarrow as pa

        self.held, self.feed, self.origin = held, feed, origin
        kinds = {name: schema.field(name).type for name in schema.names} | {"line": pa.int64()}
        names = [column.name for column in lake_columns(feed)]
        self.schema = pa.schema([(name, kinds.get(name, pa.int64())) for name in names])
        self.marks = pa.schema([(name, kinds[name]) for name in MARKS])
        self.waiting: dict[date | None, list[pa.RecordBatch]] = defaultdict(list)
        self.bytes_waiting = 0
        self.aside: list[pa.RecordBatch] = []
        self.bytes_aside = 0
        self.open: dict[date | None, pq.ParquetWriter] = {}
        self.rest = self._opened(held.rest, pa.schema([*self.schema, *self.marks]))

    def take(self, batch: pa.RecordBatch) -> None:
        """Take the next rows of the file."""
        import pyarrow as pa
        import pyarrow.compute as pc

        good = pc.is_null(batch["problem"])
        clipped, cleared = (batch[name] for name in _COUNTED)
        first = self.held.first_line + self.held.rows
        self.held.rows += batch.num_rows
        self.held.good += _count(good)
        self.held.clipped += _count(clipped)
        self.held.cleared += _count(pc.and_(cleared, good))
        made = {"line": _numbers(first, batch.num_rows, step=1)}
        for name, number in zip(("batch_id", "file_id"), self.origin, strict=True):
            made[name] = _numbers(number, batch.num_rows)
        columns = [made[name] if name in made else batch[name] for name in self.schema.names]
        rows = pa.RecordBatch.from_arrays(columns, schema=self.schema)
        plain = pc.and_not(good, batch["withdrawn"])
        if self.feed.day:
            plain = pc.and_(plain, pc.is_valid(rows[BUSINESS_DAY]))
        if _count(plain) < batch.num_rows:
            other = pc.invert(plain)
            marks = [batch[name].filter(other) for name in MARKS]
            self._put_aside(rows.filter(other), marks)
            rows = rows.filter(plain)
        touched = self._by_day(rows) if rows.num_rows else {}
        for day, some in touched.items():
            if day in self.held.days and day not in self.open:
                self._put_aside(some)  # its file is closed
            else:
                self.waiting[day].append(some)
                self.bytes_waiting += some.nbytes
        if self.bytes_waiting > _BYTES_AT_MOST:
            self._make_room(set(touched))

    def end(self) -> None:
        """Write what is waiting."""
        for day in list(self.waiting):
            self._close(day)
        self._write_aside()

    def close(self) -> None:
        """Close all files; where something failed, what waits is not written, lest that hide why."""
        for writer in (*self.open.values(), self.rest):
            writer.close()

    def _by_day(self, rows: pa.RecordBatch) -> dict[date | None, pa.RecordBatch]:
        import pyarrow.compute as pc

        if not self.feed.day:
            return {None: rows}
        days = rows[BUSINESS_DAY]
        ends = pc.min_max(days)
        if ends["min"] == ends["max"]:
            return {ends["min"].as_py(): rows}
        found, at = {}, 0
        if not pc.all(pc.less_equal(days[:-1], days[1:])).as_py():
            order = pc.sort_indices(days)
            for count in pc.value_counts(days.take(order)):
                # A copy: of a few rows of another day that lie between, all of the batch would stay in memory.
                found[count["values"].as_py()] = rows.take(order.slice(at, count["counts"].as_py()))
                at += count["counts"].as_py()
            return found
        for count in pc.value_counts(days):
            found[count["values"].as_py()] = rows.slice(at, count["counts"].as_py())
            at += count["counts"].as_py()
        return found

    def _make_room(self, current: set[date | None]) -> None:
        """Write what waits: days that seem to be complete, then the few that go on, or else what is strewn over many."""
        for day in [day for day in self.waiting if day not in current]:
            self._close(day)
        if self.bytes_waiting <= _BYTES_AT_MOST:
            return
        for day in list(self.waiting):
            if len(current) <= _DAYS_AT_ONCE:
                self._write(day)
            else:
                for some in self._no_longer_waiting(day):
                    self._put_aside(some)

    def _close(self, day: date | None) -> None:
        if day in self.waiting:
            self._write(day)
        self.open.pop(day).close()

    def _write(self, day: date | None) -> None:
        import pyarrow as pa

        if day not in self.open:
            path = self.held.rest.with_name(f"{len(self.held.days)}.parquet")
            self.open[day] = self._opened(path, self.schema)
            self.held.days[day] = path
        self.open[day].write_table(
            pa.Table.from_batches(self._no_longer_waiting(day)), row_group_size=_ROWS_AT_ONCE
        )

    def _no_longer_waiting(self, day: date | None) -> list[pa.RecordBatch]:
        some = self.waiting.pop(day)
        self.bytes_waiting -= sum(batch.nbytes for batch in some)
        return some

    def _put_aside(self, rows: pa.RecordBatch, marks: list[pa.Array] | None = None) -> None:
        import pyarrow as pa
        import pyarrow.compute as pc

        if marks is None:
            empty = [pa.nulls(rows.num_rows, self.marks.field(name).type) for name in MARKS[:-1]]
            marks = [*empty, pc.is_valid(empty[0])]
        batch = pa.RecordBatch.from_arrays([*rows.columns, *marks], schema=self.rest.schema)
        self.aside.append(batch)
        self.bytes_aside += batch.nbytes
        if self.bytes_aside > _BYTES_ASIDE:
            self._write_aside()

    def _write_aside(self) -> None:
        import pyarrow as pa

        self.rest.write_table(
            pa.Table.from_batches(self.aside, self.rest.schema), row_group_size=_ROWS_AT_ONCE
        )
        self.aside, self.bytes_aside = [], 0

    def _opened(self, path: Path, schema: pa.Schema) -> pq.ParquetWriter:
        import pyarrow.parquet as pq

        # Words are looked up in dictionaries; keys and hashes hardly ever come twice; times and numbers run on.
        keys = {name: "DELTA_BYTE_ARRAY" for name in self.feed.key if name in schema.names}
        encodings = dict.fromkeys(_HASHES, "DELTA_LENGTH_BYTE_ARRAY") | keys
        plain, looked_up, bounded = {}, [], []
        for column in lake_columns(self.feed):
            if column.sql in ("TIMESTAMP", "BIGINT"):
                plain[column.name] = "DELTA_BINARY_PACKED"
            elif column.name in encodings and column.sql == "VARCHAR":
                plain[column.name] = encodings[column.name]
            elif column.sql != "BOOLEAN":
                looked_up.append(column.name)
            if column.sql != "VARCHAR" or column.name in keys:
                bounded.append(column.name)
        return pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=looked_up,
            dictionary_pagesize_limit=_DICTIONARY_BYTES,
            column_encoding=plain,
            write_statistics=bounded,
            store_schema=False,
        )


def _numbers(first: int, count: int, step: int = 0) -> pa.Array:
    """Write numbers; `pa.array` and `pa.scalar` would load pandas, to look whether they are given something of its."""
    import numpy as np
    import pyarrow as pa

    numbers = first + step * np.arange(count, dtype=np.int64)
    return pa.Array.from_buffers(pa.int64(), count, [None, pa.py_buffer(numbers)])


def _count(marks: pa.Array) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(marks).as_py() or 0)
