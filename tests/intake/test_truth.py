"""Data that are not what they look like are found out, and honest data are left in peace."""

from __future__ import annotations

import pytest

from tests.intake.conftest import HEADER, Bank, as_csv


def counts(bank: Bank, hours: list[int]) -> dict[str, tuple[str, int]]:
    rows = [
        (str(at), f"2026-06-18 {hours[at % len(hours)]:02d}:{at % 60:02d}:00", "E1", "X1", "02")
        for at in range(240)
    ]
    bank.write("access_log.csv", as_csv(rows))
    return {finding.code: (finding.level, finding.count) for finding in bank.take().findings}


def test_hours_that_never_pass_noon_are_a_twelve_hour_clock(bank: Bank) -> None:
    assert counts(bank, [9, 10, 11, 12, 1, 2, 3, 4, 5]) == {"twelve_hour_clock": ("incomplete", 240)}


def test_a_morning_s_file_is_only_noted_and_a_whole_day_s_is_left_in_peace(bank: Bank) -> None:
    assert counts(bank, [8, 9, 10, 11]) == {"twelve_hour_clock": ("note", 240)}
    assert counts(bank, [8, 9, 10, 15]) == {
        "duplicates_across_files": ("note", 180),
        "corrected_rows": ("note", 60),
    }


def test_times_without_a_time_of_day_are_no_clock(bank: Bank) -> None:
    assert counts(bank, [0]) == {}


def test_rows_from_the_future_and_before_the_first_day_are_counted(bank: Bank) -> None:
    bank.write("employees.csv", "employee_id,role,hired_on\nE1,teller,2026-06-10\nE2,teller,2026-01-01\n")
    rows = [
        ("1", "2026-06-09 10:00", "E1", "X1", "02"),
        ("2", "2026-06-10 10:00", "E1", "X1", "02"),
        ("3", "2026-06-09 10:00", "E2", "X1", "02"),
        ("4", "2026-07-01 12:06", "E2", "X1", "02"),
        ("5", "2026-07-01 12:04", "E2", "X1", "02"),
    ]
    bank.write("access_log.csv", as_csv(rows))
    found = {finding.code: finding.count for finding in bank.take().findings}
    assert found == {"before_hire": 1, "clock_skew": 1}


@pytest.mark.parametrize(("column", "refused"), [("employee_id", True), ("reason", False)])
def test_spoiled_bytes_refuse_a_file_in_key_fields_only(bank: Bank, column: str, refused: bool) -> None:
    rows = [[str(at), "2026-06-18 10:00", "柜员", "X1", "贷款审批"] for at in range(100)]
    rows[7][HEADER.index(column)] = "柜?员"
    bank.write("access_log.csv", as_csv(rows).encode("gb18030").replace(b"?", b"\xff"))
    result = bank.take()
    assert result.files[0].refused is refused
    assert ("damaged_keys" if refused else "mojibake") in {finding.code for finding in result.findings}
    assert len(bank.rows("access_log")) == (0 if refused else 100)
