"""Rows that a stray quote swallowed: two of them make one cell of all that stands between, and nothing looks wrong.

Only files with quotes and with more lines than rows are looked at: few are.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.intake.cell_sql import quoted

if TYPE_CHECKING:
    import duckdb

LEAST_COLUMNS = 3
"""Of fewer columns a line of ordinary text in a cell would often look like a record."""
_PIECE_BYTES = 1 << 20


def has_swallowed_rows(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    where: Path,
    delimiter: str,
    columns: int,
    accounted_lines: int,
) -> bool:
    """Tell whether a cell may hold rows, or the end of one and the beginning of the next.

    Args:
        connection: May open the file.
        sql: FROM clause of its raw rows.
        where: The delimited text that is read.
        delimiter: Its delimiter.
        columns: Number of the header's columns.
        accounted_lines: Lines of the header, rows and records that could not be read, each taken for one line.
    """
    if columns < LEAST_COLUMNS or _lines(where) <= accounted_lines:
        return False
    # From a quote in one row to one in the same column of another lie as many delimiters as a row has, times the rows
    # between, whether or not a whole row is among them. By chance a text may have as many: reading again does no harm.
    marks = f"(length(cell) - length(replace(cell, {quoted(delimiter)}, '')))"
    breaks = "(length(cell) - length(replace(cell, chr(10), '')))"
    mark = re.escape(delimiter)
    field = rf"[^\n{mark}]*"
    record = quoted(rf"(?:^|\n)(?:{field}{mark}){{{columns - 1}}}{field}(?:\n|$)")
    test = (
        f"contains(cell, chr(10)) AND ({marks} = {columns - 1} * {breaks} OR regexp_matches(cell, {record}))"
    )
    tests = (f"({test.replace('cell', f'c{at}')})" for at in range(columns))
    row = connection.execute(f"SELECT 1 FROM {sql} WHERE {' OR '.join(tests)} LIMIT 1").fetchone()
    return row is not None


def _lines(where: Path) -> int:
    count, last = 0, b"\n"
    with where.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            count += piece.count(b"\n")
            last = piece[-1:]
    return count + (last != b"\n")
