"""Log-ins that go with a working day, and the complaints that every bank gets."""

from __future__ import annotations

import numpy as np

from pipeline.simulate.days import DAY
from pipeline.simulate.growing import NONE
from pipeline.simulate.staff import SHIFT_NAMES, SHIFTS
from pipeline.simulate.world import World


def log_in(world: World) -> None:
    """Write a log-in at the start of each day at work, often another after lunch; some fail first."""
    rng, staff, days = world.rng("logins"), world.staff, world.days
    person, day = np.nonzero(staff.present)
    starts = np.array([SHIFTS[s][0] for s in SHIFT_NAMES])[staff.shift[person]]
    at = days.at(day) + (starts * 3600).astype(np.int64) - rng.integers(-600, 2400, len(person))
    again = rng.random(len(person)) < 0.5
    after_lunch = at[again] + rng.integers(4 * 3600, 6 * 3600, int(again.sum()))
    at, person, day = (
        np.concatenate([at, after_lunch]),
        np.concatenate([person, person[again]]),
        np.concatenate([day, day[again]]),
    )
    seat = staff.seat[person, day]
    world.logins.add(len(at), at=at, actor=person, branch=staff.branch[person, day], seat=seat)
    share = np.full(days.n, world.habits.login_failures)
    expiry = rng.choice(days.n, world.habits.expiry_days, replace=False)
    share[expiry] = rng.uniform(0.2, 0.5, len(expiry))  # everybody's password ends on the same day
    slip = np.flatnonzero(rng.random(len(at)) < share[day])
    slip = np.repeat(slip, rng.geometric(0.7, len(slip)))
    world.logins.add(
        len(slip), at=at[slip] - rng.integers(5, 40, len(slip)), actor=person[slip],
        branch=staff.branch[person[slip], day[slip]], seat=seat[slip], ok=False,
    )  # fmt: skip


def complain(world: World) -> None:
    """Some people complain whatever the bank does; those looked up lately a little more often."""
    rng, days = world.rng("complaints"), world.days
    known = np.flatnonzero(world.subjects.table["customer"])
    n = rng.poisson(len(known) * world.habits.complaints_a_year * days.n / 365)
    kinds = [0.7, 0.2, 0.07, 0.03]
    world.complaints.add(
        n, day=rng.integers(0, days.n, n), subject=rng.choice(known, n), kind=rng.choice(4, n, p=kinds)
    )
    looked_up = np.flatnonzero(~world.lookups["machine"] & (world.lookups["plot"] == NONE))
    m = rng.poisson(len(looked_up) * world.habits.complaints_a_year * 0.06)
    chosen = rng.choice(looked_up, m)
    day = (world.lookups["at"][chosen] // DAY - days.first) + rng.integers(1, 60, m)
    world.complaints.add(m, day=day, subject=world.lookups["subject"][chosen], kind=rng.choice(4, m, p=kinds))
