"""The rankings file: one row a night and person, written night by night, published by a rename."""

from __future__ import annotations

import csv
import json
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.errors import UsageError
from pipeline.home import PRIVATE_FILE

if TYPE_CHECKING:
    from typing import BinaryIO

COLUMNS = ("night", "employee_id", "score", "p_value", "rank", "alert", "reasons")
GROUP_ROWS = 50_000
"""Rows of a Parquet row group: nights are put together until there are so many."""
REASON_SEPARATOR = ";"


@dataclass(frozen=True)
class RankingRow:
    """One person on one night.

    Attributes:
        night: The night.
        employee_id: The person.
        score: Evidence; higher is more suspicious.
        p_value: Share of ordinary employee-nights that look at least as unusual.
        rank: 1 is the most suspicious of the rows of the night.
        alert: Would have been raised.
        reasons: Codes, most telling first.
    """

    night: date
    employee_id: str
    score: float
    p_value: float
    rank: int
    alert: bool
    reasons: tuple[str, ...]


class Sink(Protocol):
    """Takes rankings in, night by night."""

    def write(self, rows: Sequence[RankingRow]) -> None:
        """Write one night's rows, best rank first."""

    def close(self) -> None:
        """Write what is still held back."""


class ParquetSink:
    """Rankings as Parquet."""

    def __init__(self, file: BinaryIO) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        kinds = (
            pa.date32(),
            pa.string(),
            pa.float64(),
            pa.float64(),
            pa.int32(),
            pa.bool_(),
            pa.list_(pa.string()),
        )
        self._schema = pa.schema(list(zip(COLUMNS, kinds, strict=True)))
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._held: list[RankingRow] = []

    def write(self, rows: Sequence[RankingRow]) -> None:
        """Hold the rows until a row group is full."""
        self._held += rows
        if len(self._held) >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa

        columns = {name: [getattr(row, name) for row in self._held] for name in COLUMNS}
        columns["reasons"] = [list(codes) for codes in columns["reasons"]]
        self._writer.write_table(pa.table(columns, schema=self._schema))
        self._held = []

    def close(self) -> None:
        """Write the last row group and the footer."""
        if self._held:
            self._flush()
        self._writer.close()


class TextSink:
    """Rankings as lines of text."""

    def __init__(self, file: BinaryIO) -> None:
        import io

        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)

    def close(self) -> None:
        """Write what is still held back, and leave the file open."""
        self._text.flush()
        self._text.detach()


class CsvSink(TextSink):
    """Rankings as CSV, the reasons joined."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._csv = csv.writer(self._text, lineterminator="\n")
        self._csv.writerow(COLUMNS)

    def write(self, rows: Sequence[RankingRow]) -> None:
        """Write one line a row."""
        for row in rows:
            self._csv.writerow(
                (
                    row.night.isoformat(),
                    row.employee_id,
                    row.score,
                    row.p_value,
                    row.rank,
                    str(row.alert).lower(),
                    REASON_SEPARATOR.join(row.reasons),
                )
            )


class JsonLinesSink(TextSink):
    """Rankings as JSON lines."""

    def write(self, rows: Sequence[RankingRow]) -> None:
        """Write one object a row."""
        for row in rows:
            plain: dict[str, Any] = {name: getattr(row, name) for name in COLUMNS}
            plain |= {"night": row.night.isoformat(), "reasons": list(row.reasons)}
            self._text.write(json.dumps(plain, ensure_ascii=False) + "\n")


class CodedSink:
    """Rankings that leave with codes in the place of the staff's ids.

    Args:
        sink: Where the rows go.
        code: Gives somebody's code.
    """

    def __init__(self, sink: Sink, code: Callable[[str], str]) -> None:
        self._sink, self._code = sink, code

    def write(self, rows: Sequence[RankingRow]) -> None:
        """Write one night's rows under codes."""
        self._sink.write([replace(row, employee_id=self._code(row.employee_id)) for row in rows])

    def close(self) -> None:
        """Write what is still held back."""
        self._sink.close()


SINKS: dict[str, Callable[[BinaryIO], Sink]] = {
    ".parquet": ParquetSink,
    ".csv": CsvSink,
    ".jsonl": JsonLinesSink,
}


def check_out(path: Path) -> None:
    """Make sure, before the long work, that rankings can be written there.

    Raises:
        UsageError: The format is unknown, or the place cannot be written.
    """
    known = ", ".join(SINKS)
    if path.suffix.lower() not in SINKS:
        raise UsageError(
            f"Rankings cannot be written to {path}: its ending tells of no known format.",
            f"Let the name end in one of {known}.",
        )
    if path.is_dir():
        raise UsageError(
            f"{path} is a folder; the rankings are one file.", f"Name a file that ends in {known}."
        )
    folder = path.absolute().parent
    if not folder.is_dir():
        raise UsageError(
            f"There is no folder {folder}, so no rankings can be written there.",
            f"Make it: mkdir -p {folder}",
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"This user may not write into {folder}.", "Choose another place with --out.")


@contextmanager
def rankings_file(path: Path | None) -> Iterator[Sink | None]:
    """Open a rankings file: it appears, whole and private, when the block ends well, and else not at all.

    Args:
        path: Where; its ending tells the format. None writes nowhere.

    Raises:
        UsageError: It cannot be written.
    """
    if path is None:
        yield None
        return
    check_out(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.new")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), PRIVATE_FILE)  # whatever the umask takes away
            sink = SINKS[path.suffix.lower()](file)
            yield sink
            sink.close()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise UsageError(
            f"The rankings could not be written to {path}: {error.strerror or type(error).__name__}.",
            "Make room there, or choose another place with --out; what was there before is untouched.",
        ) from error
    finally:
        draft.unlink(missing_ok=True)
