"""Spreadsheets: the sheets of a workbook as delimited text, for the reader that all text goes through."""

from __future__ import annotations

import csv
import io
from contextlib import ExitStack
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from pipeline.home import Home
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.rows import spool

# A spreadsheet keeps fifteen digits; a longer whole number has lost its last ones.
_EXACT_BELOW = 10**15


def unfold_workbook(file: IO[bytes], home: Home, stack: ExitStack) -> IO[bytes]:
    """Write the rows of all sheets that have the first one's header as CSV into a nameless scratch file.

    Args:
        file: The workbook's bytes.
        home: The installation.
        stack: Closes what is opened here.

    Raises:
        RefusedFileError: It is no workbook, or has no rows.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(file)
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except (CalamineError, ValueError, OSError) as error:
        raise RefusedFileError(
            "not_xlsx", "The file is called .xlsx, but is no workbook.", "Export it again, best as CSV."
        ) from error
    target, _ = spool(home, stack)
    text = io.TextIOWrapper(target, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    header: list[str] = []
    for sheet in sheets:
        rows = sheet.iter_rows()
        first = next(([_cell(value) for value in row] for row in rows if any(map(_cell, row))), [])
        if not first or (header and first != header):
            continue
        if not header:
            header = first
            writer.writerow(header)
        for row in rows:
            cells = [_cell(value) for value in row]
            if any(cells):
                writer.writerow(cells)
    text.detach()
    if not header:
        raise RefusedFileError("empty_file", "The workbook has no rows.", "Export it again, with its header.")
    target.seek(0)
    return target


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
