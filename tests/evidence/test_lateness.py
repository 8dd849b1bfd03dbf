"""Look-ups whose records usually come days later wait as long, and no longer; nothing is learned from what comes after."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import pandas as pd
import pytest

from pipeline.evidence.lateness import IN_TIME, LEAST_RECORDS, NUMBER_IN_TIME, usual_lateness
from pipeline.evidence.states import IN_NO_RECORD
from tests.evidence.made_bank import MadeBank, Weighed, day

TODAY = date(2026, 3, 10)
Lags = dict[int, int]


def waits(
    lags: Lags,
    reason: str = "counter_service",
    kind: str = "service_ticket",
    late_from: date = TODAY,
    typed: bool = False,
) -> int:
    """Return for how many days a look-up of today waits, where each day before brought records with these lags.

    Args:
        lags: Lag in days → records a day.
        reason: Of the look-up.
        kind: Of the records.
        late_from: First day of the records; forty days are made.
        typed: Ask for look-ups whose number is in no record so far.
    """
    rows = [
        (kind, made, made + timedelta(days=lag), n)
        for made in (late_from - timedelta(days=back) for back in range(1, 41))
        for lag, n in lags.items()
    ]
    records = pd.DataFrame(rows, columns=["kind", "day", "known_from", "n"])
    found = usual_lateness({reason: [TODAY]}, records, typed)
    return sum((until - since).days for _, _, since, until in found)


def test_where_records_come_on_their_day_nothing_waits() -> None:
    assert waits({0: 20}) == 0
    assert waits({0: 96, 3: 4}) == 0


def test_look_ups_wait_until_nineteen_in_twenty_records_are_there() -> None:
    assert pytest.approx(0.95) == IN_TIME
    assert waits({0: 50, 1: 40, 2: 10}) == 2
    assert waits({0: 50, 1: 46, 2: 4}) == 1


def test_a_typed_number_waits_until_nearly_all_records_are_there() -> None:
    assert pytest.approx(0.995) == NUMBER_IN_TIME
    assert waits({0: 96, 3: 4}, typed=True) == 3
    assert waits({0: 997, 5: 3}, typed=True) == 0


def test_a_number_is_all_that_the_catch_all_reason_waits_for() -> None:
    assert waits({1: 20}, "other") == 0
    assert waits({1: 20}, "other", typed=True) == 1


def test_a_few_records_tell_nothing() -> None:
    assert LEAST_RECORDS > 28
    assert waits({2: 1}) == 0


def test_reasons_with_time_left_and_standing_business_do_not_wait() -> None:
    assert waits({2: 20}, "loan_approval", "loan_application") == 0
    assert waits({2: 20}, "post_loan", "loan_account") == 0


def test_what_came_since_teaches_nothing_of_today() -> None:
    assert waits({0: 20}) == waits({0: 20}, late_from=TODAY + timedelta(days=40)) == 0
    assert waits({3: 20}, late_from=TODAY + timedelta(days=40)) == 0


@cache
def weighed() -> Weighed:
    """Four tickets a day, typed in the day after, and two look-ups with a number: one has its ticket a day later, one has none."""
    bank = MadeBank()
    bank.ordinary_business()
    bank.staff("amy")
    for back in range(60):
        made = TODAY - timedelta(days=back + 1)
        typed_in = made + timedelta(days=1)
        for n in range(4):
            at = f"{made} 10:0{n}"
            bank.lookup(f"look-{back}-{n}", at, "amy", f"s-{back}-{n}", "counter_service")
            bank.record(
                f"ticket-{back}-{n}", "service_ticket", at, f"s-{back}-{n}", recorded_at=f"{typed_in} 12:00"
            )
    bank.lookup("served", f"{TODAY} 11:00", "amy", "served", "counter_service", business_ref="late")
    bank.record(
        "late", "service_ticket", f"{TODAY} 11:02", "served", recorded_at=f"{day(str(TODAY), 1)} 12:00"
    )
    bank.lookup("sold", f"{TODAY} 12:00", "amy", "sold", "counter_service", business_ref="made-up")
    return bank.weighed()


def test_a_look_up_waits_for_its_ticket_and_is_linked_when_it_comes() -> None:
    assert weighed().state("served", TODAY) == "pending"
    assert weighed().state("served", day(str(TODAY), 1)) == "linked"


def test_a_look_up_without_a_ticket_is_unlinked_once_tickets_of_its_day_are_there() -> None:
    assert weighed().state("sold", TODAY) == "pending"
    assert weighed().state("sold", day(str(TODAY), 1)) == "unlinked"


def test_a_number_without_a_record_is_held_against_nobody_before_tickets_of_its_day_are_there() -> None:
    assert weighed().mismatches(IN_NO_RECORD)["sold"][0] == TODAY
    assert weighed().held_from() == {"sold": day(str(TODAY), 1), "served": day(str(TODAY), 1)}


def test_before_anything_was_learned_the_window_alone_counts() -> None:
    first = TODAY - timedelta(days=60)
    assert weighed().state("look-59-0", first) == "unlinked"
    assert weighed().state("look-59-0", first + timedelta(days=1)) == "linked"
