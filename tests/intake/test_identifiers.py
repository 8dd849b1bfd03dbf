"""Identifiers that were taken for numbers on their way: mended where nothing is lost, refused where it is."""

from __future__ import annotations

import json
from decimal import Decimal

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


@pytest.mark.parametrize("spelled", [NUMBER + ".0", NUMBER + ".0000000000", f'="{NUMBER}"'])
def test_a_customer_s_number_is_the_same_whatever_a_float_or_a_sheet_put_around_it(
    bank: Bank, spelled: str
) -> None:
    bank.write("access_log.csv", as_csv([look_up("1"), look_up("2", spelled)]))
    (file,) = bank.take().files
    assert file.accepted == 2
    assert len(bank.rows("access_log", "DISTINCT subject_token")) == 1


def test_an_identifier_is_the_same_whatever_a_float_or_a_sheet_put_around_it(bank: Bank) -> None:
    rows = [look_up("1", employee="0012"), look_up("2.0", employee='="0012"'), look_up("3", employee="10.50")]
    bank.write("access_log.csv", as_csv(rows))
    bank.write("logins.csv", "occurred_at,employee_id,outcome,source_ip\n2026-06-18,77.0,ok,10.0\n")
    bank.take()
    assert bank.rows("access_log", "event_id, employee_id") == [("1", "0012"), ("2", "0012"), ("3", "10.50")]
    assert bank.rows("logins", "employee_id, source_ip") == [("77", "10.0")]


def test_a_sheet_s_text_formula_without_quotes_around_it_is_unpacked_too(bank: Bank) -> None:
    row = ",".join(('="1"', "2026-06-18", '="E1"', f'="{NUMBER}"', "02"))
    bank.write("access_log.csv", ",".join(HEADER) + f"\n{row}\n")
    bank.take()
    assert bank.rows("access_log", "event_id, employee_id, subject_city") == [("1", "E1", "9000")]


def test_numbers_of_a_decimal_column_of_parquet_are_whole(bank: Bank) -> None:
    columns = {name: [cell] for name, cell in zip(HEADER, look_up("1"), strict=True)}
    table = pa.table(columns | {"subject_id": pa.array([Decimal(NUMBER)], pa.decimal128(38, 10))})
    pq.write_table(table, bank.folder / "access_log-1.parquet")
    bank.write("access_log-2.csv", as_csv([look_up("1")]))
    assert sorted((file.accepted, file.duplicate) for file in bank.take().files) == [(0, 1), (1, 0)]


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "###########", '=""'])
def test_what_a_sheet_shows_of_a_failure_is_nobody_s_number(bank: Bank, cell: str) -> None:
    rows = [look_up("1", cell), look_up("2", employee=cell), look_up(cell), look_up("3", "#A12345")]
    bank.write("access_log.csv", as_csv(rows))
    (file,) = bank.take().files
    assert (file.accepted, file.reasons) == (1, {"missing_value": 3})


def test_an_object_or_a_list_in_json_lines_is_nobody_s_number(bank: Bank) -> None:
    good = dict(zip(HEADER, look_up("1"), strict=True))
    rows = [
        good | {"reason": "[urgent] {as told}"},
        good | {"event_id": "2", "subject_id": {"no": NUMBER}},
        good | {"event_id": "3", "subject_id": [NUMBER]},
        good | {"event_id": "4", "employee_id": {"id": "E1"}},
    ]
    bank.write("access_log.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    (file,) = bank.take().files
    assert (file.accepted, file.reasons) == (1, {"missing_value": 3})
    assert bank.rows("access_log", "event_id, reason") == [("1", "[urgent] {as told}")]
