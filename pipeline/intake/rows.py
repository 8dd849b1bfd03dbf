"""A source of rows as intake sees it: SQL that yields text cells `c0`, `c1` … in file order."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from pipeline.home import PRIVATE_DIR, Home
from pipeline.intake.probe import SIGNS, Blanks

if TYPE_CHECKING:
    import duckdb

SCRATCH = "intake"


@dataclass(frozen=True)
class Shortfall:
    """Records that a reader could not bring into rows.

    Attributes:
        line: The record's number in the file, the header being 1.
        code: Why, such as `field_count`.
        detail: More, without any cell's value.
    """

    line: int
    code: str
    detail: str


def no_doubt(_connection: duckdb.DuckDBPyConnection, _records: int) -> None:
    """Leave rows as they were read: nothing could have been read otherwise."""


@dataclass
class RawRows:
    """Rows ready to be read.

    Attributes:
        sql: A FROM clause that yields one VARCHAR column for each header cell: `c0`, `c1` …
        header: The names of the columns as the source writes them.
        encoding: As recorded in the ledger.
        first_line: Number of the first record, so that an operator finds it.
        readable: What the engine must be allowed to open.
        shortfalls: Called after `sql` was read to its end, with the same connection.
        notes: Things to say about the file: code → (count, sentence).
        blanks: Which characters a cell might have to be freed of at its ends: `none`, `spaces`, or `any`.
        signs: Which of the signs are in the file that sheets' errors and some words for nothing begin with.
        lines: Each record's number, where they do not follow one another: rows that were kept of many.
        doubt: Called with the number of records, once they are read; raises where they must be read otherwise.
    """

    sql: str
    header: list[str]
    encoding: str
    first_line: int
    readable: list[Path]
    shortfalls: Callable[[duckdb.DuckDBPyConnection], list[Shortfall]] = lambda _connection: []
    notes: dict[str, tuple[int, str]] = field(default_factory=dict)
    blanks: Blanks = "any"
    signs: str = SIGNS
    lines: Sequence[int] = ()
    doubt: Callable[[duckdb.DuckDBPyConnection, int], None] = no_doubt


def engine_path(file: IO[Any], path: Path) -> Path:
    """Return the name by which the engine opens the very bytes that were hashed.

    An open descriptor has no wildcards in its name, and no other file can take its place meanwhile.

    Args:
        file: The open file.
        path: Its path, for systems that do not show descriptors as files.
    """
    shown = Path(f"/proc/self/fd/{file.fileno()}")
    return shown if sys.platform == "linux" and shown.exists() else path


def spool(home: Home, stack: ExitStack) -> tuple[IO[bytes], Path]:
    """Open a private scratch file that has no name, so that a crash leaves no raw row behind.

    Args:
        home: The installation, in whose scratch folder the bytes lie.
        stack: Closes the file, and with it the bytes.

    Returns:
        The file, and the name by which the engine opens it.
    """
    folder = home.tmp / SCRATCH
    folder.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    if sys.platform == "linux":
        # The stack closes what is opened here.
        file: IO[bytes] = stack.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115
        return file, engine_path(file, folder)
    named = stack.enter_context(tempfile.NamedTemporaryFile(dir=folder))  # noqa: SIM115
    return named, Path(named.name)
