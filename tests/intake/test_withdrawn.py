"""Rows that a source changes or takes back, however old they are: both versions are kept, and days re-opened."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from pipeline.lake.engine import connect
from pipeline.lake.store import Lake
from tests.intake.conftest import HEADER, Bank, as_csv

DAY = date(2026, 3, 2)
WIDE = (*HEADER, "state")
MAPPING = (
    'feed = "access_log"\n[columns]\nevent_id = "event_id"\noccurred_at = "occurred_at"\n'
    'employee_id = "employee_id"\nsubject_id = "subject_id"\nreason = "reason"\n'
    '[withdrawn]\ncolumn = "state"\nvalues = ["D", "作废"]\n'
)


def row(event: str, at: str = f"{DAY} 10:00", state: str = "", reason: str = "02") -> tuple[str, ...]:
    return (event, at, "E1", "X1", reason, state)


@pytest.fixture
def mapped(bank: Bank) -> Bank:
    folder = bank.home.root / "mappings"
    folder.mkdir(exist_ok=True)
    (folder / "mine.toml").write_text(MAPPING, encoding="utf-8")
    return bank


def take(bank: Bank, name: str, *rows: tuple[str, ...]) -> dict[str, int]:
    result = bank.take(bank.write(name, as_csv(rows, WIDE)), mapping="mine")
    (file,) = result.files
    assert file.read == file.accepted + file.duplicate + file.rejected
    return {finding.code: finding.count for finding in result.findings} | {"accepted": file.accepted}


def counting(bank: Bank, first: date | None = None, horizon: int | None = None) -> list[tuple[Any, ...]]:
    backend = connect(bank.home, bank.settings)
    try:
        lake = Lake(bank.home, bank.engine)
        newest = lake.latest(backend, "access_log", first, first, horizon).select("event_id", "reason")
        versions = lake.table(backend, "access_log", first, first, horizon).count().to_pyarrow().as_py()
        return [*sorted(newest.to_pandas().itertuples(index=False, name=None)), (versions,)]
    finally:
        backend.disconnect()


def test_a_row_taken_back_does_not_count_from_its_batch_on_and_nothing_is_lost(mapped: Bank) -> None:
    take(mapped, "access_log-1.csv", row("1"), row("2"))
    assert take(mapped, "access_log-2.csv", row("2", state="作废")) == {
        "withdrawn_rows": 1,
        "corrected_rows": 1,
        "accepted": 1,
    }
    for first in (None, DAY):
        assert counting(mapped, first) == [("1", "loan_approval"), (1,)]
        assert counting(mapped, first, horizon=1) == [("1", "loan_approval"), ("2", "loan_approval"), (2,)]
    assert len(mapped.rows("access_log")) == 2
    assert Lake(mapped.home, mapped.engine).days("access_log") == [DAY]


def test_the_same_withdrawal_again_is_a_duplicate_and_a_changed_row_comes_back(mapped: Bank) -> None:
    take(mapped, "access_log-1.csv", row("1"), row("1", state="d"))
    assert counting(mapped) == [(0,)]
    assert take(mapped, "access_log-2.csv", row("1", state="D"))["accepted"] == 0
    assert take(mapped, "access_log-3.csv", row("1", reason="03"))["accepted"] == 1
    assert counting(mapped, DAY) == [("1", "card_approval"), (1,)]


def test_a_withdrawal_that_names_another_day_re_opens_the_day_of_the_row(mapped: Bank) -> None:
    take(mapped, "access_log-1.csv", row("1"), row("2"))
    take(mapped, "access_log-2.csv", row("1", f"{date(2026, 6, 18)} 9:00", "D"))
    lake = Lake(mapped.home, mapped.engine)
    assert counting(mapped, DAY) == [("2", "loan_approval"), (1,)]
    assert {day for day, path in lake.listed("access_log", 2) if "withdrawn" in path} == {
        DAY,
        date(2026, 6, 18),
    }


def test_a_correction_of_a_row_of_three_months_ago_moves_it_and_both_versions_stay(mapped: Bank) -> None:
    take(mapped, "access_log-1.csv", row("1"), row("2"))
    told = take(mapped, "access_log-2.csv", row("1", f"{date(2026, 6, 18)} 9:00"))
    assert told["corrected_rows"] == 1
    assert counting(mapped, DAY)[:-1] == [("2", "loan_approval")]
    assert counting(mapped, date(2026, 6, 18))[:-1] == [("1", "loan_approval")]
    assert len(mapped.rows("access_log")) == 3


def test_a_row_sent_again_as_it_was_after_it_had_been_taken_back_comes_back(mapped: Bank) -> None:
    take(mapped, "access_log-1.csv", row("1"), row("2"))
    take(mapped, "access_log-2.csv", row("1", state="D"))
    before = Lake(mapped.home, mapped.engine).listed("access_log", 2)
    assert take(mapped, "access_log-3.csv", row("1"))["accepted"] == 1
    for first in (None, DAY):
        assert counting(mapped, first)[:-1] == [("1", "loan_approval"), ("2", "loan_approval")]
        assert counting(mapped, first, horizon=2) == [("2", "loan_approval"), (1,)]
    lake = Lake(mapped.home, mapped.engine)
    assert [day for day, path in lake.listed("access_log", 3) if (day, path) not in before] == [DAY]
    assert len(mapped.rows("access_log")) == 3

    assert take(mapped, "access_log-4.csv", row("2"), row("1"))["accepted"] == 0
    assert take(mapped, "access_log-5.csv", row("1", state="作废"))["accepted"] == 1
    assert counting(mapped) == [("2", "loan_approval"), (1,)]
    assert take(mapped, "access_log-6.csv", row("2"), row("1", state="D"))["accepted"] == 0
    assert counting(mapped) == [("2", "loan_approval"), (1,)]


@pytest.mark.parametrize(
    ("states", "stands", "accepted"),
    [
        (("", "D", ""), True, 3),
        (("", "D", "", ""), True, 3),
        (("D", "", "D", "D"), False, 3),
        (("", "", "D", "", "D", ""), True, 5),
    ],
)
def test_in_one_file_the_last_statement_about_a_row_counts_whatever_the_lake_has(
    mapped: Bank, states: tuple[str, ...], stands: bool, accepted: int
) -> None:
    told = [row("1", state=state) for state in states]
    assert take(mapped, "access_log-1.csv", row("2"), *told)["accepted"] == accepted + 1
    expected = [("1", "loan_approval")] if stands else []
    assert counting(mapped, DAY)[:-1] == [*expected, ("2", "loan_approval")]
    # The same again, after other rows: only what turns the state again says something new.
    take(mapped, "access_log-2.csv", row("3"), *told)
    assert counting(mapped, DAY)[:-1] == [*expected, ("2", "loan_approval"), ("3", "loan_approval")]
