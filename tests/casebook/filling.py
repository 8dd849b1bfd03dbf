"""What an officer's spreadsheet does with a sheet: fills cells in, and saves it in its own way."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

Row = dict[str, str]


def rows_of(body: bytes) -> list[Row]:
    """Read the sheet that was exported, by the first word of each column's head."""
    reader = csv.reader(io.StringIO(body.decode("utf-8-sig")))
    head = [cell.split()[0] for cell in next(reader)]
    return [dict(zip(head, row, strict=True)) for row in reader]


def fill(rows: list[Row], answers: Mapping[str, Row], column: str = "case_id") -> list[Row]:
    """Fill in the rows whose cell in a column is named."""
    return [{**row, **answers.get(row[column], {})} for row in rows]


def save_csv(rows: list[Row], path: Path, encoding: str = "utf-8-sig", separator: str = ",") -> Path:
    """Save as text, in any character set and with any separator."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


def save_workbook(rows: list[Row], path: Path) -> Path:
    """Save as a workbook whose numbers have become numbers and whose days have become days."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(list(rows[0]))
    for row in rows:
        sheet.append([_typed(cell) for cell in row.values()])
    book.save(path)
    return path


def _typed(cell: str) -> object:
    kinds: tuple[Callable[[str], object], ...] = (int, lambda text: datetime.strptime(text, "%Y-%m-%d"))  # noqa: DTZ007
    for kind in kinds:
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell or None
