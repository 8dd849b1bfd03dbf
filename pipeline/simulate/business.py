"""The business behind look-ups: applications that lead somewhere, accounts that exist, tickets and cases."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.clock import office_hours
from pipeline.simulate.days import DAY
from pipeline.simulate.growing import NEVER, NONE
from pipeline.simulate.world import KIND, PARTY, STATUS, World

Ints = NDArray[np.int64]


def open_records(
    world: World,
    rng: np.random.Generator,
    kind: str,
    created: Ints,
    branch: NDArray[Any] | int,
    by: Ints | int,
    subject: Ints,
    status: str = "open",
    lasts_days: float = 0.0,
    second_share: float | None = None,
) -> Ints:
    """Write simple records with one principal each.

    Args:
        world: The bank.
        rng: The stream of chance.
        kind: One of the contract's kinds.
        created: (n,) seconds.
        branch: Whose business it is.
        by: Who made it; NONE for a system.
        subject: (n,) principals.
        status: The state of those that stay open.
        lasts_days: Mean life until it is closed; 0 leaves it open.
        second_share: Share on which somebody else did a step; None takes the bank's usual.
    """
    n = len(created)
    share = world.habits.second_person if second_share is None else second_share
    closed = np.full(n, NEVER)
    if lasts_days:
        closed = office_hours(rng, created + (rng.exponential(lasts_days, n) * DAY).astype(np.int64) + 600)
        closed = np.maximum(closed, created + 60)
    record = world.records.add(
        n, kind=KIND[kind], branch=branch, created=created, by=by, closed=closed,
        status=np.where(closed == NEVER, STATUS[status], STATUS["closed"]), second=rng.random(n) < share,
    )  # fmt: skip
    world.parties.add(n, record=record, subject=subject, role=PARTY["principal"])
    return record


def apply_for(
    world: World,
    rng: np.random.Generator,
    kind: str,
    person: Ints,
    branch: NDArray[np.int32],
    at: Ints,
    subject: Ints,
    product: str | None = None,
) -> Ints:
    """Write the applications that honest look-ups belong to, some begun before, some after the look-up.

    Args:
        world: The bank.
        rng: The stream of chance.
        kind: `loan_application`, `card_application`, `guarantee`, `merchant` or `company_customer`.
        person: Whose case it is.
        branch: (n,) whose business it is.
        at: When the customer was looked up.
        subject: (n,) principals.
        product: Kind of the account that an approved application leads to.
    """
    habits, n = world.habits, len(person)
    before = rng.random(n) < np.where(world.staff.sloppy[person], 0.3, habits.record_first)
    earlier = rng.exponential(2.0 if kind != "company_customer" else 15.0, n) * DAY
    soon = rng.exponential(2400, n)
    later = rng.choice([1, 2, 3, 4], n, p=[0.6, 0.25, 0.1, 0.05]) * DAY
    after = np.where(rng.random(n) < 0.7, soon, later)
    created = office_hours(rng, at + np.where(before, -earlier, after).astype(np.int64))
    created = np.where(before, np.minimum(created, at - 60), np.maximum(created, at + 60))
    by = person.copy()
    crowd = rng.random(n) < habits.far_creator
    by[crowd] = _someone_near(world, rng, person[crowd], branch[crowd], at[crowd])
    unit = branch.copy()
    if world.staff.branches > 2:  # some applied at another branch and came here
        astray = rng.random(n) < habits.far_branch
        unit[astray], by[astray] = rng.integers(1, world.staff.branches, int(astray.sum())), NONE

    second = rng.random(n) < habits.second_person
    fate = rng.random(n)
    approved = fate < habits.approval
    declined = ~approved & (fate < habits.approval + 0.7 * (1 - habits.approval))
    decided = office_hours(
        rng, np.maximum(created, at) + (rng.gamma(2.0, 2.0, n) * DAY).astype(np.int64) + 3600
    )
    decided[~approved & ~declined] = NEVER
    withdrawn = office_hours(rng, created + (rng.gamma(2.0, 3.5, n) * DAY).astype(np.int64) + 7200)
    status = np.where(
        approved, STATUS["approved"], np.where(declined, STATUS["declined"], STATUS["withdrawn"])
    )
    careless = world.staff.sloppy[person]
    second &= ~careless | (rng.random(n) < 0.85)
    hollow = (
        rng.random(n) < np.where(careless, 4, 1) * habits.hollow_honest
    )  # dropped within the day, nobody else saw it
    withdrawn[hollow] = (np.maximum(created, at) + rng.integers(1800, 20_000, n))[hollow]
    approved, declined = approved & ~hollow, declined & ~hollow
    decided[hollow], status[hollow], second[hollow] = NEVER, STATUS["withdrawn"], False
    second |= approved
    closed = np.where(decided == NEVER, withdrawn, decided + DAY)
    record = world.records.add(
        n, kind=KIND[kind], branch=unit, created=created, by=by, decided=decided, closed=closed,
        status=status, amount=np.round(np.exp(rng.normal(11.5, 1.0, n)), -3), second=second,
    )  # fmt: skip
    world.parties.add(n, record=record, subject=subject, role=PARTY["principal"])
    if product:
        paid = np.flatnonzero(approved & (decided + 5 * DAY < world.days.end))
        start = office_hours(rng, decided[paid] + rng.integers(1, 5, len(paid)) * DAY)
        open_records(world, rng, product, start, branch[paid], by[paid], subject[paid], "active")
        world.subjects.table["customer"][subject[paid]] = True
        world.subjects.table["home"][subject[paid]] = branch[paid]
    return record


def _someone_near(
    world: World, rng: np.random.Generator, person: Ints, branch: NDArray[np.int32], at: Ints
) -> Ints:
    """Name a colleague of the branch, or the system, as the one who made the record."""
    maker = np.full(len(person), NONE, dtype=np.int64)
    first = world.staff.branch[:, 0]
    colleague = rng.random(len(person)) < 0.5
    for b in np.unique(branch[colleague]):
        mine = np.flatnonzero(colleague & (branch == b))
        crew = np.flatnonzero(first == b)
        if len(crew):
            maker[mine] = rng.choice(crew, len(mine))
    day = np.clip(world.days.of(at), 0, world.days.n - 1)
    gone = (maker != NONE) & ~world.staff.employed[maker, day]
    return np.where(gone, NONE, maker)


def co_parties(
    world: World, rng: np.random.Generator, record: Ints, subject: Ints, role: str, share: float
) -> tuple[Ints, Ints]:
    """Add spouses, guarantors and the like to some records.

    Returns:
        (m,) positions in `record` that got one, and (m,) their subjects.
    """
    with_one = np.flatnonzero(rng.random(len(record)) < share)
    principal = subject[with_one]
    region, birth = world.subjects.table["region"][principal], world.subjects.table["birth"][principal]
    age = (world.subjects.today - birth) / 365.25 + rng.normal(0, 4, len(with_one))
    others = world.subjects.people(rng, region, np.clip(age, 20, 85))
    world.parties.add(len(with_one), record=record[with_one], subject=others, role=PARTY[role])
    return with_one, others
