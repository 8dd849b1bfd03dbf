"""Registered machines: automatic approval by interface, and renewal checks in nightly batches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.simulate.business import open_records
from pipeline.simulate.days import DAY
from pipeline.simulate.growing import NEVER, NONE
from pipeline.simulate.portfolio import holders
from pipeline.simulate.staff import HEAD_OFFICE
from pipeline.simulate.world import REASON, World


@dataclass(frozen=True)
class Machine:
    """One registered account of the register of machines."""

    account_id: str
    owner: int
    purpose: str
    channel: str


def register(world: World) -> list[Machine]:
    """Register the bank's machines; their row numbers as actors follow those of the staff."""
    rng, staff = world.rng("machines"), world.staff
    owners = np.flatnonzero((staff.branch[:, 0] == HEAD_OFFICE) & staff.employed.all(axis=1))
    numbers = rng.choice(np.arange(100, 999), 2, replace=False)
    purposes = (("card decision engine", "api"), ("post-loan renewal batch", "batch"))
    return [
        Machine(f"SVC{number}", int(rng.choice(owners)) if len(owners) else NONE, purpose, channel)
        for number, (purpose, channel) in zip(numbers, purposes, strict=True)
    ]


def run_machines(world: World, share: float) -> None:
    """Write what the machines looked up; `share` scales their volume to the bank's size."""
    rng, staff, days = world.rng("machine work"), world.staff, world.days
    rate = world.habits.machine_rate * share
    day = np.repeat(np.arange(days.n), rng.poisson(rate * 0.7 * days.load))
    at = days.at(day) + rng.integers(6 * 3600, DAY, len(day))
    subject = world.subjects.clientele(rng, rng.integers(1, staff.branches, len(day)))
    record = open_records(
        world,
        rng,
        "card_application",
        at - rng.integers(2, 30, len(at)),
        HEAD_OFFICE,
        NONE,
        subject,
        lasts_days=0.5,
    )
    ref = np.where(rng.random(len(day)) < 0.95, record, NONE)
    world.lookups.add(
        len(day), at=at, actor=staff.n, subject=subject, reason=REASON["card_approval"], ref=ref,
        branch=HEAD_OFFICE, machine=True, paced=False,
    )  # fmt: skip
    loans, people, _ = holders(world, "loan_account")
    night = np.repeat(np.arange(days.n), rng.poisson(rate * 0.3, days.n))
    start = days.at(night) + 2 * 3600
    pick = rng.integers(0, len(loans), len(night))
    within = np.arange(len(night)) - np.searchsorted(night, night)
    when = start + within * 3 + rng.integers(0, 3, len(night))
    closed = world.records["closed"][loans[pick]]
    keep = (world.records["created"][loans[pick]] < when) & ((closed == NEVER) | (closed > when))
    world.lookups.add(
        int(keep.sum()), at=when[keep], actor=staff.n + 1, subject=people[pick][keep],
        reason=REASON["post_loan"],
        ref=loans[pick][keep], branch=HEAD_OFFICE, machine=True, paced=False,
    )  # fmt: skip
