"""Identifiers that were taken for numbers on their way: mended where nothing is lost, refused where it is."""

from __future__ import annotations

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.intake.conftest import HEADER, Bank, as_csv

NUMBER = "900001199001010012"


def look_up(event: str, subject: str = NUMBER, employee: str = "E1") -> tuple[str, ...]:
    return (event, "2026-06-18 10:00:00", employee, subject, "02")


@pytest.mark.parametrize("event", ["2.02606E+16", "2.02606E16", "2.0260618e+16", "2E+16"])
def test_look_ups_whose_numbers_a_spreadsheet_cut_alike_do_not_become_one(bank: Bank, event: str) -> None:
    bank.write("access_log.csv", as_csv([look_up(event), look_up(event, "X2"), look_up("1")]))
    result = bank.take()
    (file,) = result.files
    assert (file.accepted, file.duplicate, file.reasons) == (1, 0, {"damaged_id": 2})
    assert result.incomplete


def test_people_whose_numbers_a_spreadsheet_cut_alike_do_not_become_one(bank: Bank) -> None:
    bank.write("access_log.csv", as_csv([look_up("1", employee="1.00012E+11"), look_up("2")]))
    bank.write("record_parties.csv", as_csv([("8.8E+15", "X1")], ("record_id", "subject_id")))
    assert [file.reasons for file in bank.take().files] == [{"damaged_id": 1}] * 2


@pytest.mark.parametrize("event", ["2.5", "3E5", "E+16", "12.3E+4", "A.1E+2"])
def test_what_only_looks_like_a_number_in_powers_of_ten_stays(bank: Bank, event: str) -> None:
    bank.write("access_log.csv", as_csv([look_up(event)]))
    bank.take()
    assert bank.rows("access_log", "event_id") == [(event,)]


def test_seventeen_digits_in_a_number_s_cell_of_a_workbook_are_refused(bank: Bank) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (HEADER, (20260618000000001, *look_up("")[1:]), (12345, *look_up("")[1:])):
        book.active.append(row)
    book.save(bank.folder / "access_log.xlsx")
    (file,) = bank.take().files
    assert (file.accepted, file.reasons) == (1, {"damaged_id": 1})


def test_long_numbers_in_a_float_column_of_parquet_are_refused(bank: Bank) -> None:
    columns = {name: [cell] * 2 for name, cell in zip(HEADER, look_up(""), strict=True)}
    table = pa.table(columns | {"event_id": pa.array([20260618000000010.0, 12345.0])})
    pq.write_table(table, bank.folder / "access_log.parquet")
    (file,) = bank.take().files
    assert (file.accepted, file.reasons) == (1, {"damaged_id": 1})
