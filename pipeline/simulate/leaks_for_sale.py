"""Leaks for money by the look-up: by the bulk, to order, drop by drop, by machine, by the family."""

from __future__ import annotations

import numpy as np

from pipeline.simulate.growing import NONE
from pipeline.simulate.leaking import LENDERS, Ints, Leak
from pipeline.simulate.staff import ROLE
from pipeline.simulate.world import CATEGORY


def _sell(leak: Leak, person: int, low: float, high: float, idle: float = 0.1) -> None:
    day = leak.doses(leak.working_days(person), low, high, idle)
    leak.write(person, leak.times(person, day), leak.list_of_strangers(len(day)), leak.usual_reason(person))
    if leak.padded and leak.world.staff.role[person, leak.first] == ROLE["client_manager"]:
        leak.pad(person)


def _sellers(leak: Leak, *roles: str) -> list[int]:
    """Choose one seller, or two or three who split the list."""
    return leak.recruit(int(leak.rng.choice([1, 2, 3], p=[0.8, 0.14, 0.06])), *roles)


def bulk(leak: Leak) -> None:
    """Twenty to eighty strangers a day, for days or weeks."""
    leak.between(4, 40)
    for person in _sellers(leak, *LENDERS, "counter_teller"):
        _sell(leak, person, 20, 80)


def to_order(leak: Leak) -> None:
    """Three to eight a day, strangers from elsewhere, for months."""
    leak.between(20, 120)
    for person in _sellers(leak, *LENDERS):
        _sell(leak, person, 3, 8)


def slow_drip(leak: Leak) -> None:
    """One or two a day, for months."""
    leak.between(45, 180)
    for person in leak.recruit(1, *LENDERS):
        _sell(leak, person, 1, 2, idle=0.25)


def needle(leak: Leak) -> None:
    """A handful among the hundred or more that a busy desk does every day."""
    leak.between(20, 110)
    for person in leak.recruit(1, "card_reviewer", "call_centre", "query_clerk"):
        day = leak.doses(leak.working_days(person), 4, 10)
        if leak.world.staff.role[person, leak.first] == ROLE["call_centre"]:
            screens(leak, person, day)
        else:
            reason = leak.usual_reason(person)
            leak.write(person, leak.times(person, day), leak.list_of_strangers(len(day)), reason)


def screens(leak: Leak, person: int, day: Ints) -> None:
    """Look at accounts and cards of the bank's own customers, with nobody at the counter or on the line."""
    known = np.flatnonzero(leak.world.subjects.table["customer"])
    names = ["account", "card", "transactions", "contact"]
    category = np.array([CATEGORY[c] for c in names])[leak.rng.choice(4, len(day), p=[0.4, 0.3, 0.2, 0.1])]
    leak.write(
        person,
        leak.times(person, day),
        leak.rng.choice(known, len(day)),
        "counter_service",
        category=category,
    )


def crawler(leak: Leak) -> None:
    """A program at somebody's workstation: hundreds in a row, seconds apart, sometimes in numerical order."""
    leak.between(2, 10)
    for person in leak.recruit(1, *LENDERS, "counter_teller"):
        rng, world = leak.rng, leak.world
        low, high = rng.uniform(2, 5), rng.uniform(6, 20)
        for day in range(leak.first, leak.last + 1):
            if rng.random() < 0.3:
                continue
            n = int(rng.integers(80, 500))
            start = (
                int(world.days.at(day))
                + int(rng.choice([9, 12, 17, 19, 22], p=[0.2, 0.3, 0.2, 0.15, 0.15])) * 3600
            )
            at = start + rng.integers(0, 3600) + np.cumsum(rng.uniform(low, high, n)).astype(np.int64)
            subject = leak.list_of_strangers(n)
            if rng.random() < 0.5:
                subject = subject[
                    np.lexsort(
                        (world.subjects.table["birth"][subject], world.subjects.table["region"][subject])
                    )
                ]
            branch, seat = int(world.staff.branch[person, day]), int(world.staff.seat[person, day])
            leak.log_in(person, np.full(n, day), at, branch, seat)
            leak.write(person, at, subject, leak.usual_reason(person), paced=False, branch=branch, seat=seat)


def quota_hugging(leak: Leak) -> None:
    """Fill every day up to the same number, just below where it would be noticed."""
    leak.between(20, 110)
    for person in leak.recruit(1, *LENDERS):
        table, world = leak.world.lookups, leak.world
        own = world.days.of(table["at"][(table["actor"] == person) | (table["requester"] == person)])
        honest = np.bincount(own[(own >= 0) & (own < world.days.n)], minlength=world.days.n)
        days = leak.working_days(person)
        before = honest[: leak.first][world.staff.present[person, : leak.first]]
        if not len(before):
            continue
        cap = int(np.quantile(before, 0.95)) + int(leak.rng.integers(1, 4))
        day = np.repeat(days, np.clip(cap - honest[days], 0, 12))
        leak.write(
            person, leak.times(person, day), leak.list_of_strangers(len(day)), leak.usual_reason(person)
        )


def household(leak: Leak) -> None:
    """Whole families in one go: a couple, their parents, their children."""
    leak.between(15, 100)
    for person in leak.recruit(1, *LENDERS, "counter_teller"):
        rng, world = leak.rng, leak.world
        day = np.repeat(leak.working_days(person), 1)
        day = day[rng.random(len(day)) < rng.uniform(0.3, 0.9)]
        for start in leak.times(person, day):
            size = int(rng.integers(3, 7))
            age = np.array([rng.uniform(28, 45)] * 2 + [rng.uniform(55, 72)] * 2 + [rng.uniform(3, 17)] * 2)[
                :size
            ]
            region = np.repeat(world.subjects.county(rng, world.subjects.elsewhere(rng, 1)), size)
            family = world.subjects.people(rng, region, age + rng.normal(0, 1.0, size))
            at = start + np.cumsum(rng.integers(40, 200, size))
            leak.write(person, at, family, leak.usual_reason(person))


def weekend(leak: Leak) -> None:
    """Only when the branch is closed."""
    leak.between(25, 150)
    for person in leak.recruit(1, *LENDERS, "counter_teller"):
        staff, world, rng = leak.world.staff, leak.world, leak.rng
        span = np.arange(leak.first, leak.last + 1)
        free = span[~world.days.workday[span] & ~staff.present[person, span]]
        free = free[rng.random(len(free)) < rng.uniform(0.4, 0.9)]
        day = leak.doses(free, 3, 15, idle=0.0)
        at = world.days.at(day) + (rng.uniform(9, 18, len(day)) * 3600).astype(np.int64)
        leak.log_in(
            person, day, at, int(staff.branch[person, leak.first]), int(staff.seat[person, leak.first])
        )
        leak.write(person, at, leak.list_of_strangers(len(day)), leak.usual_reason(person), requester=NONE)
