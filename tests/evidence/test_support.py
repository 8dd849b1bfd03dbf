"""What makes a record good: nearness, other hands, who asked, when it became known."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import pytest

from pipeline.settings import Settings
from tests.evidence.made_bank import MadeBank, Weighed

D = "2026-03-10"
AT = f"{D} 10:00"
SHUT = "2026-03-16 09:00"


def _bank() -> MadeBank:
    bank = MadeBank()
    bank.ordinary_business()
    for person, role, branch in (
        ("amy", "manager", "B1"),
        ("ben", "manager", "B1"),
        ("cho", "manager", "B2"),
        ("dan", "clerk", "B3"),
    ):
        bank.staff(person, role, branch)
    return bank


@cache
def weighed() -> Weighed:
    bank = _bank()

    def loan(
        name: str, subject: str | None = None, at: str = f"{D} 09:00", by: str = "amy", **rest: object
    ) -> None:
        bank.lookup(name, AT, by, subject or name, "loan_approval")
        bank.record(f"R-{name}", "loan_application", at, subject or name, **rest)  # type: ignore[arg-type]  # keywords are record's own

    # near and far
    loan("own")
    loan("colleague's", by="amy")
    bank.lookup("made-by-colleague", AT, "amy", "S1", "loan_approval")
    bank.record("R1", "loan_application", f"{D} 09:00", "S1", by="ben", branch="B1")
    bank.lookup("far", AT, "amy", "S2", "loan_approval")
    bank.record("R2", "loan_application", f"{D} 09:00", "S2", by="cho", branch="B2")
    bank.lookup("own-but-of-another-branch", AT, "amy", "S3", "loan_approval")
    bank.record("R3", "loan_application", f"{D} 09:00", "S3", by="amy", branch="B2")
    bank.lookup("nothing-told", AT, "amy", "S4", "loan_approval")
    bank.record("R4", "loan_application", f"{D} 09:00", "S4", by=None, branch=None)
    bank.lookup("near-and-far", AT, "amy", "S5", "loan_approval")
    bank.record("R5a", "loan_application", f"{D} 09:00", "S5", by="cho", branch="B2")
    bank.record("R5b", "loan_application", "2026-03-12 09:00", "S5", by="ben", branch="B1")
    # any party
    bank.lookup("spouse", AT, "amy", "S6", "loan_approval")
    bank.record("R6", "loan_application", f"{D} 09:00", "S6-husband")
    bank.party("R6", "S6", "spouse")
    bank.lookup("party-added-later", AT, "amy", "S7", "loan_approval")
    bank.record("R7", "loan_application", f"{D} 09:00", "S7-principal")
    bank.party("R7", "S7", "guarantor", recorded_at="2026-03-12 12:00")
    bank.lookup("nobody-named", AT, "amy", "S8", "loan_approval")
    bank.record("R8", "loan_application", f"{D} 09:00", None)
    # hollow
    loan("no-second-person", second_person=False)
    loan("second-person-not-told", second_person=None, decided_at=SHUT)
    bank.lookup("self-made-after", AT, "amy", "S9", "loan_approval")
    bank.record("R9", "loan_application", f"{D} 15:00", "S9", second_person=None)
    bank.lookup("self-made-after-with-a-second-hand", AT, "amy", "S10", "loan_approval")
    bank.record("R10", "loan_application", f"{D} 15:00", "S10")
    bank.lookup("colleague-made-after", AT, "amy", "S11", "loan_approval")
    bank.record("R11", "loan_application", f"{D} 15:00", "S11", by="ben", second_person=None, closed_at=SHUT)
    bank.lookup("account-with-one-hand", AT, "amy", "S12", "post_loan")
    bank.record("R12", "loan_account", "2024-01-05 09:00", "S12", second_person=False)
    loan("withdrawn-next-workday", closed_at="2026-03-11 17:00", status="withdrawn")
    loan("withdrawn-two-days-later", closed_at="2026-03-12 09:00", status="withdrawn")
    loan("rejected-next-workday", closed_at="2026-03-11 17:00", status="rejected")
    loan("withdrawn-in-chinese", closed_at=f"{D} 17:00", status="已撤销")
    bank.lookup("withdrawn-over-a-weekend", "2026-03-13 10:00", "amy", "S13", "loan_approval")
    bank.record(
        "R13", "loan_application", "2026-03-13 09:00", "S13", closed_at="2026-03-16 17:00", status="Cancelled"
    )
    # versions
    bank.lookup("second-hand-comes", AT, "amy", "S14", "loan_approval")
    bank.record("R14", "loan_application", f"{D} 09:00", "S14", second_person=False)
    bank.add(
        "business_records",
        record_id="R14",
        kind="loan_application",
        created_at=f"{D} 09:00",
        created_by="amy",
        branch_id="B1",
        recorded_at="2026-03-13 09:00",
        second_person=True,
    )
    # business numbers
    bank.lookup("names-another", AT, "amy", "S15", "loan_approval", business_ref="R1")
    bank.lookup("names-another-while-explained", AT, "amy", "S16", "loan_approval", business_ref="R1")
    bank.record("R16", "loan_application", f"{D} 09:00", "S16")
    bank.lookup("names-the-spouse's-file", AT, "amy", "S6", "loan_approval", business_ref="R6")
    bank.lookup("names-nothing-known", AT, "amy", "S17", "loan_approval", business_ref="no-such")
    bank.lookup("other-names-another", AT, "amy", "S18", "other", business_ref="R1")
    bank.lookup("named-later", AT, "amy", "S7", "loan_approval", business_ref="R7")
    # who asked
    bank.lookup("typed-for-cho", AT, "amy", "S19", "loan_approval", requester_id="cho")
    bank.record("R19", "loan_application", f"{D} 09:00", "S19", by="cho", branch="B2")
    bank.lookup("typed-by-the-maker", AT, "amy", "S20", "loan_approval", requester_id="cho")
    bank.record("R20", "loan_application", f"{D} 09:00", "S20", by="amy", branch="B1")
    bank.lookup(
        "typed-for-cho-from-the-typist's-branch", AT, "amy", "S21", "loan_approval", requester_id="cho"
    )
    bank.record("R21", "loan_application", f"{D} 09:00", "S21", by="ben", branch="B1")
    # not look-ups
    bank.lookup("not-found", AT, "amy", "S22", "loan_approval", outcome="not_found")
    bank.lookup("printed", AT, "amy", "S23", "loan_approval", operation="print")
    # late
    bank.lookup("late-row", AT, "amy", "S24", "post_loan", recorded_at="2026-03-14 01:00")
    bank.lookup("record-comes-late", AT, "amy", "S25", "self_request")
    bank.record("R25", "self_request", f"{D} 09:00", "S25", recorded_at="2026-03-12 22:00")
    # the cut-off of 2 a.m.
    bank.lookup("at-the-cut-off", AT, "amy", "S26", "self_request")
    bank.record("R26", "self_request", f"{D} 09:00", "S26", recorded_at="2026-03-11 02:00:00")
    bank.lookup("after-the-cut-off", AT, "amy", "S27", "self_request")
    bank.record("R27", "self_request", f"{D} 09:00", "S27", recorded_at="2026-03-11 02:00:01")
    return bank.weighed()


@pytest.mark.parametrize(
    ("event", "state"),
    [
        ("own", "linked"),
        ("made-by-colleague", "linked"),
        ("far", "thin"),
        ("own-but-of-another-branch", "linked"),
        ("nothing-told", "linked"),
        ("near-and-far", "linked"),
        ("spouse", "linked"),
        ("party-added-later", "linked"),
        ("nobody-named", "unlinked"),
        ("no-second-person", "thin"),
        ("second-person-not-told", "linked"),
        ("self-made-after", "thin"),
        ("self-made-after-with-a-second-hand", "linked"),
        ("colleague-made-after", "linked"),
        ("account-with-one-hand", "linked"),
        ("withdrawn-next-workday", "thin"),
        ("withdrawn-two-days-later", "linked"),
        ("rejected-next-workday", "linked"),
        ("withdrawn-in-chinese", "thin"),
        ("withdrawn-over-a-weekend", "thin"),
        ("second-hand-comes", "linked"),
        ("typed-for-cho", "linked"),
        ("typed-by-the-maker", "linked"),
        ("typed-for-cho-from-the-typist's-branch", "thin"),
        ("names-another", "unlinked"),
        ("names-another-while-explained", "linked"),
        ("other-names-another", "unlinked"),
        ("not-found", None),
        ("printed", None),
        ("record-comes-late", "linked"),
    ],
)
def test_a_record_is_as_good_as_its_nearness_and_its_hands(event: str, state: str | None) -> None:
    assert weighed().final(event) == state


@pytest.mark.parametrize(
    ("event", "steps"),
    [
        ("near-and-far", [("thin", D), ("linked", "2026-03-12")]),
        ("party-added-later", [("pending", D), ("linked", "2026-03-12")]),
        ("second-hand-comes", [("thin", D), ("linked", "2026-03-13")]),
        ("withdrawn-next-workday", [("linked", D), ("thin", "2026-03-11")]),
        ("self-made-after", [("thin", D)]),
        ("late-row", [("unlinked", "2026-03-13")]),
        ("record-comes-late", [("unlinked", D), ("linked", "2026-03-12")]),
        ("at-the-cut-off", [("linked", D)]),
        ("after-the-cut-off", [("unlinked", D), ("linked", "2026-03-11")]),
    ],
)
def test_a_state_changes_on_the_night_that_first_knows_and_never_before(
    event: str, steps: list[tuple[str, str]]
) -> None:
    found = [(state, since) for state, since, _ in weighed().steps[event]]
    assert found == [(state, date.fromisoformat(night)) for state, night in steps]


def test_the_steps_of_a_look_up_lie_end_to_end() -> None:
    for event, steps in weighed().steps.items():
        assert all(before[2] == after[1] for before, after in pairwise(steps)), event
        assert steps[-1][2] == date(9999, 12, 31)


def test_a_number_that_names_somebody_else_is_a_mismatch_whatever_explains_the_look_up() -> None:
    found = weighed().mismatches()
    assert set(found) == {
        "names-another",
        "names-another-while-explained",
        "other-names-another",
        "named-later",
    }
    assert found["named-later"] == (date(2026, 3, 10), date(2026, 3, 12)), (
        "it ends when the customer is added to the record"
    )


def test_a_look_up_counts_for_the_requester_in_their_role_and_branch() -> None:
    acts = weighed().evidence.acts
    row = (
        acts.filter(acts.event_id == "typed-for-cho")
        .select("entity", "employee_id", "role", "own_branch")
        .to_pyarrow()
        .to_pylist()
    )
    assert row == [{"entity": "cho", "employee_id": "amy", "role": "manager", "own_branch": "B2"}]


def test_a_role_that_mostly_handles_others_business_does_so_for_the_whole_bank_and_the_config_wins() -> None:
    def made(settings: Settings) -> Weighed:
        bank = MadeBank(settings=settings)
        bank.ordinary_business()
        bank.staff("rev", "reviewer", "HQ")
        bank.staff("amy", "manager", "B1")
        for number in range(6):
            moment = f"2026-03-{2 + number:02d} 10:00"
            bank.lookup(f"r{number}", moment, "rev", f"S{number}", "card_approval")
            bank.record(f"R{number}", "card_application", moment, f"S{number}", by="x", branch=f"B{number}")
        bank.lookup("m", "2026-03-09 10:00", "amy", "S0", "card_approval")
        return bank.weighed()

    learned = made(Settings())
    assert learned.final("r0") == "thin", "one look-up teaches nothing"
    assert learned.final("r5") == "linked", "the sixth of six far ones does"
    assert learned.final("m") == "thin", "another role learns nothing from it"
    told = made(
        Settings.model_validate({"evidence": {"bank_wide_kinds": {"reviewer": ["card_application"]}}})
    )
    assert told.final("r0") == "linked"


def test_a_late_look_up_teaches_nothing_about_its_day() -> None:
    bank = MadeBank()
    bank.ordinary_business()
    bank.staff("rev", "reviewer", "HQ")
    for number in range(6):
        late = "2026-03-20 10:00" if number else None
        bank.lookup(
            f"r{number}",
            f"{D} 1{number}:00",
            "rev",
            f"S{number}",
            "card_approval",
            **({"recorded_at": late} if late else {}),
        )
        bank.record(f"R{number}", "card_application", f"{D} 09:00", f"S{number}", by="x", branch=f"B{number}")
    assert bank.weighed().state("r0", D) == "thin"


@pytest.mark.parametrize(
    ("zone", "country", "looked", "ticket", "state"),
    [
        # The clocks go forward at 02:00 on 29 March 2026: 01:30+01:00 and 03:05+02:00 are 35 minutes apart.
        ("Europe/Amsterdam", "NL", "2026-03-29T03:05:00+02:00", "2026-03-29T01:30:00+01:00", "linked"),
        ("Europe/Amsterdam", "NL", "2026-03-29T03:35:00+02:00", "2026-03-29T01:30:00+01:00", "unlinked"),
        # They go back at 03:00 on 25 October: 02:50+02:00 and 02:10+01:00 are 20 minutes apart,
        # though the clock says the reverse.
        ("Europe/Amsterdam", "NL", "2026-10-25T02:10:00+01:00", "2026-10-25T02:50:00+02:00", "linked"),
        ("Europe/Amsterdam", "NL", "2026-10-25T02:10:00+01:00", "2026-10-25T02:30:00+02:00", "linked"),
        ("Europe/Amsterdam", "NL", "2026-10-25T02:50:00+01:00", "2026-10-25T02:45:00+02:00", "unlinked"),
        ("Asia/Shanghai", "CN", "2026-03-29T03:05:00+08:00", "2026-03-29T02:30:00+08:00", "linked"),
    ],
)
def test_minutes_are_real_minutes_when_the_clocks_change(
    zone: str, country: str, looked: str, ticket: str, state: str
) -> None:
    bank = MadeBank(
        Settings.model_validate({"bank": {"zone": zone, "country": country}}), last=date(2026, 11, 30)
    )
    bank.ordinary_business()
    bank.staff("amy")
    bank.lookup("e", looked, "amy", "S", "counter_service")
    bank.record("T", "service_ticket", ticket, "S")
    assert bank.weighed().final("e") == state


@pytest.mark.parametrize(
    ("ticket", "since", "state"),
    [
        ("2026-03-10 15:02", None, "unlinked"),
        ("2026-03-10 15:02", date(2026, 3, 11), "unlinked"),
        ("2026-03-10 15:02", date(2026, 3, 10), "linked"),
        ("2026-03-11 00:02", date(2026, 3, 10), "unlinked"),
        ("2026-03-09 23:59", date(2026, 3, 10), "unlinked"),
    ],
)
@pytest.mark.parametrize("blind", ["look-up", "ticket"])
def test_where_a_source_has_twelve_hours_only_a_ticket_of_the_same_day_supports_counter_service(
    ticket: str, since: date | None, state: str, blind: str
) -> None:
    bank = MadeBank()
    bank.ordinary_business()
    bank.staff("amy")
    bank.lookup("e", "2026-03-10 03:00", "amy", "S", "counter_service")
    bank.record("T", "service_ticket", ticket, "S")
    bank.rows["access_log" if blind == "look-up" else "business_records"][-1]["batch_id"] = 2
    clockless = () if since is None else ((frozenset({2}), since),)
    assert bank.weighed(clockless=clockless).final("e") == state


def test_a_reason_whose_records_were_never_sent_is_not_assessable_until_the_first_one_comes() -> None:
    bank = MadeBank()
    bank.staff("amy")
    bank.lookup("early", AT, "amy", "S1", "merchant")
    bank.lookup("later", "2026-04-20 10:00", "amy", "S2", "merchant")
    bank.lookup("loan", AT, "amy", "S3", "loan_approval")
    bank.record("M", "merchant", "2026-04-10 10:00", "somebody")
    found = bank.weighed()
    assert found.state("early", "2026-04-09") == "not_assessable"
    assert found.state("early", "2026-04-10") == "unlinked"
    assert found.final("later") == "unlinked"
    assert found.final("loan") == "not_assessable"


def lost_night(arrives: str | None) -> Weighed:
    """Three weeks of business, one of whose nights is lost, and comes late or never."""
    bank = MadeBank()
    bank.ordinary_business()
    bank.staff("amy")
    days = [date(2026, 3, 2) + timedelta(days=n) for n in range(19) if n % 7 < 5]
    for on in days:
        for number in range(12):
            name = f"{on}-{number}"
            bank.lookup(name, f"{on} 10:00", "amy", name, "loan_approval")
            late = on == date(2026, 3, 18)
            if late and arrives is None:
                continue
            bank.record(
                f"R{name}",
                "loan_application",
                f"{on} 11:00",
                name,
                recorded_at=arrives if late else f"{on} 22:00",
            )
    bank.lookup("seller", "2026-03-12 10:00", "amy", "victim", "loan_approval")
    bank.lookup("seller-that-day", "2026-03-18 10:00", "amy", "victim", "loan_approval")
    bank.lookup("seller-before", "2026-03-05 10:00", "amy", "victim", "loan_approval")
    bank.lookup("seller-after", "2026-03-20 10:00", "amy", "victim", "loan_approval")
    return bank.weighed()


def test_a_lost_night_of_the_business_feed_accuses_nobody() -> None:
    found = lost_night(None)
    assert {found.final(f"2026-03-18-{n}") for n in range(12)} == {"not_assessable"}
    assert found.final("seller-that-day") == "not_assessable"
    assert found.final("seller") == "not_assessable", "its record may have been made on the lost day"
    assert found.final("seller-after") == "not_assessable", "so may this one's, which reaches back"
    assert found.final("seller-before") == "unlinked"
    assert found.final("2026-03-17-3") == "linked"


def test_a_late_night_is_judged_when_it_has_come() -> None:
    found = lost_night("2026-03-20 12:00")
    assert found.state("2026-03-18-3", "2026-03-18") == "not_assessable"
    assert found.state("2026-03-18-3", "2026-03-19") == "not_assessable"
    assert found.state("2026-03-18-3", "2026-03-20") == "linked"
    assert found.state("seller-that-day", "2026-03-19") == "not_assessable"
    assert found.state("seller-that-day", "2026-03-20") == "pending"
    assert found.final("seller-that-day") == "unlinked"


def test_a_move_that_was_recorded_late_holds_from_the_night_it_was_known() -> None:
    bank = MadeBank()
    bank.staff("amy", "manager", "B1")
    bank.staff("amy", "reviewer", "HQ", valid_from="2026-03-02", recorded_at="2026-03-09 10:00")
    bank.staff("amy", "manager", "B9", recorded_at="2026-03-16 10:00")
    bank.staff("eve", "clerk", "B1", valid_from="2026-03-10")
    for name, at, by in (
        ("before", "2026-03-01 10:00", "amy"),
        ("unknown-yet", "2026-03-05 10:00", "amy"),
        ("known", "2026-03-09 10:00", "amy"),
        ("after-a-correction-of-the-past", "2026-03-20 10:00", "amy"),
        ("before-the-first-day", "2026-03-03 10:00", "eve"),
        ("stranger", "2026-03-03 10:00", "zed"),
    ):
        bank.lookup(name, at, by, "S", "merchant", branch_id="B5")
    rows = bank.weighed().evidence.acts.select("event_id", "role", "own_branch").to_pyarrow().to_pylist()
    assert {row["event_id"]: (row["role"], row["own_branch"]) for row in rows} == {
        "before": ("manager", "B1"),
        "unknown-yet": ("manager", "B1"),
        "known": ("reviewer", "HQ"),
        "after-a-correction-of-the-past": ("reviewer", "HQ"),
        "before-the-first-day": ("clerk", "B1"),
        "stranger": ("unknown", "B5"),
    }
