"""Spreadsheets: the sheets of a workbook as delimited text, for the reader that all text goes through.

The first sheet that is not empty gives the header. Another sheet is read by its own header where that has the
same names in any order. Of a sheet that cannot be read so, each row is written with one field too many: the
reader rejects and counts it, and none of its cells is copied. `left_out` then tells which sheet it was.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import IO, Any

from pipeline.home import Home
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.heading import plain_name
from pipeline.intake.rows import Shortfall, spool

# A spreadsheet keeps fifteen digits; a longer whole number has lost its last ones.
_EXACT_BELOW = 10**15
# The field too many: an empty one would pass for a delimiter at the row's end.
_LEFT_OUT = "left out"


@dataclass(frozen=True)
class LeftOut:
    """A sheet that cannot be read together with the first one.

    Attributes:
        sheet: Its place in the workbook, from 1: its name may be a customer's.
        first: Number of its first record, the header of the workbook being 1.
        rows: Its records.
    """

    sheet: int
    first: int
    rows: int


def unfold_workbook(file: IO[bytes], home: Home, stack: ExitStack) -> IO[bytes]:
    """Write the rows of all sheets as CSV under the first one's header into a nameless scratch file.

    Args:
        file: The workbook's bytes.
        home: The installation.
        stack: Closes what is opened here.

    Raises:
        RefusedFileError: It is no workbook, or has no rows.
    """
    target, _ = spool(home, stack)
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    width = 0
    for _, cells in _records(file):
        width = width or len(cells or ())
        writer.writerow([*[""] * width, _LEFT_OUT] if cells is None else cells)
    text.detach()
    if not width:
        raise RefusedFileError("empty_file", "The workbook has no rows.", "Export it again, with its header.")
    target.seek(0)
    return target


def left_out(path: Path, name: str) -> list[LeftOut]:
    """Tell which sheets of a workbook could not be read, by reading it once more: it is seldom asked.

    Args:
        path: The workbook.
        name: The name that tells how it is packed.
    """
    import pyarrow as pa

    packing = {".gz": "gzip", ".zst": "zstd"}.get(Path(name).suffix.lower())
    with pa.input_stream(str(path), compression=packing) as file:
        content = io.BytesIO(file.read())
    found: dict[int, LeftOut] = {}
    for line, (sheet, cells) in enumerate(_records(content), 1):
        if cells is None:
            before = found.get(sheet, LeftOut(sheet, line, 0))
            found[sheet] = replace(before, rows=before.rows + 1)
    return list(found.values())


def by_sheet(shortfalls: list[Shortfall], sheets: list[LeftOut]) -> list[Shortfall]:
    """Say of each record of a sheet that was left out why it is: its cells are as many as they should be."""
    why = {
        line: f"sheet {one.sheet} has another header than the first"
        for one in sheets
        for line in range(one.first, one.first + one.rows)
    }
    return [
        replace(item, code="other_header", detail=why.get(item.line, "")) if item.line in why else item
        for item in shortfalls
    ]


def _records(file: IO[bytes]) -> Iterator[tuple[int, list[str] | None]]:
    """Yield the header, then each record in its order, with its sheet's place; None for one that is left out."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(file)
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except (CalamineError, ValueError, OSError) as error:
        raise RefusedFileError(
            "not_xlsx", "The file is called .xlsx, but is no workbook.", "Export it again, best as CSV."
        ) from error
    header: list[str] = []
    for number, sheet in enumerate(sheets, 1):
        rows = ([_cell(value) for value in row] for row in sheet.iter_rows())
        own = _trimmed(next((row for row in rows if any(row)), []), 0)
        if not own:
            continue
        if not header:
            header = own
            yield number, header
        order = _order(header, own)
        if order is None and not {plain_name(name) for name in own} & {plain_name(name) for name in header}:
            yield number, None  # not one name of the header: rows that go on without one, whose first this is
        for row in rows:
            if any(row) and order is None:
                yield number, None
            elif any(row) and order is not None:
                cells = [row[at] if at < len(row) else "" for at in order]
                # What stands beside the table makes the row too long, and so rejects it: nobody knows what it is.
                yield number, cells + _trimmed(row, len(order))[len(order) :]


def _order(header: list[str], own: list[str]) -> list[int] | None:
    """Tell at which place of a sheet each column of the header stands; None where their names differ."""
    names, places = [plain_name(name) for name in header], [plain_name(name) for name in own]
    if names == places:
        return list(range(len(names)))
    if sorted(names) != sorted(places) or len(set(names)) < len(names):
        return None
    return [places.index(name) for name in names]


def _trimmed(cells: list[str], least: int) -> list[str]:
    """Take empty cells off the end: a sheet is as wide as the widest thing that ever stood in it."""
    width = max((at for at, cell in enumerate(cells, 1) if cell), default=0)
    return cells[: max(width, least)]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_BELOW:
        return str(int(value))
    if isinstance(value, (int, float)) and abs(value) >= _EXACT_BELOW:
        return f"{value:.10E}"  # said as what it is: a number that has lost digits
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
