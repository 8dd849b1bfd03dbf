"""Registered machines against their register and their own past; a machine that does its work says nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pipeline.entities.machines import LEAST_PAST_DAYS, Drift, Group, Registered, drifts

NIGHT = date(2026, 3, 10)
ENGINE = Registered("SVC1", "E1", "card decisions", "api", date(2025, 1, 1), None, None)
WORK = Group("SVC1", NIGHT, 10, "10.9.0.8", "query", "api", "card_approval", 40)


def past(days: int = 30) -> list[Group]:
    return [
        replace(WORK, day=NIGHT - timedelta(days=n), hour=hour, acts=100)
        for n in range(1, days + 1)
        for hour in (9, 10, 11)
    ]


def found(today: Group, register: Registered = ENGINE, days: int = 30) -> dict[str, int]:
    drifted: list[Drift] = drifts([register], [*past(days), today], NIGHT)
    return dict(drifted[0].outside) if drifted else {}


def test_a_machine_that_does_its_work_says_nothing() -> None:
    assert drifts([ENGINE], [*past(), WORK, replace(WORK, hour=9, acts=350)], NIGHT) == []


@pytest.mark.parametrize(
    ("code", "today", "register"),
    [
        ("channel", replace(WORK, channel="workstation"), ENGINE),
        ("source", replace(WORK, source="T001-03"), ENGINE),
        ("operation", replace(WORK, operation="export"), ENGINE),
        ("hour", replace(WORK, hour=3), ENGINE),
        ("reason", replace(WORK, reason="judicial"), ENGINE),
        ("volume", replace(WORK, acts=5000), ENGINE),
        ("not_valid", WORK, replace(ENGINE, valid_to=date(2026, 3, 9))),
        ("not_valid", WORK, replace(ENGINE, valid_from=date(2026, 3, 11))),
        ("owner_gone", WORK, replace(ENGINE, owner_left=date(2026, 2, 28))),
        ("no_owner", WORK, replace(ENGINE, owner_id="")),
    ],
)
def test_acts_outside_of_the_register_or_the_past_are_named_with_their_count(
    code: str, today: Group, register: Registered
) -> None:
    assert found(today, register) == {code: today.acts}


@pytest.mark.parametrize(
    "register",
    [
        replace(ENGINE, valid_to=NIGHT),
        replace(ENGINE, valid_from=NIGHT),
        replace(ENGINE, owner_left=NIGHT),
        replace(ENGINE, channel=""),
    ],
)
def test_the_last_and_the_first_day_and_an_unnamed_channel_are_allowed(register: Registered) -> None:
    assert found(WORK, register) == {}


def test_a_machine_too_new_for_habits_is_held_to_its_register_alone() -> None:
    assert found(replace(WORK, source="elsewhere", hour=3), days=LEAST_PAST_DAYS - 1) == {}
    assert found(replace(WORK, channel="batch"), days=LEAST_PAST_DAYS - 1) == {"channel": 40}


def test_a_silent_machine_says_nothing() -> None:
    assert drifts([replace(ENGINE, owner_id="")], past(), NIGHT) == []
