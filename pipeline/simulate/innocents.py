"""People who look conspicuous and are not: what must be left alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.clock import working_times
from pipeline.simulate.growing import NEVER, NONE
from pipeline.simulate.lending import Slips, cases
from pipeline.simulate.portfolio import holders
from pipeline.simulate.staff import ROLE
from pipeline.simulate.subjects import SEGMENTS
from pipeline.simulate.world import REASON, World

Ints = NDArray[np.int64]
LENDING = [ROLE["client_manager"], ROLE["sme_manager"]]


def _present(world: World, person: int, first: int, last: int) -> Ints:
    span = np.arange(first, min(last + 1, world.days.n))
    return np.asarray(span[world.staff.present[person, span]])


def _some(world: World, rng: np.random.Generator, role: str, each: int) -> list[int]:
    """Choose about one in `each` of a role, at least one, among those who stay all the while."""
    stay = [int(p) for p in world.staff.of_role(role) if world.staff.employed[p].all()]
    return [int(p) for p in rng.permutation(stay)[: max(1, len(stay) // each)]]


def referral_partner(world: World, rng: np.random.Generator, slips: Slips) -> None:
    """A broker in one far city sends real customers, who apply."""
    for person in _some(world, rng, "client_manager", 40):
        first = int(rng.integers(0, max(1, world.days.n - 30)))
        days = _present(world, person, first, first + int(rng.integers(30, 150)))
        days = np.repeat(days, rng.poisson(rng.uniform(1, 4), len(days)))
        city = np.repeat(world.subjects.elsewhere(rng, 1), len(days))
        people = world.subjects.people(rng, world.subjects.county(rng, city))
        cases(world, rng, slips, np.full(len(days), person), days, "loan_approval", people)
        world.innocents.append((person, "referral_partner"))


def payroll_lending(world: World, rng: np.random.Generator, slips: Slips) -> None:
    """A whole village or a company's staff applies within days."""
    for person in _some(world, rng, "client_manager", 30):
        days = _present(world, person, 0, world.days.n)
        if len(days) < 10:
            continue
        begin = int(rng.integers(0, len(days) - 4))
        days = np.repeat(days[begin : begin + int(rng.integers(1, 4))], int(rng.integers(25, 70)))
        city = world.subjects.cities[world.staff.branch[person, days]]
        if rng.random() < 0.4:
            city = np.repeat(world.subjects.elsewhere(rng, 1), len(days))
        county = np.repeat(world.subjects.county(rng, city[:1]), len(days))
        people = world.subjects.people(
            rng, county, np.clip(rng.normal(rng.uniform(28, 45), 7, len(days)), 19, 70)
        )
        cases(world, rng, slips, np.full(len(days), person), days, "loan_approval", people)
        world.innocents.append((person, "payroll_lending"))


def portfolio_takeover(world: World, rng: np.random.Generator, slips: Slips) -> None:
    """Another branch's borrowers are taken over, and looked through within a fortnight."""
    record, subject, branch = holders(world, "loan_account")
    created, closed = world.records["created"][record], world.records["closed"][record]
    for person in _some(world, rng, "client_manager", 50):
        first = int(rng.integers(0, max(1, world.days.n - 15)))
        days = _present(world, person, first, first + 12)
        other = [b for b in range(1, world.staff.branches) if b != world.staff.branch[person, first]]
        if not len(days) or not other:
            continue
        days = np.repeat(days, rng.poisson(25, len(days)))
        at = working_times(world, rng, np.full(len(days), person), days)
        old = (branch == rng.choice(other)) & (created < world.days.at(0)) & (closed == NEVER)
        pick = rng.choice(np.flatnonzero(old), len(days))
        world.lookups.add(
            len(at), at=at, actor=person, subject=subject[pick], reason=REASON["post_loan"], ref=record[pick]
        )
        world.innocents.append((person, "portfolio_takeover"))


def evening_backlog(world: World, rng: np.random.Generator, slips: Slips) -> None:
    """After an outage a branch works off its day's cases at night."""
    for _ in range(int(rng.integers(1, 4))):
        if world.staff.branches < 2:
            return
        branch, workdays = int(rng.integers(1, world.staff.branches)), np.flatnonzero(world.days.workday)
        day = int(rng.choice(workdays))
        start = int(world.days.at(day)) + 17 * 3600
        table = world.lookups
        at, actor = table["at"], np.minimum(table["actor"], world.staff.n - 1)
        hit = (
            ~table["machine"]
            & (table["reason"] == REASON["loan_approval"])
            & (world.staff.branch[actor, day] == branch)
            & (world.days.of(at) == day)
        )
        table["at"][hit] = start + rng.integers(1800, 5 * 3600, int(hit.sum()))
        for person in np.unique(actor[hit]):
            world.innocents.append((int(person), "evening_backlog"))


def vip_manager(world: World, rng: np.random.Generator, slips: Slips) -> None:
    """Somebody has to serve the well-known and the rich, and does it with a case."""
    known = np.flatnonzero(
        np.isin(world.subjects.table["segment"], [SEGMENTS.index("vip"), SEGMENTS.index("public_figure")])
    )
    if not len(known):
        return
    for person in _some(world, rng, "client_manager", 40):
        days = _present(world, person, 0, world.days.n)
        days = np.repeat(days, rng.poisson(0.6, len(days)))
        cases(
            world, rng, slips, np.full(len(days), person), days, "loan_approval", rng.choice(known, len(days))
        )
        world.innocents.append((person, "vip_manager"))


def by_office(world: World, slips: Slips) -> None:
    """Note those whom office or history makes conspicuous: clerks, joiners, acting heads, the campaign."""
    staff = world.staff
    for person in staff.of_role("query_clerk"):
        world.innocents.append((int(person), "query_clerk"))
    for person in np.flatnonzero(staff.hired > world.days.first):
        world.innocents.append((int(person), "new_joiner"))
    for person in np.flatnonzero(staff.sloppy & np.isin(staff.role[:, 0], LENDING)):
        world.innocents.append((int(person), "sloppy_records"))
    moves: dict[int, int] = {}
    for person, *_ in staff.assignments:
        moves[person] = moves.get(person, 0) + 1
    for person, count in moves.items():
        if count > 1:
            world.innocents.append((person, "acting_elsewhere" if count > 2 else "transferred"))
    if slips.campaign_branch == NONE:
        return
    crew = (staff.branch[:, slips.campaign_first] == slips.campaign_branch) & (
        staff.role[:, slips.campaign_first] == ROLE["client_manager"]
    )
    for person in np.flatnonzero(crew):
        world.innocents.append((int(person), "campaign"))


def add_innocents(world: World, slips: Slips) -> None:
    """Add the honest look-alikes."""
    for act in (referral_partner, payroll_lending, portfolio_takeover, vip_manager, evening_backlog):
        act(world, world.rng("innocent", act.__name__), slips)
    by_office(world, slips)
