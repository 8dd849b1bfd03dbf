"""Honest look-ups of the desks: cards, counter, telephone, after the loan, collection, disputes, courts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.business import open_records
from pipeline.simulate.clock import daily_counts, working_times
from pipeline.simulate.days import DAY
from pipeline.simulate.growing import NEVER, NONE
from pipeline.simulate.lending import Slips
from pipeline.simulate.portfolio import holders
from pipeline.simulate.staff import HEAD_OFFICE, ROLE
from pipeline.simulate.world import CATEGORY, OPERATION, REASON, World

Ints = NDArray[np.int64]


def _refs(world: World, rng: np.random.Generator, record: Ints, share: float) -> Ints:
    return np.where(rng.random(len(record)) < share, record, NONE)


def cards(world: World, slips: Slips) -> None:
    """Reviewers at the card centre work off applications that came in by telephone and counter."""
    rng = world.rng("cards")
    person, day = daily_counts(world, rng, "card_reviewer", world.habits.reviewer_rate)
    at = working_times(world, rng, person, day)
    origin = rng.integers(1, world.staff.branches, len(person))
    subject = world.subjects.clientele(rng, origin)
    linked = np.flatnonzero(rng.random(len(person)) >= slips.share[person] * 0.5)
    centre = np.full(len(linked), HEAD_OFFICE, dtype=np.int32)
    record = np.full(len(person), NONE)
    created = at[linked] - (rng.exponential(0.7, len(linked)) * DAY).astype(np.int64) - 120
    record[linked] = open_records(
        world, rng, "card_application", created, centre, NONE, subject[linked], lasts_days=3.0
    )
    world.lookups.add(
        len(person), at=at, actor=person, subject=subject, reason=REASON["card_approval"],
        ref=_refs(world, rng, record, world.habits.reference_typed),
    )  # fmt: skip


def service(world: World, slips: Slips) -> None:
    """Counter and telephone look at the accounts of those before them, and pull people's own reports."""
    rng, habits = world.rng("service"), world.habits
    home = world.subjects.table["home"]
    for role, rate in (("counter_teller", habits.counter_rate), ("call_centre", habits.phone_rate)):
        person, day = daily_counts(world, rng, role, rate)
        at = working_times(world, rng, person, day)
        who = _customers_of(world, rng, world.staff.branch[person, day], np.flatnonzero(home >= 0), home)
        own = (rng.random(len(person)) < 0.2) & (role == "counter_teller")
        linked = rng.random(len(person)) >= slips.share[person]
        ticket = np.full(len(person), NONE)
        for kind, mine in (("service_ticket", linked & ~own), ("self_request", linked & own)):
            created = (
                at[mine]
                - rng.integers(20, 900, int(mine.sum()))
                * np.where(rng.random(int(mine.sum())) < 0.9, 1, -1)
                // 2
            )
            ticket[mine] = open_records(
                world, rng, kind, created, world.staff.branch[person[mine], day[mine]], person[mine],
                who[mine],
                lasts_days=0.05, second_share=0.5,
            )  # fmt: skip
        screen = rng.choice(
            ["account", "card", "transactions", "contact"], len(person), p=[0.5, 0.3, 0.15, 0.05]
        )
        category = np.array([CATEGORY[s] for s in screen], dtype=np.int8)
        world.lookups.add(
            len(person), at=at, actor=person, subject=who,
            reason=np.where(own, REASON["self_request"], REASON["counter_service"]),
            category=np.where(own, CATEGORY["credit_report"], category),
            ref=_refs(world, rng, ticket, habits.reference_typed * 0.5),
        )  # fmt: skip


def _customers_of(
    world: World, rng: np.random.Generator, branch: NDArray[np.int32], known: Ints, home: NDArray[np.int32]
) -> Ints:
    """Draw standing customers: the head office serves everybody's, a branch mostly its own."""
    order = known[np.argsort(home[known], kind="stable")]
    edges = np.searchsorted(home[order], np.arange(world.staff.branches + 1))
    low, high = edges[branch], edges[branch + 1]
    everywhere = (branch == HEAD_OFFICE) | (high <= low) | (rng.random(len(branch)) < 0.06)
    low, high = np.where(everywhere, 0, low), np.where(everywhere, len(order), high)
    return order[low + (rng.random(len(branch)) * (high - low)).astype(np.int64)]


