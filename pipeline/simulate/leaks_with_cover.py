"""Leaks with a pretext: another's number, an invented application, a loan that is not there, a clerk."""

from __future__ import annotations

import numpy as np

from pipeline.simulate.days import DAY
from pipeline.simulate.growing import NEVER, NONE
from pipeline.simulate.leaking import LENDERS, Leak
from pipeline.simulate.leaks_for_sale import screens
from pipeline.simulate.lending import clerk_on_duty
from pipeline.simulate.subjects import SEGMENTS
from pipeline.simulate.world import CATEGORY, KIND, OPERATION, PARTY, STATUS


def borrowed_ref(leak: Leak) -> None:
    """Strangers under the business number of another customer's application."""
    leak.between(20, 110)
    for person in leak.recruit(1, *LENDERS):
        world, rng = leak.world, leak.rng
        day = leak.doses(leak.working_days(person), 1.5, 7)
        at = leak.times(person, day)
        records = world.records
        near = (records["branch"] == world.staff.branch[person, leak.first]) | (rng.random() < 0.3)
        pool = np.flatnonzero(near & (records["kind"] == KIND["loan_application"]))
        pool = pool[np.argsort(records["created"][pool], kind="stable")]
        newest = np.searchsorted(records["created"][pool], at - 3600)
        oldest = np.searchsorted(records["created"][pool], at - 25 * DAY)
        ok = newest > oldest
        ref = np.full(len(day), NONE)
        ref[ok] = pool[(oldest + rng.random(len(day)) * (newest - oldest)).astype(np.int64)[ok]]
        leak.write(person, at, leak.list_of_strangers(len(day)), "loan_approval", ref=ref)


def hollow(leak: Leak) -> None:
    """An application invented after the look-up, touched by nobody else, withdrawn at once."""
    leak.between(20, 130)
    for person in leak.recruit(1, "client_manager", "sme_manager", "branch_manager"):
        world, rng = leak.world, leak.rng
        day = leak.doses(leak.working_days(person), 1.5, 5)
        at = leak.times(person, day)
        n = len(day)
        subject = leak.list_of_strangers(n)
        leak.write(person, at, subject, "loan_approval", ref=NONE)
        made = np.flatnonzero(rng.random(n) < rng.uniform(0.85, 1.0))
        soon, life = int(rng.choice([1800, 14_400, 40_000])), float(rng.choice([0.9, 0.9, 2.5]))
        created = at[made] + rng.integers(120, soon, len(made))
        closed = created + (rng.uniform(0.1, life, len(made)) * DAY).astype(np.int64)
        record = world.records.add(
            len(made), kind=KIND["loan_application"], branch=world.staff.branch[person, day[made]],
            created=created, by=person, decided=NEVER, closed=closed, status=STATUS["withdrawn"],
            second=False, amount=np.round(np.exp(rng.normal(11.5, 1.0, len(made))), -3),
        )  # fmt: skip
        world.parties.add(len(made), record=record, subject=subject[made], role=PARTY["principal"])


def post_loan_pretext(leak: Leak) -> None:
    """`post_loan`, which needs no consent, for people who owe the bank nothing."""
    leak.between(20, 110)
    for person in leak.recruit(1, "client_manager", "sme_manager", "post_loan_officer", "branch_manager"):
        day = leak.doses(leak.working_days(person), 1.5, 8)
        leak.write(person, leak.times(person, day), leak.list_of_strangers(len(day)), "post_loan")


def ask_clerk(leak: Leak) -> None:
    """A manager has the branch's clerk type what he was paid to find out."""
    leak.between(20, 110)
    world, rng = leak.world, leak.rng
    duty = clerk_on_duty(world)
    served = [
        b for b in range(world.staff.branches) if (duty[b, leak.first : leak.last + 1] != NONE).mean() > 0.4
    ]
    for branch in rng.permutation(served)[:1]:
        for person in leak.recruit(1, "client_manager", "sme_manager", "branch_manager", branch=int(branch)):
            day = leak.doses(leak.working_days(person), 2, 7)
            day = day[duty[world.staff.branch[person, day], day] != NONE]
            clerk = duty[world.staff.branch[person, day], day]
            leak.answers_for = person
            subject = leak.list_of_strangers(len(day))
            leak.write(clerk, leak.times(person, day), subject, "loan_approval", requester=person)


def resale(leak: Leak) -> None:
    """Nothing looked up that was not due; but copied, and the customers are called."""
    leak.between(30, 130)
    for person in leak.recruit(1, "client_manager", "sme_manager", "query_clerk", "card_reviewer"):
        world, rng = leak.world, leak.rng
        table = world.lookups
        day = world.days.of(table["at"])
        mine = (table["actor"] == person) & (day >= leak.first) & (day <= leak.last)
        mine &= (table["operation"] == OPERATION["query"]) & (table["reason"] >= 0)
        own = np.flatnonzero(mine)
        own = own[rng.random(len(own)) < rng.uniform(0.3, 0.8)]
        how = np.where(rng.random(len(own)) < rng.uniform(0, 1), OPERATION["print"], OPERATION["export"])
        at, subject = table["at"][own] + rng.integers(30, 3 * 3600, len(own)), table["subject"][own]
        reason = table["reason"][own]
        leak.harm = 0.0
        world.lookups.add(
            len(own), at=at, actor=person, subject=subject, reason=reason, operation=how, plot=leak.number
        )
        hurt = np.flatnonzero(rng.random(len(own)) < rng.uniform(0.05, 0.3))
        leak.complain(at[hurt], subject[hurt])


def favour_cards(leak: Leak) -> None:
    """Accounts and cards of the bank's own customers, as a favour or for a fee, with no ticket."""
    leak.between(30, 150)
    for person in leak.recruit(1, "counter_teller", "call_centre"):
        screens(
            leak,
            person,
            leak.doses(leak.working_days(person), 0.8, 3, idle=float(leak.rng.uniform(0.2, 0.7))),
        )


def celebrity(leak: Leak) -> None:
    """Several who have nothing to do with it look at one well-known person within days."""
    leak.between(2, 6)
    world, rng = leak.world, leak.rng
    known = np.flatnonzero(world.subjects.table["segment"] == SEGMENTS.index("public_figure"))
    if not len(known):
        return
    star = int(rng.choice(known))
    for person in leak.recruit(
        int(rng.integers(2, 6)), "client_manager", "counter_teller", "call_centre", "branch_manager"
    ):
        day = np.sort(rng.choice(leak.working_days(person), int(rng.integers(1, 3))))
        category = rng.choice(
            [CATEGORY["account"], CATEGORY["transactions"], CATEGORY["credit_report"]], len(day)
        )
        reason = "counter_service" if rng.random() < 0.6 else "loan_approval"
        leak.write(person, leak.times(person, day), np.full(len(day), star), reason, category=category)
