"""CSV and its kin: finds the delimiter and the header, and has the engine read the rows as text."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pipeline.home import Home
from pipeline.intake.cell_sql import quoted
from pipeline.intake.decoding import decoded
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.heading import plain_name
from pipeline.intake.probe import Probe
from pipeline.intake.repair import write_repaired
from pipeline.intake.rows import RawRows, Shortfall, spool
from pipeline.intake.swallowed import has_swallowed_rows

if TYPE_CHECKING:
    import duckdb

DELIMITERS = (",", "\t", ";", "|", "^", "\x1d", "\x1e")
HEADER_BYTES = 256 << 10
MAX_RECORD_BYTES = 1 << 20
_CODES = {
    "MISSING COLUMNS": "field_count",
    "TOO MANY COLUMNS": "field_count",
    "UNQUOTED VALUE": "broken_quote",
    "LINE SIZE OVER MAXIMUM": "line_too_long",
    "INVALID ENCODING": "damaged_text",
}


class BrokenQuotesError(Exception):
    """A quote begins and never ends, or ends rows further down: the file must be repaired before its rows can be trusted."""


def open_delimited(
    file: IO[bytes],
    where: Path,
    told: Probe,
    home: Home,
    stack: ExitStack,
    expected: Iterable[str],
    delimiter: str | None = None,
    repair: bool = False,
    short_rows: bool = False,
) -> RawRows:
    """Make a delimited text file readable.

    Args:
        file: Its bytes, uncompressed.
        where: The name by which the engine opens these bytes.
        told: What the first pass told.
        home: The installation; bytes that need rewriting go to a nameless scratch file there.
        stack: Closes what is opened here.
        expected: Header names that would make sense, lower case; they decide between delimiters.
        delimiter: The delimiter, where a mapping names it.
        repair: Set records with broken quotes aside; needed after `BrokenQuotesError`.
        short_rows: Fields may be left out at a row's end; they are null.

    Raises:
        RefusedFileError: There is no header.
    """
    sample = _decoded_start(file, told.encoding)
    found, header, lines = _header(sample, set(expected), delimiter)
    broken: set[int] = set()
    if repair or not told.plain:
        target, where = spool(home, stack)
        text = decoded(file, told.encoding)
        if repair:
            broken = write_repaired(text, target, found, lines, len(header))
        else:
            _write_plain(text, target)
        target.flush()
    quote = "'\"'" if told.quotes else "''"
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(header)))
    sql = (
        f"read_csv({quoted(str(where))}, columns={{{columns}}}, header=false, skip={lines}, "
        f"auto_detect=false, "
        f"delim={quoted(found)}, quote={quote}, escape={quote}, compression='none', strict_mode=true, "
        f"null_padding={str(short_rows).lower()}, parallel={str(not short_rows).lower()}, "
        f"ignore_errors=true, store_rejects=true, rejects_limit=0, "
        f"rejects_line_size_limit=1, max_line_size={MAX_RECORD_BYTES})"
    )

    def shortfalls(connection: duckdb.DuckDBPyConnection) -> list[Shortfall]:
        rows = connection.execute(
            "SELECT line, min(error_type::VARCHAR) FROM reject_errors GROUP BY line ORDER BY line"
        ).fetchall()
        if not repair and any(_CODES.get(kind) in ("broken_quote", "line_too_long") for _, kind in rows):
            raise BrokenQuotesError
        return [_shortfall(line - lines + 1, kind, line in broken, len(header)) for line, kind in rows]

    def doubt(connection: duckdb.DuckDBPyConnection, records: int) -> None:
        looked_at = told.quotes and not repair
        if looked_at and has_swallowed_rows(connection, sql, where, found, len(header), lines + records):
            raise BrokenQuotesError

    notes = notes_on(told)
    return RawRows(
        sql, header, told.encoding, 2, [where], shortfalls, notes, told.blanks, told.signs, doubt=doubt
    )


def notes_on(told: Probe) -> dict[str, tuple[int, str]]:
    """Say what the first pass saw that is fit for a finding, as `RawRows.notes` holds it."""
    if not told.damaged:
        return {}
    return {"mojibake": (told.damaged, "bytes fit no encoding and were replaced by a mark")}


def _shortfall(line: int, kind: str, broken: bool, wanted: int) -> Shortfall:
    if broken:
        return Shortfall(line, "broken_quote", "a quote begins and does not end")
    code = _CODES.get(kind, "unreadable")
    told = {"MISSING COLUMNS": "fewer", "TOO MANY COLUMNS": "more"}.get(kind)
    return Shortfall(line, code, f"{told} fields than the header's {wanted}" if told else kind.lower())


def _decoded_start(file: IO[bytes], encoding: str) -> str:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    return decoder.decode(file.read(HEADER_BYTES)).lstrip("\ufeff")


def _header(sample: str, expected: set[str], delimiter: str | None) -> tuple[str, list[str], int]:
    """Return the delimiter, the header's cells and the number of lines down to the header's end."""
    best: tuple[tuple[int, int], str, list[str], int] | None = None
    for candidate in (delimiter,) if delimiter else DELIMITERS:
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=candidate)
        try:
            cells = next((row for row in reader if any(cell.strip() for cell in row)), [])
        except csv.Error:
            continue
        known = sum(plain_name(cell) in expected for cell in cells)
        if best is None or (known, len(cells)) > best[0]:
            best = ((known, len(cells)), candidate, cells, reader.line_num)
    if best is None or not best[2]:
        raise RefusedFileError(
            "empty_file", "The file has no header line.", "Export it again, with its header."
        )
    _, found, cells, lines = best
    return found, [cell.strip() for cell in cells], lines


def rewritten(file: IO[bytes], told: Probe, home: Home, stack: ExitStack) -> tuple[IO[bytes], Path]:
    """Write a text file as UTF-8 with one kind of line end into a nameless scratch file.

    Args:
        file: Its bytes, uncompressed.
        told: What the first pass told.
        home: The installation.
        stack: Closes what is opened here.

    Returns:
        The scratch file, and the name by which the engine opens it.
    """
    target, where = spool(home, stack)
    _write_plain(decoded(file, told.encoding), target)
    target.flush()
    return target, where


def _write_plain(text: Iterator[str], target: IO[bytes]) -> None:
    """Write text as UTF-8 with one kind of line end."""
    held = ""
    for piece in text:
        chunk = held + piece
        held = "\r" if chunk.endswith("\r") else ""
        chunk = chunk[: len(chunk) - len(held)].replace("\r\n", "\n").replace("\r", "\n")
        target.write(chunk.encode("utf-8"))
    target.write(held.replace("\r", "\n").encode("utf-8"))
