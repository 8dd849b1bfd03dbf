"""An application that nothing happens to is hollow after weeks, where the bank's feed tells of what happens to others."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import pytest

from tests.evidence.made_bank import MadeBank, Weighed

MADE = date(2026, 3, 10)
AT = f"{MADE} 10:00"
SILENT = {"second_person": None}


def others(bank: MadeBank, kind: str, decided: int, left: int, first: date = date(2026, 1, 5)) -> None:
    """Add applications of other customers: some are decided within days, of the rest nothing is ever told."""
    for number in range(decided + left):
        at = first + timedelta(days=number % 10)
        done = f"{at + timedelta(days=4)} 11:00" if number < decided else None
        bank.record(f"{kind}-{number}", kind, f"{at} 10:00", f"other-{number}", decided_at=done, **SILENT)


@cache
def weighed() -> tuple[Weighed, date]:
    bank = MadeBank()
    bank.ordinary_business()
    bank.staff("amy")
    others(bank, "loan_application", decided=28, left=4)
    others(bank, "card_application", decided=10, left=20)
    others(bank, "merchant", decided=12, left=0)

    def made(name: str, kind: str = "loan_application", rule: str = "loan_approval", **rest: object) -> None:
        bank.lookup(name, AT, "amy", name, rule)
        bank.record(f"R-{name}", kind, f"{MADE} 09:00", name, **(SILENT | rest))  # type: ignore[arg-type]  # keywords are record's own

    made("left lying")
    made("second hand", second_person=True)
    made("decided in time", decided_at="2026-04-02 15:00")
    made("decided late", decided_at="2026-04-20 15:00")
    made("closed late", closed_at="2026-04-20 15:00", status="closed")
    made("sent again with a decision", recorded_at="2026-03-10 20:00")
    bank.add(
        "business_records", record_id="R-sent again with a decision", kind="loan_application",
        created_at=f"{MADE} 09:00", created_by="amy", branch_id="B1",
        recorded_at="2026-04-22 09:00", decided_at="2026-04-21 09:00",
    )  # fmt: skip
    made("account", "loan_account", "post_loan")
    made("kind mostly silent", "card_application", "card_approval")
    made("kind too rare", "merchant", "merchant")
    made("beside a good one")
    bank.record("R-good", "loan_application", f"{MADE} 12:00", "beside a good one")
    bank.lookup("later look-up of it", "2026-05-20 10:00", "amy", "left lying", "loan_approval")
    return bank.weighed(), bank.calendar.plus(MADE, 20)


@pytest.mark.parametrize(
    ("event", "steps"),
    [
        ("left lying", [("linked", MADE), ("thin", None)]),
        ("decided late", [("linked", MADE), ("thin", None), ("linked", date(2026, 4, 20))]),
        ("closed late", [("linked", MADE), ("thin", None), ("linked", date(2026, 4, 20))]),
        ("sent again with a decision", [("linked", MADE), ("thin", None), ("linked", date(2026, 4, 22))]),
        ("later look-up of it", [("thin", date(2026, 5, 20))]),
        ("second hand", [("linked", MADE)]),
        ("decided in time", [("linked", MADE)]),
        ("account", [("linked", MADE)]),
        ("kind mostly silent", [("linked", MADE)]),
        ("kind too rare", [("linked", MADE)]),
        ("beside a good one", [("linked", MADE)]),
    ],
)
def test_an_application_without_any_step_is_hollow_after_twenty_working_days_and_no_other_is(
    event: str, steps: list[tuple[str, date | None]]
) -> None:
    found, stalled = weighed()
    assert [(state, since) for state, since, _ in found.steps[event]] == [
        (state, since or stalled) for state, since in steps
    ]


def test_what_stalls_is_thin_because_it_is_hollow() -> None:
    found, _ = weighed()
    states = found.evidence.states
    rows = states.filter(states.event_id == "left lying").order_by("from_night").weakness.to_pyarrow()
    assert rows.to_pylist() == ["", "hollow"]


@pytest.mark.parametrize("told", [False, True])
def test_silence_means_nothing_until_the_feed_has_told_of_others(told: bool) -> None:
    """A bank that begins to fill the columns later accuses nobody before it has."""
    bank = MadeBank()
    bank.ordinary_business()
    bank.staff("amy")
    bank.lookup("e", AT, "amy", "S", "loan_approval")
    bank.record("R", "loan_application", f"{MADE} 09:00", "S", **SILENT)
    begun = date(2026, 5, 4)
    others(bank, "loan_application", decided=25 if told else 0, left=0 if told else 25, first=begun)
    found = bank.weighed()
    steps = [(state, since) for state, since, _ in found.steps["e"]]
    assert steps[0] == ("linked", MADE)
    if not told:
        assert len(steps) == 1
        return
    (state, since) = steps[1]
    assert state == "thin"
    assert bank.calendar.plus(begun, 20) <= since <= bank.calendar.plus(begun + timedelta(days=10), 20)
