"""How long business explains look-ups whose end its feed does not tell."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import pytest

from pipeline.evidence.reasons import AFTER_DECISION_DAYS, OPEN_DAYS
from tests.evidence.made_bank import MadeBank, Weighed

TODAY = date(2026, 3, 10)
Case = tuple[str, str | None, int, int | None, str]

# kind, reason, days since it was made, days since it was decided, state
CASES: tuple[Case, ...] = (
    ("loan_application", "loan_approval", 200, None, "linked"),
    ("loan_application", "loan_approval", 200, AFTER_DECISION_DAYS, "linked"),
    ("loan_application", "loan_approval", 200, AFTER_DECISION_DAYS + 1, "unlinked"),
    ("loan_application", "loan_approval", 30, 29, "linked"),
    ("card_application", "card_approval", 100, AFTER_DECISION_DAYS + 1, "unlinked"),
    ("loan_account", "post_loan", 900, 900, "linked"),
    ("loan_account", None, 900, 900, "linked"),
    ("service_ticket", None, 30, None, "linked"),
    ("service_ticket", None, 31, None, "unlinked"),
    ("self_request", None, 400, None, "unlinked"),
    ("loan_application", None, OPEN_DAYS["loan_application"], None, "linked"),
    ("loan_application", None, OPEN_DAYS["loan_application"] + 1, None, "unlinked"),
)


@cache
def weighed() -> Weighed:
    bank = MadeBank()
    bank.ordinary_business()
    bank.staff("amy")
    for number, (kind, reason, made, decided, _) in enumerate(CASES):
        bank.lookup(f"e{number}", f"{TODAY} 11:00", "amy", f"S{number}", reason)
        moments = [
            f"{TODAY - timedelta(days=ago)} 10:00" if ago is not None else None for ago in (made, decided)
        ]
        bank.record(f"R{number}", kind, str(moments[0]), f"S{number}", decided_at=moments[1])
    return bank.weighed()


@pytest.mark.parametrize("number", range(len(CASES)))
def test_business_without_an_end_explains_as_long_as_it_may_still_be_worked_on(number: int) -> None:
    assert weighed().final(f"e{number}") == CASES[number][-1]


@pytest.mark.parametrize(
    ("number", "weakness"),
    [(0, "long_open"), (1, ""), (3, ""), (5, ""), (6, ""), (7, ""), (10, "long_open")],
)
def test_an_old_application_without_an_end_explains_but_only_just(number: int, weakness: str) -> None:
    """What its feed ends, what is younger than the reason's window, and standing business explain in full."""
    states = weighed().evidence.states
    assert set(states.filter(states.event_id == f"e{number}").weakness.to_pyarrow().to_pylist()) == {weakness}


def test_a_fresh_record_beside_the_old_one_explains_in_full_from_its_night_on() -> None:
    bank = MadeBank()
    bank.ordinary_business()
    bank.staff("amy")
    bank.lookup("e", f"{TODAY} 11:00", "amy", "S", "loan_approval")
    bank.record("R-old", "loan_application", f"{TODAY - timedelta(days=31)} 10:00", "S")
    bank.record("R-new", "loan_application", f"{TODAY + timedelta(days=2)} 10:00", "S")
    states = bank.weighed().evidence.states
    rows = states.filter(states.event_id == "e").order_by("from_night").to_pyarrow().to_pylist()
    assert [(row["state"], row["weakness"]) for row in rows] == [("linked", "long_open"), ("linked", "")]
