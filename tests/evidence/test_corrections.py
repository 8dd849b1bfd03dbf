"""A corrected row of the access log: each night sees what had been recorded by its cut-off."""

from __future__ import annotations

from datetime import date

from pipeline.evidence.corrections import MARK
from tests.evidence.made_bank import MadeBank, Weighed, day

LOOKED, TOLD = "2026-03-10 10:00", "2026-03-19 10:00"
EARLIER = f"e{MARK}2026-03-10"


def weighed(**again: str) -> Weighed:
    """Weigh a look-up of Li, who has no business, that is corrected to one of Zhang, who asked for a loan."""
    bank = MadeBank()
    bank.ordinary_business()
    bank.staff("amy")
    bank.record("r", "loan_application", "2026-03-09 10:00", "zhang")
    bank.lookup("e", LOOKED, "amy", "li", "loan_approval")
    bank.lookup("e", LOOKED, "amy", "zhang", "loan_approval", **again)
    return bank.weighed()


def test_what_is_corrected_stands_until_the_night_that_knows_better() -> None:
    found = weighed(recorded_at=TOLD)
    assert found.state(EARLIER, "2026-03-10") == "pending"
    assert found.state(EARLIER, "2026-03-18") == "unlinked"
    assert found.state(EARLIER, "2026-03-19") is None
    assert found.state("e", "2026-03-18") is None
    assert found.state("e", "2026-03-19") == "linked"


def test_what_is_corrected_before_its_own_night_was_never_seen() -> None:
    assert set(weighed(recorded_at="2026-03-10 23:00").steps) == {"e"}


def test_a_correction_that_was_recorded_at_the_cut_off_is_of_that_night() -> None:
    found = weighed(recorded_at="2026-03-19 02:00")
    assert found.state(EARLIER, "2026-03-18") is None
    assert found.state("e", "2026-03-18") == "linked"


def test_a_number_that_named_somebody_else_is_a_mismatch_until_it_is_corrected() -> None:
    bank = MadeBank()
    bank.ordinary_business()
    bank.staff("amy")
    bank.record("r", "loan_application", "2026-03-09 10:00", "zhang")
    for subject, told in (("li", LOOKED), ("zhang", TOLD)):
        bank.lookup("e", LOOKED, "amy", subject, "loan_approval", business_ref="r", recorded_at=told)
    assert bank.weighed().mismatches() == {EARLIER: (date(2026, 3, 10), day("2026-03-19"))}
