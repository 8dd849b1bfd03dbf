"""Typed business numbers that are in no record: from the look-up's own night until a record of that number is known."""

from __future__ import annotations

from datetime import date

from pipeline.evidence.states import IN_NO_RECORD
from tests.evidence.made_bank import MadeBank

AT, BEFORE = "2026-03-10 10:00", "2026-03-10 09:00"


def test_a_number_that_is_in_no_record_is_told_until_one_comes() -> None:
    bank = MadeBank()
    bank.ordinary_business()
    bank.staff("amy")
    for event, number in (("none", "no-such"), ("late", "R1"), ("of-nobody", "R2"), ("of-another", "R3")):
        bank.lookup(event, AT, "amy", event, "loan_approval", business_ref=number)
    bank.lookup("no-number", AT, "amy", "S5", "loan_approval")
    bank.lookup("empty", AT, "amy", "S6", "loan_approval", business_ref="")
    bank.record("R1", "loan_application", BEFORE, "late", recorded_at="2026-03-13 12:00")
    bank.record("R2", "loan_application", BEFORE, None)
    bank.record("R3", "loan_application", BEFORE, "another")
    found = bank.weighed().mismatches(IN_NO_RECORD)
    assert found == {
        "none": (date(2026, 3, 10), date(9999, 12, 31)),
        "late": (date(2026, 3, 10), date(2026, 3, 13)),
    }, "a record of nobody is a record, and so is another's"
