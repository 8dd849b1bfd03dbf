"""Parties of records have no day of their own: they belong to the record's, or to that on which they were added."""

from __future__ import annotations

from datetime import date

from pipeline.intake.day_accounts import read_days
from tests.intake.conftest import Bank, as_csv

SUBJECT = "910101199001010004"


def parties_on(bank: Bank) -> dict[date, int]:
    return {one.day: one.rows for one in read_days(bank.engine, feed="record_parties")}


def test_a_party_counts_on_the_day_of_its_record_or_on_that_on_which_it_was_added_later(bank: Bank) -> None:
    records = [("R1", "loan_application", "2026-06-01 10:00"), ("R2", "loan_application", "2026-06-03 10:00")]
    parties = [
        ("R1", SUBJECT, "principal", ""),
        ("R2", SUBJECT, "principal", "2026-06-03 11:00"),
        ("R2", SUBJECT, "spouse", "2026-06-09 11:00"),
        ("R-unknown", SUBJECT, "principal", ""),
    ]
    bank.write("business_records.csv", as_csv(records, ("record_id", "kind", "created_at")))
    bank.write(
        "record_parties.csv", as_csv(parties, ("record_id", "subject_id", "party_role", "recorded_at"))
    )
    result = bank.take()
    assert [one.accepted for one in result.files] == [2, 4]
    assert parties_on(bank) == {date(2026, 6, 1): 1, date(2026, 6, 3): 1, date(2026, 6, 9): 1}


def test_parties_before_any_record_have_no_day_yet(bank: Bank) -> None:
    bank.write("record_parties.csv", as_csv([("R1", SUBJECT)], ("record_id", "subject_id")))
    bank.take()
    assert parties_on(bank) == {}
