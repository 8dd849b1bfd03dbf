"""Leaks in which the account and the hand are not the same, or several hands share one list."""

from __future__ import annotations

import numpy as np

from pipeline.simulate.leaking import LENDERS, WARM_UP_DAYS, Leak
from pipeline.simulate.staff import NEVER_LEFT


def absent_account(leak: Leak) -> None:
    """The account works while its owner is away, or after he has left."""
    world, rng = leak.world, leak.rng
    staff, n = world.staff, world.days.n
    taken = {person for plot in world.plots for person in plot["people"]}
    gaps: list[tuple[int, int, int]] = []
    for person, first, last, _ in staff.absences:
        if (
            first >= WARM_UP_DAYS
            and staff.branch[person, first] > 0
            and world.days.workday[first : last + 1].sum() >= 2
        ):
            gaps.append((person, first, last))
    for leaver in np.flatnonzero(staff.left < NEVER_LEFT):
        gone = int(staff.left[leaver]) - world.days.first
        if WARM_UP_DAYS <= gone < n - 4:
            gaps.append((int(leaver), gone + 1, min(n - 1, gone + int(rng.integers(5, 40)))))
    gaps = [gap for gap in gaps if gap[0] not in taken]
    if not gaps:
        return
    person, leak.first, leak.last = gaps[int(rng.integers(len(gaps)))]
    leak.people.append(person)
    span = np.arange(leak.first, leak.last + 1)
    day = leak.doses(span[world.days.workday[span]], 4, 30, idle=0.1)
    branch = int(staff.branch[person, leak.first])
    crew = staff.colleagues(person, leak.first)
    seat = int(staff.seat[rng.choice(crew) if len(crew) else person, leak.first])
    at = leak.times(person, day)
    leak.log_in(person, day, at, branch, seat)
    leak.write(
        person, at, leak.list_of_strangers(len(day)), leak.usual_reason(person), branch=branch, seat=seat
    )


def stolen_account(leak: Leak) -> None:
    """Passwords are guessed from one terminal until one fits; then a burst or two."""
    leak.between(1, 5)
    for person in leak.recruit(1, *LENDERS, "counter_teller"):
        world, rng = leak.world, leak.rng
        staff = world.staff
        branch = int(rng.integers(0, staff.branches))
        seat = int(rng.integers(90, 99))
        hour = float(rng.choice([rng.uniform(11.5, 14), rng.uniform(18, 23), rng.uniform(1, 6)]))
        start = int(world.days.at(leak.first)) + int(hour * 3600)
        crowd = np.flatnonzero(staff.employed[:, leak.first])
        tried = rng.choice(crowd, min(len(crowd), int(rng.integers(6, 40))), replace=False)
        tries = np.repeat(np.append(tried, person), rng.integers(1, 4, len(tried) + 1))
        at = start + np.cumsum(rng.integers(4, 60, len(tries)))
        world.logins.add(len(tries), at=at, actor=tries, branch=branch, seat=seat, ok=False)
        for burst in range(int(rng.integers(1, 3))):
            begin = (
                int(at[-1]) + 30 + burst * int(rng.integers(1, max(2, leak.last - leak.first + 1))) * 86_400
            )
            n = int(rng.integers(60, 300))
            when = begin + 20 + np.cumsum(rng.integers(6, int(rng.choice([20, 60])), n))
            world.logins.add(1, at=begin, actor=person, branch=branch, seat=seat)
            leak.write(
                person, when, leak.list_of_strangers(n), leak.usual_reason(person),
                branch=branch, seat=seat, paced=False,
            )  # fmt: skip


def lent_account(leak: Leak) -> None:
    """Somebody else works under the account, from another terminal, owner at work or not."""
    leak.between(8, 50)
    for person in leak.recruit(1, *LENDERS):
        world, rng = leak.world, leak.rng
        staff = world.staff
        branch = (
            int(staff.branch[person, leak.first])
            if rng.random() < 0.6
            else int(rng.integers(0, staff.branches))
        )
        seat = int(rng.integers(1, 60))
        span = np.arange(leak.first, leak.last + 1)
        day = leak.doses(span[world.days.workday[span]], 5, 30, idle=0.2)
        hour = rng.normal(rng.uniform(9, 20), 1.5, len(day)).clip(6.0, 23.5)
        at = world.days.at(day) + (hour * 3600).astype(np.int64)
        leak.log_in(person, day, at, branch, seat)
        leak.write(
            person, at, leak.list_of_strangers(len(day)), leak.usual_reason(person), branch=branch, seat=seat
        )


def ring(leak: Leak) -> None:
    """Colleagues share a buyer's lists: the same cities, often the same people, each only a few."""
    leak.between(20, 100)
    world, rng = leak.world, leak.rng
    home = int(rng.integers(1, world.staff.branches)) if rng.random() < 0.5 else None
    people = leak.recruit(int(rng.integers(3, 6)), *LENDERS, branch=home)
    if len(people) < 3:
        leak.people.clear()
        return
    shared = leak.list_of_strangers(60 * len(people))
    for person in people:
        day = leak.doses(leak.working_days(person), 1.5, 4.5, idle=0.15)
        fresh = leak.list_of_strangers(len(day)) if rng.random() < 0.3 else rng.choice(shared, len(day))
        leak.write(person, leak.times(person, day), fresh, leak.usual_reason(person))
