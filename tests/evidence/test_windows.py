"""Every reason of the contract with the record that supports it: a day inside each edge and a day outside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pytest

from tests.evidence.made_bank import MadeBank, Weighed

LOOKED = "2026-03-10 10:00"
"""A Tuesday.

Five working days later is 17 March, ten 24 March; Qingming (6 April off) makes the twentieth 8 April.
"""


@dataclass(frozen=True)
class Case:
    """One look-up and the only record of its customer."""

    name: str
    reason: str
    kind: str
    created: str
    expected: str
    closed: str | None = None
    looked: str = LOOKED
    own_ref: bool = False


def _both(reason: str, kind: str, last_in: str, first_out: str, edge: str, short: bool = True) -> list[Case]:
    """A record just inside and one just outside an edge; `short` ones are closed at once."""
    cases = []
    for created, expected in ((last_in, "linked"), (first_out, "unlinked")):
        closed = created if short else None
        cases.append(Case(f"{reason} {kind} {edge} {created}", reason, kind, created, expected, closed))
    return cases


CASES = [
    *_both("loan_approval", "loan_application", "2026-02-08 00:00", "2026-02-07 23:59", "−30 d"),
    *_both("loan_approval", "loan_application", "2026-03-17 23:59", "2026-03-18 00:00", "+5 wd"),
    Case("open loan application", "loan_approval", "loan_application", "2025-08-01 10:00", "linked"),
    Case(
        "loan application closed that day",
        "loan_approval",
        "loan_application",
        "2025-08-01 10:00",
        "linked",
        "2026-03-10 08:00",
    ),
    Case(
        "loan application closed the day before",
        "loan_approval",
        "loan_application",
        "2025-08-01 10:00",
        "unlinked",
        "2026-03-09 18:00",
    ),
    Case("card application for a loan", "loan_approval", "card_application", "2026-03-10 09:00", "unlinked"),
    *_both("card_approval", "card_application", "2026-02-23 00:00", "2026-02-22 23:59", "−15 d"),
    *_both("card_approval", "card_application", "2026-03-12 23:59", "2026-03-13 00:00", "+2 wd"),
    Case("open card application", "card_approval", "card_application", "2025-08-01 10:00", "linked"),
    Case("loan application for a card", "card_approval", "loan_application", "2026-03-10 09:00", "unlinked"),
    *[
        Case(f"post_loan active {kind}", "post_loan", kind, "2024-03-01 10:00", "linked")
        for kind in ("loan_account", "card_account", "guarantee")
    ],
    Case(
        "post_loan closed 30 d before",
        "post_loan",
        "loan_account",
        "2024-03-01 10:00",
        "linked",
        "2026-02-08 10:00",
    ),
    Case(
        "post_loan closed 31 d before",
        "post_loan",
        "loan_account",
        "2024-03-01 10:00",
        "unlinked",
        "2026-02-07 10:00",
    ),
    Case("post_loan opened that day", "post_loan", "loan_account", "2026-03-10 18:00", "linked"),
    Case("post_loan opened the day after", "post_loan", "loan_account", "2026-03-11 08:00", "unlinked"),
    Case("post_loan only applied for", "post_loan", "loan_application", "2026-03-10 08:00", "unlinked"),
    *_both("guarantee", "guarantee", "2026-02-08 00:00", "2026-02-07 23:59", "−30 d"),
    *_both("guarantee", "loan_application", "2026-03-24 23:59", "2026-03-25 00:00", "+10 wd"),
    *_both(
        "guarantee",
        "loan_application",
        "2026-02-08 00:00",
        "2026-02-07 23:59",
        "open does not widen",
        short=False,
    ),
    *_both(
        "legal_representative",
        "company_customer",
        "2026-01-09 00:00",
        "2026-01-08 23:59",
        "−60 d",
        short=False,
    ),
    *_both(
        "legal_representative",
        "loan_application",
        "2026-04-08 23:59",
        "2026-04-09 00:00",
        "+20 wd over Qingming",
    ),
    *_both("merchant", "merchant", "2026-02-23 00:00", "2026-02-22 23:59", "−15 d", short=False),
    *_both("merchant", "merchant", "2026-03-24 23:59", "2026-03-25 00:00", "+10 wd"),
    *_both("objection", "objection", "2026-03-09 00:00", "2026-03-08 23:59", "−1 d", short=False),
    *_both("objection", "objection", "2026-04-08 23:59", "2026-04-09 00:00", "+20 wd"),
    *_both("self_request", "self_request", "2026-03-10 00:00", "2026-03-09 23:59", "same day", short=False),
    *_both("self_request", "self_request", "2026-03-10 23:59", "2026-03-11 00:00", "same day"),
    *_both("judicial", "judicial_request", "2026-03-10 00:00", "2026-03-09 23:59", "same day", short=False),
    *_both("judicial", "judicial_request", "2026-03-10 23:59", "2026-03-11 00:00", "same day"),
    *_both("counter_service", "service_ticket", "2026-03-10 09:00:00", "2026-03-10 08:59:59", "−1 h"),
    *_both("counter_service", "service_ticket", "2026-03-10 10:10:00", "2026-03-10 10:10:01", "+10 min"),
    *_both("collection", "collection_case", "2026-01-09 00:00", "2026-01-08 23:59", "−60 d", short=False),
    *_both("collection", "collection_case", "2026-03-10 23:59", "2026-03-11 00:00", "0"),
    Case(
        "other with a number that names the subject",
        "other",
        "other",
        "2026-01-05 10:00",
        "linked",
        own_ref=True,
    ),
    Case("other without a number", "other", "other", "2026-03-10 09:00", "unlinked"),
    # Over the New Year: Saturday 14 February is worked, the 15th to the 23rd are off;
    # the fifth working day is the 27th.
    Case(
        "last day over New Year",
        "loan_approval",
        "loan_application",
        "2026-02-27 23:00",
        "linked",
        "2026-02-27 23:00",
        "2026-02-13 10:00",
    ),
    Case(
        "too late over New Year",
        "loan_approval",
        "loan_application",
        "2026-02-28 09:00",
        "unlinked",
        "2026-02-28 09:00",
        "2026-02-13 10:00",
    ),
    Case(
        "make-up Saturday counts",
        "card_approval",
        "card_application",
        "2026-02-24 23:00",
        "linked",
        "2026-02-24 23:00",
        "2026-02-13 10:00",
    ),
    Case(
        "make-up Saturday was the first",
        "card_approval",
        "card_application",
        "2026-02-25 09:00",
        "unlinked",
        "2026-02-25 09:00",
        "2026-02-13 10:00",
    ),
    # A ticket over midnight, the window of minutes knows no day.
    Case(
        "ticket after midnight",
        "counter_service",
        "service_ticket",
        "2026-03-11 00:05",
        "linked",
        None,
        "2026-03-10 23:58",
    ),
    Case("reason that nobody knows, any record", "whatever", "merchant", "2026-03-10 09:00", "linked"),
    Case(
        "reason left empty, no record in time",
        "",
        "merchant",
        "2025-03-10 09:00",
        "unlinked",
        "2025-04-10 09:00",
    ),
]


@cache
def weighed() -> Weighed:
    bank = MadeBank()
    bank.ordinary_business()
    bank.staff("amy")
    for number, case in enumerate(CASES):
        subject, record = f"S{number}", f"R{number}"
        bank.lookup(
            f"e{number}",
            case.looked,
            "amy",
            subject,
            case.reason or None,
            business_ref=record if case.own_ref else None,
        )
        bank.record(record, case.kind, case.created, subject, closed_at=case.closed)
    return bank.weighed()


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_a_record_supports_a_look_up_inside_its_window_and_not_outside(number: int) -> None:
    assert weighed().final(f"e{number}") == CASES[number].expected


def test_every_reason_and_every_kind_of_record_that_supports_one_is_tried() -> None:
    from pipeline.evidence.reasons import RULES, UNSTATED

    tried = {(case.reason, case.kind) for case in CASES}
    for rule in RULES:
        if rule.reason not in ("other", UNSTATED):
            assert {(rule.reason, kind) for kind in rule.kinds} <= tried


@pytest.mark.parametrize(
    ("name", "last_pending", "first_judged"),
    [
        ("loan_approval loan_application +5 wd 2026-03-18 00:00", "2026-03-16", "2026-03-17"),
        ("card_approval card_application +2 wd 2026-03-13 00:00", "2026-03-11", "2026-03-12"),
        ("merchant merchant +10 wd 2026-03-25 00:00", "2026-03-23", "2026-03-24"),
        ("objection objection +20 wd 2026-04-09 00:00", "2026-04-07", "2026-04-08"),
    ],
)
def test_a_look_up_is_pending_until_the_night_of_its_windows_last_day(
    name: str, last_pending: str, first_judged: str
) -> None:
    event = f"e{[case.name for case in CASES].index(name)}"
    assert weighed().state(event, "2026-03-10") == "pending"
    assert weighed().state(event, last_pending) == "pending"
    assert weighed().state(event, first_judged) == "unlinked"


@pytest.mark.parametrize(
    "reason", ["post_loan", "self_request", "judicial", "collection", "counter_service", "other"]
)
def test_a_reason_without_time_to_come_is_judged_on_its_own_night(reason: str) -> None:
    outside = [
        f"e{i}"
        for i, case in enumerate(CASES)
        if case.reason == reason and case.expected == "unlinked" and case.looked == LOOKED
    ]
    assert outside
    assert {weighed().state(event, "2026-03-10") for event in outside} == {"unlinked"}
