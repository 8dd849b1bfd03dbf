"""Cells that say nothing, and rows that are no data: what is left out, and what must not be."""

from __future__ import annotations

import json

import pytest

from tests.intake.conftest import HEADER, Bank, as_csv
from tests.intake.test_mapping import write_mapping


@pytest.mark.parametrize(
    "never",
    [
        "9999-12-31",
        "9999-12-31 23:59:59",
        "9999/12/31",
        "99991231",
        "99991231235959",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "00000000",
        "0001-01-01T00:00:00",
        "长期",
        "长期有效",
    ],
)
def test_no_end_in_a_column_that_may_be_empty_does_not_reject_the_row(bank: Bank, never: str) -> None:
    header = ("record_id", "kind", "created_at", "closed_at", "recorded_at")
    bank.write(
        "business_records.csv", as_csv([("R1", "loan_account", "2026-06-18 10:00:00", never, never)], header)
    )
    bank.write("employees.csv", as_csv([("E1", "clerk", never)], ("employee_id", "role", "left_on")))
    assert [file.reasons for file in bank.take().files] == [{}, {}]
    assert bank.rows("business_records", "closed_at, recorded_at = created_at") == [(None, True)]
    assert bank.rows("employees", "left_on") == [(None,)]


def test_no_end_in_a_required_column_still_rejects_the_row(bank: Bank) -> None:
    rows = [("E1", "9999-12-31", "2026-06-18"), ("E2", "2026-06-17", "长期")]
    bank.write("absences.csv", as_csv(rows, ("employee_id", "starts_on", "ends_on")))
    assert bank.take().files[0].reasons == {"bad_date": 2}


@pytest.mark.parametrize("wrong", ["2026-02-30", "next year", "9999-12-31 or so"])
def test_a_wrong_date_in_a_column_that_may_be_empty_is_no_end(bank: Bank, wrong: str) -> None:
    bank.write("employees.csv", as_csv([("E1", "clerk", wrong)], ("employee_id", "role", "left_on")))
    assert bank.take().files[0].reasons == {"bad_date": 1}


def look_up(number: int, employee: str) -> tuple[str, ...]:
    return (str(number), "2026-06-18 10:00:00", employee, "X1", "02")


@pytest.mark.parametrize("cell", [" NULL ", "NULL ", " (null)", "\u3000null", "'NULL", " #N/A "])
def test_a_null_word_between_blanks_is_no_employee(bank: Bank, cell: str) -> None:
    bank.write("access_log.csv", as_csv([look_up(1, cell), look_up(2, "E1")]))
    (file,) = bank.take().files
    assert (file.accepted, file.reasons) == (1, {"missing_value": 1})


@pytest.mark.parametrize("first", ["E1", "柜员1", "王é"])
def test_what_nobody_sees_at_a_cell_s_ends_makes_no_other_employee(bank: Bank, first: str) -> None:
    unseen = " \t\r\n\v\f\u00a0\u2009\u200b\u200d\u2060\u3000\ufeff"
    rows = [look_up(number, first + mark) for number, mark in enumerate(["", *unseen])]
    rows += [look_up(100 + number, mark + first) for number, mark in enumerate(unseen)]
    lines = [json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in rows]
    bank.write("access_log.jsonl", "\n".join(lines) + "\n")
    (file,) = bank.take().files
    assert file.accepted == 2 * len(unseen) + 1
    assert bank.rows("access_log", "DISTINCT employee_id") == [(first,)]


@pytest.mark.parametrize(
    ("feed", "header", "good"),
    [
        ("employees", ("employee_id", "name", "role"), ("E1", "共同", "clerk")),
        ("customers", ("subject_id", "home_branch_id"), ("X1", "共和路支行")),
        ("record_parties", ("record_id", "subject_id"), ("R1", "X1")),
    ],
)
def test_totals_and_repeated_headers_do_not_come_in_as_people(
    bank: Bank, feed: str, header: tuple[str, ...], good: tuple[str, ...]
) -> None:
    rest = ("7",) * (len(header) - 1)
    again = ("\ufeff" + header[0], *header[1:])
    rows = [good, header, again, ("合计", *rest), ("共 3 条", *rest), (" 总计：", *rest)]
    bank.write(f"{feed}.csv", as_csv(rows, header))
    (file,) = bank.take().files
    assert (file.accepted, file.reasons) == (1, {"footer": 5})


def test_a_header_that_is_repeated_among_mapped_rows_is_no_bad_time(bank: Bank) -> None:
    rules = 'feed = "logins"\n[columns]\nemployee_id = ["柜员", "用户"]\noutcome = "结果"\n'
    name = write_mapping(bank, rules + '[combined]\noccurred_at = ["日期", "时刻"]\n')
    header = ("日期", "时刻", "用户", "柜员", "结果")
    rows = [("2026-06-18", "10:00:00", "", "E1", "ok"), header, ("日期", "", "E1", "E1", "ok")]
    (file,) = bank.take(bank.write("log.csv", as_csv(rows, header)), mapping=name).files
    assert (file.accepted, file.reasons) == (1, {"bad_time": 1, "footer": 1})
