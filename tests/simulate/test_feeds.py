"""The feeds are the contract's: names, choices, times, and numbers that can be nobody's."""

from __future__ import annotations

import re

import pytest

from pipeline.contract import FEEDS
from pipeline.simulate import SimulatedBank

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
EVERY_FEED = sorted(set(FEEDS) - {"bureau_findings"})


def test_every_feed_but_the_bureaus_own_is_made(bank: SimulatedBank) -> None:
    assert sorted(bank.tables) == EVERY_FEED


@pytest.mark.parametrize("feed", EVERY_FEED)
def test_columns_are_the_contracts_and_required_ones_are_filled(bank: SimulatedBank, feed: str) -> None:
    table, known = bank.tables[feed], FEEDS[feed]
    assert set(table.column_names) <= set(known.by_name)
    assert set(known.required_columns) <= set(table.column_names)
    assert len(table)
    for name in known.required_columns:
        assert table[name].null_count == 0, name
    for name in table.column_names:
        if choices := known.by_name[name].choices:
            assert set(table[name].unique().to_pylist()) - {None} <= set(choices), name


@pytest.mark.parametrize("feed", ["access_log", "business_records", "employees", "customers", "complaints"])
def test_keys_are_unique(bank: SimulatedBank, feed: str) -> None:
    table = bank.tables[feed]
    assert table.group_by(list(FEEDS[feed].key)).aggregate([]).num_rows == len(table)


def test_times_carry_the_banks_offset(bank: SimulatedBank) -> None:
    log = bank.tables["access_log"]
    shape = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
    for column in ("occurred_at", "recorded_at"):
        assert all(shape.fullmatch(text) for text in log[column].unique().to_pylist())


@pytest.mark.parametrize("feed", ["access_log", "record_parties", "customers", "complaints"])
def test_every_number_has_a_right_check_digit_and_a_region_that_does_not_exist(
    bank: SimulatedBank, feed: str
) -> None:
    numbers = bank.tables[feed]["subject_id"].unique().to_pylist()
    for number in numbers:
        assert len(number) == 18
        assert 90 <= int(number[:2]) <= 98
        total = sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True))
        assert number[17] == "10X98765432"[total % 11]


def test_machines_in_the_log_are_registered(bank: SimulatedBank) -> None:
    log, register = bank.tables["access_log"].to_pandas(), bank.tables["service_accounts"].to_pandas()
    machines = log[log["channel"] != "workstation"]
    assert len(machines)
    assert set(machines["employee_id"]) == set(register["account_id"])


def test_people_in_the_log_are_on_the_staff(bank: SimulatedBank) -> None:
    log, staff = bank.tables["access_log"].to_pandas(), bank.tables["employees"].to_pandas()
    people = log[log["channel"] == "workstation"]
    assert set(people["employee_id"]) <= set(staff["employee_id"])
    assert set(people["requester_id"].dropna()) <= set(staff["employee_id"])
    assert people["employee_id"].nunique() > 100


def test_records_arrive_late_now_and_then_but_never_before_they_are_made(bank: SimulatedBank) -> None:
    records = bank.tables["business_records"].to_pandas()
    new = records[records["created_at"] >= "2026-01-05"]
    assert (new["recorded_at"] >= new["created_at"]).all()
    next_day = (new["recorded_at"].str.slice(0, 10) > new["created_at"].str.slice(0, 10)).mean()
    assert 0.02 < next_day < 0.4