def after_the_loan(world: World) -> None:
    """Check on borrowers: a few a day at branches, hundreds on some days of the month at the head office."""
    rng, habits, staff = world.rng("post_loan"), world.habits, world.staff
    record, subject, branch = holders(world, "loan_account")
    created = world.records["created"][record]
    person, day = daily_counts(world, rng, "post_loan_officer", habits.specialist_rate)
    batch_people, batch_days = [], []
    for officer in np.unique(np.nonzero(staff.role == ROLE["post_loan_officer"])[0]):
        dom = rng.choice(np.arange(3, 27), int(rng.integers(1, 4)), replace=False)
        on = [d for d in range(world.days.n) if world.days.date(d).day in dom and staff.present[officer, d]]
        size = rng.poisson(habits.batch_size * rng.uniform(0.6, 1.4), len(on))
        batch_people.append(np.repeat(officer, size.sum()))
        batch_days.append(np.repeat(on, size))
        world.innocents.append((int(officer), "post_loan_batch"))
    for role in ("client_manager", "sme_manager"):
        more, when = daily_counts(world, rng, role, 0.35)
        person, day = np.concatenate([person, more]), np.concatenate([day, when])
    if batch_people:
        person = np.concatenate([person, *batch_people]).astype(np.int64)
        day = np.concatenate([day, *batch_days]).astype(np.int64)
    at = working_times(world, rng, person, day)
    desk = staff.branch[person, day]
    order = np.argsort(branch, kind="stable")
    edges = np.searchsorted(branch[order], np.arange(staff.branches + 1))
    low, high = edges[desk], edges[desk + 1]
    whole = (desk == HEAD_OFFICE) | (high <= low)
    low, high = np.where(whole, 0, low), np.where(whole, len(order), high)
    pick = order[low + (rng.random(len(person)) * (high - low)).astype(np.int64)]
    closed = world.records["closed"][record][pick]
    settled = (closed != NEVER) & (closed < at - 25 * DAY)  # looked at once more, out of habit
    keep = (created[pick] < at) & (~settled | (rng.random(len(pick)) < 0.05))
    world.lookups.add(
        int(keep.sum()), at=at[keep], actor=person[keep], subject=subject[pick[keep]],
        reason=REASON["post_loan"],
        ref=_refs(world, rng, record[pick[keep]], habits.reference_typed * 0.6),
    )  # fmt: skip


def special(world: World, slips: Slips) -> None:
    """Collection, disputes, courts and audit: a few look-ups a day, each with its case."""
    rng, habits, staff = world.rng("special"), world.habits, world.staff
    _, debtors, _ = holders(world, "loan_account")
    known = np.flatnonzero(world.subjects.table["customer"])
    plans = (
        ("collection_officer", "collection", "collection_case", 6.0, debtors, (0, 50 * DAY)),
        ("objection_officer", "objection", "objection", habits.specialist_rate, known, (0, 12 * DAY)),
        ("judicial_liaison", "judicial", "judicial_request", habits.specialist_rate, known, (0, 4 * 3600)),
        ("auditor", "other", "other", habits.specialist_rate, known, (0, 5 * DAY)),
    )
    for role, reason, kind, rate, crowd, (_, longest) in plans:
        person, day = daily_counts(world, rng, role, rate)
        at = working_times(world, rng, person, day)
        if reason == "judicial":
            subject = world.subjects.clientele(rng, rng.integers(1, staff.branches, len(person)))
        else:
            subject = crowd[rng.integers(0, len(crowd), len(person))]
        linked = np.flatnonzero(rng.random(len(person)) >= slips.share[person] * 0.5)
        created = at[linked] - rng.integers(60, longest, len(linked))
        if reason == "objection":  # the ticket is written on the day, or when the bureau's answer is in
            after = rng.random(len(linked)) < 0.3
            created = at[linked] + np.where(
                after, rng.integers(60, 8 * DAY, len(linked)), -(at[linked] - created) // 13
            )
        if reason == "judicial":
            created = np.maximum(created, at[linked] // DAY * DAY + 28_800)
        record = np.full(len(person), NONE)
        record[linked] = open_records(
            world,
            rng,
            kind,
            created,
            staff.branch[person[linked], day[linked]],
            NONE,
            subject[linked],
            lasts_days=60,
        )
        shown = 1.0 if reason in ("other", "judicial") else habits.reference_typed
        world.lookups.add(
            len(person), at=at, actor=person, subject=subject, reason=REASON[reason],
            operation=OPERATION["view"] if reason == "other" else OPERATION["query"],
            ref=_refs(world, rng, record, shown),
        )  # fmt: skip


def work(world: World, slips: Slips) -> None:
    """Let all desks do their honest work."""
    if world.habits.has_card_centre:
        cards(world, slips)
    service(world, slips)
    after_the_loan(world)
    special(world, slips)
