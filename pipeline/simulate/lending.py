"""Honest look-ups of those who lend: client managers, branch heads, and the clerks who type for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.business import apply_for, co_parties
from pipeline.simulate.clock import daily_counts, working_times
from pipeline.simulate.growing import NONE
from pipeline.simulate.staff import ROLE
from pipeline.simulate.world import REASON, World

Ints = NDArray[np.int64]
FIRM = {"loan_approval": 0.35, "legal_representative": 0.4, "guarantee": 0.15, "merchant": 0.1}
CASES = {
    "loan_approval": ("loan_application", "loan_account"),
    "guarantee": ("guarantee", None),
    "legal_representative": ("company_customer", None),
    "merchant": ("merchant", None),
}


@dataclass(frozen=True)
class Slips:
    """How often each person's honest look-ups lead to no business, and the campaign that makes it worse."""

    share: NDArray[np.float64]
    campaign_branch: int
    campaign_first: int
    campaign_last: int
    campaign_share: float

    def of(self, person: Ints, branch: NDArray[np.int32], day: Ints) -> NDArray[np.float64]:
        """Share without business, by look-up."""
        on = (branch == self.campaign_branch) & (day >= self.campaign_first) & (day <= self.campaign_last)
        return np.where(on, self.campaign_share, self.share[person])


def draw_slips(world: World) -> Slips:
    """Draw each person's share of walk-aways around the bank's, and where the campaign runs."""
    rng, habits = world.rng("slips"), world.habits
    own = np.minimum(habits.unlinked * rng.gamma(3.0, 1 / 3.0, world.staff.n), 0.12)
    branch, first, last = NONE, 0, 0
    if habits.campaign and world.days.n > 40 and world.staff.branches > 1:
        branch = int(rng.integers(1, world.staff.branches))
        first = int(rng.integers(10, world.days.n - 20))
        last = first + int(rng.integers(10, 20))
    return Slips(own, branch, first, last, habits.campaign_unlinked)


def clerk_on_duty(world: World) -> NDArray[np.int64]:
    """(branches, days) the clerk who types there that day, or NONE."""
    staff = world.staff
    duty = np.full((staff.branches, world.days.n), NONE, dtype=np.int64)
    person, day = np.nonzero((staff.role == ROLE["query_clerk"]) & staff.present)
    duty[staff.branch[person, day], day] = person
    return duty


def _write(
    world: World,
    rng: np.random.Generator,
    person: Ints,
    at: Ints,
    day: Ints,
    subject: Ints,
    reason: str,
    record: Ints,
) -> None:
    duty = clerk_on_duty(world)[world.staff.branch[person, day], day]
    typed = (duty != NONE) & (duty != person) & (rng.random(len(person)) < 0.75)
    shown = (record != NONE) & (rng.random(len(person)) < world.habits.reference_typed)
    shown &= world.records["created"][np.maximum(record, 0)] <= at if len(world.records) else False
    world.lookups.add(
        len(person), at=at, actor=np.where(typed, duty, person), requester=np.where(typed, person, NONE),
        subject=subject, reason=REASON[reason], ref=np.where(shown, record, NONE),
    )  # fmt: skip


def cases(
    world: World, rng: np.random.Generator, slips: Slips, person: Ints, day: Ints, reason: str,
    subject: Ints | None = None,
) -> None:  # fmt: skip
    """Look up the customers of honest cases, their spouses and guarantors; write the business behind them."""
    if not len(person):
        return
    branch = world.staff.branch[person, day]
    at = working_times(world, rng, person, day)
    subject = world.subjects.clientele(rng, branch) if subject is None else subject
    again = np.flatnonzero(rng.random(len(person)) < world.habits.repeat)
    subject[again] = subject[
        np.maximum(0, again - rng.integers(1, 15, len(again)))
    ]  # mostly one's own, of late
    linked = np.flatnonzero(rng.random(len(person)) >= slips.of(person, branch, day))
    kind, product = CASES[reason]
    record = np.full(len(person), NONE)
    record[linked] = apply_for(
        world, rng, kind, person[linked], branch[linked], at[linked], subject[linked], product
    )
    _write(world, rng, person, at, day, subject, reason, record)
    if reason != "loan_approval":
        return
    for role, share, why in (("spouse", 0.22, "loan_approval"), ("guarantor", 0.12, "guarantee")):
        where, others = co_parties(world, rng, record[linked], subject[linked], role, share)
        asked = linked[where]
        minute = at[asked] + rng.integers(60, 400, len(asked))
        _write(world, rng, person[asked], minute, day[asked], others, why, record[asked])


def lend(world: World, slips: Slips) -> None:
    """Let everybody who lends do their honest work."""
    rng, habits = world.rng("lending"), world.habits
    person, day = daily_counts(world, rng, "client_manager", habits.manager_rate)
    branch = world.staff.branch[person, day]
    rush = (branch == slips.campaign_branch) & (day >= slips.campaign_first) & (day <= slips.campaign_last)
    more = np.where(rush, rng.integers(2, 4), 1)
    person, day = np.repeat(person, more), np.repeat(day, more)
    cases(world, rng, slips, person, day, "loan_approval")
    person, day = daily_counts(world, rng, "branch_manager", habits.specialist_rate * 0.5)
    cases(world, rng, slips, person, day, "loan_approval")
    person, day = daily_counts(world, rng, "sme_manager", habits.sme_rate)
    which = rng.choice(len(FIRM), len(person), p=list(FIRM.values()))
    for i, reason in enumerate(FIRM):
        cases(world, rng, slips, person[which == i], day[which == i], reason)
