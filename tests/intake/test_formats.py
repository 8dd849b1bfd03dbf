"""The same rows in any format give the same lake."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest

from tests.intake.conftest import HEADER, Bank, as_csv

ROWS = [
    ("1", "2026-06-18 10:00:00", "E1", "900001199001010012", "02"),
    ("2", "2026-06-18 10:01:00", "E 2", "P1234567", "贷款审批"),
    ("3", "2026-06-19 00:00:01", "E1", "900001199001010020", 'said "so", then left'),
]


def write_jsonl(path: Path) -> None:
    lines = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in ROWS]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    for number, rows in enumerate((ROWS[:2], ROWS[2:])):
        sheet = book.active if number == 0 else book.create_sheet()
        assert sheet is not None
        sheet.append(HEADER)
        for row in rows:
            sheet.append([int(row[0]), datetime.fromisoformat(row[1]), *row[2:]])
    book.save(path)


def write_gz(path: Path) -> None:
    path.write_bytes(gzip.compress(as_csv(ROWS).encode()))


def write_zst(path: Path) -> None:
    with pa.CompressedOutputStream(str(path), "zstd") as out:
        out.write(as_csv(ROWS).encode())


def write_wide_utf16(path: Path) -> None:
    path.write_bytes(as_csv(ROWS, delimiter="\t").replace("\n", "\r\n").encode("utf-16"))


WRITERS: dict[str, Callable[[Path], None]] = {
    "access_log.jsonl": write_jsonl,
    "access_log.xlsx": write_xlsx,
    "access_log.csv.gz": write_gz,
    "access_log.csv.zst": write_zst,
    "ACCESS_LOG.TSV": write_wide_utf16,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_rows_as_csv(make_bank: Callable[[], Bank], name: str) -> None:
    plain, other = make_bank(), make_bank()
    plain.write("access_log.csv", as_csv(ROWS))
    WRITERS[name](other.folder / name)
    plain.take()
    (file,) = other.take().files
    assert (file.read, file.accepted) == (3, 3)
    assert file.encoding == {".xlsx": "xlsx", ".TSV": "utf-16"}.get(Path(name).suffix, "utf-8")
    assert other.rows("access_log") == plain.rows("access_log")


def test_a_line_that_is_no_json_object_is_located(bank: Bank) -> None:
    write_jsonl(bank.folder / "access_log.jsonl")
    with (bank.folder / "access_log.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"event_id": \n[1]\n{"event_id": "9", "occurred_at": "2026-06-18"}\n')
    (told,) = bank.take().files
    assert (told.read, told.accepted, told.reasons) == (6, 3, {"bad_json": 2, "missing_value": 1})
    assert [(line, code) for line, _, code, _ in bank.quarantine()] == [
        (4, "bad_json"),
        (5, "bad_json"),
        (6, "missing_value"),
    ]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("access_log.parquet", "not_parquet"),
        ("access_log.xlsx", "not_xlsx"),
        ("access_log.csv.gz", "damaged_archive"),
        ("access_log.csv.zst", "damaged_archive"),
    ],
)
def test_a_file_that_is_not_what_it_is_called_is_refused(bank: Bank, name: str, code: str) -> None:
    bank.write(name, "event_id,occurred_at\n1,2\n")
    result = bank.take()
    assert result.files[0].refused
    assert [finding.code for finding in result.findings] == [code]


def test_a_resident_number_that_a_spreadsheet_took_for_a_number_is_rejected(bank: Bank) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(HEADER)
    book.active.append([1, "2026-06-18", "E1", 900001199001010012, "02"])
    book.save(bank.folder / "access_log.xlsx")
    (file,) = bank.take().files
    assert file.reasons == {"damaged_id": 1}


def write_sheets(path: Path, *sheets: Sequence[Sequence[object]]) -> None:
    book = openpyxl.Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.active if number == 0 else book.create_sheet()
        assert sheet is not None
        for row in rows:
            sheet.append(list(row))
    book.save(path)


def test_a_sheet_with_the_same_columns_in_another_order_is_read_by_its_own_header(
    make_bank: Callable[[], Bank],
) -> None:
    plain, other = make_bank(), make_bank()
    plain.write("access_log.csv", as_csv(ROWS))
    plain.take()
    turned = [[*reversed(HEADER)], *([*reversed(row)] for row in ROWS[1:])]
    write_sheets(other.folder / "access_log.xlsx", [HEADER, ROWS[0]], turned)
    result = other.take()
    assert (result.files[0].read, result.files[0].accepted, result.findings) == (3, 3, [])
    assert other.rows("access_log") == plain.rows("access_log")


@pytest.mark.parametrize("packed", [False, True])
def test_a_sheet_that_cannot_be_read_with_the_first_is_named_and_its_rows_are_rejected(
    bank: Bank, packed: bool
) -> None:
    path = bank.folder / "access_log.xlsx"
    wide = [[*HEADER, "teller's phone"], *([*row, "1"] for row in ROWS)]
    write_sheets(path, [HEADER, ROWS[0]], wide, [HEADER, ROWS[1]])
    if packed:
        (bank.folder / "access_log.xlsx.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    result = bank.take()
    (file,) = result.files
    assert (file.read, file.accepted, file.rejected, file.reasons) == (5, 2, 3, {"other_header": 3})
    told = next(finding for finding in result.findings if finding.code == "other_header")
    assert (told.level, told.count, "Sheet 2" in told.text) == ("incomplete", 3, True)
    assert [(line, code) for line, _, code, _ in bank.quarantine()] == [
        (line, "other_header") for line in (3, 4, 5)
    ]


def test_rows_that_go_on_in_a_sheet_without_a_header_are_counted_every_one(bank: Bank) -> None:
    write_sheets(bank.folder / "access_log.xlsx", [HEADER, ROWS[0]], ROWS[1:])
    result = bank.take()
    (file,) = result.files
    assert (file.read, file.reasons, result.incomplete) == (3, {"other_header": 2}, True)
    assert "900001199001010020" not in str(result.as_json()) + str(bank.quarantine())
