"""A sheet that people fill in: written as CSV, read back as CSV or workbook, its rows sealed.

A spreadsheet changes what it opens: leading zeros go, dates take another form, the file comes back in another
character set. So a seal covers values in one plain form, and what was shown is compared leniently.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipeline.errors import UsageError
from pipeline.intake.decoding import whole_text

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MOST_BYTES = 20_000_000
_SEAL_DIGITS = 32


class SheetRefusedError(UsageError):
    """A sheet was not taken over, not even in part; the message names every row that stands in the way."""

    def __init__(self, path: Path, wrong: Mapping[int, str]) -> None:
        self.wrong = dict(wrong)
        lines = [f"  line {line}: {words}" for line, words in sorted(wrong.items())]
        super().__init__(
            f"Nothing was taken over from {path.name}:\n" + "\n".join(lines),
            "Correct those lines, or write a new sheet, and import the whole again.",
        )


@dataclass(frozen=True)
class SheetLine:
    """One filled line: its number in the file, and its cells by column."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def seal_of(key: bytes, values: Sequence[object]) -> str:
    """Compute a row's seal: HMAC-SHA-256 over its values in plain form, cut to 128 bits.

    Args:
        key: The installation's sheet key.
        values: What must not be changed.

    Returns:
        A word that no spreadsheet takes for a number.
    """
    text = json.dumps([str(value) for value in values], ensure_ascii=False, separators=(",", ":"))
    return "s-" + hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:_SEAL_DIGITS]


def same_seal(one: str, other: str) -> bool:
    """Compare two seals in constant time."""
    return hmac.compare_digest(one.strip().encode(), other.encode())


def sheet_bytes(columns: Mapping[str, str], rows: Iterable[Mapping[str, object]]) -> bytes:
    """Write a sheet as CSV that spreadsheets open as UTF-8.

    Args:
        columns: Column → its Chinese name; the head shows both.
        rows: Column → value; what is left out is empty, for the officer to fill in.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([f"{name} {chinese}" for name, chinese in columns.items()])
    for row in rows:
        writer.writerow([_guarded(row.get(name, "")) for name in columns])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def read_sheet(path: Path, needed: Sequence[str]) -> list[SheetLine]:
    """Read a filled sheet, as the spreadsheet has saved it: CSV of any separator, or a workbook.

    Args:
        path: The file.
        needed: Columns that must be there.

    Raises:
        UsageError: It cannot be read, is no such sheet, or is empty.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(
                f"{path} is no sheet of ours: it has over {_MOST_BYTES} bytes.", "Name the sheet."
            )
        body = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"The sheet {path} cannot be read: {error.strerror}.", "Name the saved file."
        ) from error
    rows = _workbook_rows(path, body) if body[:2] == b"PK" else _text_rows(path, body)
    head_at = next((at for at, row in enumerate(rows) if any(row)), None)
    head = [] if head_at is None else [cell.split(maxsplit=1)[0] if cell else "" for cell in rows[head_at]]
    if lost := [name for name in needed if name not in head]:
        raise UsageError(
            f"{path.name} is not the sheet that was written: the column {lost[0]} is missing.",
            "Fill in the sheet as it was exported; keep its head and all columns.",
        )
    lines = [
        SheetLine(at + 1, {name: _bare(cell) for name, cell in zip(head, row, strict=False) if name})
        for at, row in enumerate(rows)
        if head_at is not None and at > head_at and any(row)
    ]
    if not lines:
        raise UsageError(
            f"{path.name} has no rows, so there is nothing to take over.", "Name the filled sheet."
        )
    return lines


def plain_number(text: str) -> str:
    """Bring a whole number into one form: `12.0` and `12` are the same."""
    head, _, tail = text.strip().partition(".")
    return head if head.isdigit() and not tail.strip("0") else text.strip()


def plain_day(text: str) -> date | None:
    """Read a day as spreadsheets write it: 2026-06-18, 2026/6/18, 2026.6.18, 20260618; None for nothing.

    Raises:
        ValueError: It is no day.
    """
    words = text.strip().partition("T")[0].partition(" ")[0]
    if not words:
        return None
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d"):
        try:
            return datetime.strptime(words, form).date()  # noqa: DTZ007  # a day, no moment
        except ValueError:
            continue
    raise ValueError(f"{words} is no day; write it as 2026-06-18")


def same_text(shown: str, meant: str) -> bool:
    """Compare an identifier with what a spreadsheet has made of it: leading zeros may be gone."""
    return plain_number(shown).lstrip("0") == meant.strip().lstrip("0")


def _guarded(value: object) -> str:
    text = value.isoformat() if isinstance(value, date) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _bare(cell: str) -> str:
    text = cell.strip()
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def _text_rows(path: Path, body: bytes) -> list[list[str]]:
    text = whole_text(body)
    if text is None:
        raise UsageError(f"{path.name} is no text and no workbook.", "Save it as CSV (UTF-8) or as .xlsx.")
    first = text.lstrip().splitlines()[0] if text.strip() else ""
    separator = max(",;\t", key=first.count)
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=separator)]
    except csv.Error as error:
        raise UsageError(f"{path.name} is no CSV: {error}.", "Save it as CSV (UTF-8) or as .xlsx.") from error


def _workbook_rows(path: Path, body: bytes) -> list[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError, IndexError) as error:
        raise UsageError(f"{path.name} is no workbook.", "Save it as .xlsx or as CSV (UTF-8).") from error
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value).strip()
