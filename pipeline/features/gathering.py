"""Others who, within days, looked at the same protected customer without business, not all of one branch (domain.md F26).

One look at a well-known person without a record is a slip that happens; people of several branches, who have nothing to do with
each other, do not slip by chance at the same one. People of one branch do have to do with each other: one queries, and others review
it. So whoever only viewed counts once for their branch, and not at all beside somebody of it who queried.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np

from pipeline.evidence.columns import BARE
from pipeline.features.families.breadth import WATCHED

GATHERING_DAYS = 5
"""Calendar days within which look-ups of one customer belong together."""
BY_CHANCE = 0.05
"""Chance that all of those who met at one customer merely wait for their records: more than this, and it says nothing."""
MOST_WAITING = 0.95
A_CROWD = 2
"""Others at one customer from which it is more than an encounter; two encounters at two customers are none."""


def least_gathering(waiting: float) -> int:
    """Return how many others must have met somebody at a customer for it to be no chance.

    Args:
        waiting: Share of the bank's look-ups that have no record yet on their own night.
    """
    if waiting <= 0:
        return 1
    return max(int(np.ceil(np.log(BY_CHANCE) / np.log(min(waiting, MOST_WAITING)))) - 1, 1)


def gathered(first: ir.Table, states: ir.Table) -> ir.Table:
    """Count, per person and day, the others who gathered around the same protected customer.

    Colleagues of the own branch count where somebody of another branch was there too, and both they and the person queried.
    Look-ups that wait for their record count as long as they wait: a colleague's record that comes later takes the count back.
    Sums over persons and days within `GATHERING_DAYS` of each other: a day is complete only together with those around it.

    Args:
        first: One look-up per person, customer and day: event_id, entity, own_branch, subject_token, segment, operation, day.
        states: Rows of `states.states`.

    Returns:
        person, day, night, gathered, crowd: increments; the day is that of the person's own look-up. `crowd` counts the
        others at those customers alone at whom a crowd met.
    """
    counted = _at_each_customer(_met(first, states))
    return counted.group_by("person", "day", "night").agg(
        gathered=counted.others.sum().cast("int64"), crowd=counted.crowd.sum().cast("int64")
    )


def _met(first: ir.Table, states: ir.Table) -> ir.Table:
    """Return person, subject_token, day, other, branch, is_colleague, asked, since, till.

    Who met whom at which customer, and the nights on which both look-ups had no record. `asked` says that the other queried.
    """
    known = first.filter(first.segment.isin(WATCHED)).select(
        "event_id",
        "day",
        "subject_token",
        person="entity",
        branch="own_branch",
        asked=ibis.coalesce(first.operation == "query", False),
    )
    bare = states.filter(states.state.isin(BARE)).select("event_id", "from_night", "until_night")
    looks = known.join(bare, "event_id").drop("event_id")
    mine = looks.rename(own_branch="branch", own_query="asked")
    others = looks.rename(other="person", other_day="day", other_from="from_night", other_until="until_night")
    span = ibis.interval(days=GATHERING_DAYS)
    met = mine.join(
        others,
        [
            "subject_token",
            mine.person != others.other,
            # Of the own branch, who reviews whose query is their business.
            (mine.own_branch != others.branch) | (mine.own_query & others.asked),
            others.other_day <= mine.day + span,
            mine.day <= others.other_day + span,
            others.other_from < mine.until_night,
            mine.from_night < others.other_until,
        ],
    )
    # By day: a look-up months later must not take away what was known of the first.
    return met.group_by("person", "subject_token", "day", "other", "branch", "asked").agg(
        is_colleague=(met.own_branch == met.branch).max(),
        since=ibis.greatest(met.from_night, met.other_from).min(),
        till=ibis.least(met.until_night, met.other_until).max(),
    )


def _at_each_customer(met: ir.Table) -> ir.Table:
    """Return person, subject_token, day, night, others, crowd: increments, from how many are there on each night."""
    at = ("person", "subject_token", "day")
    branch = (*at, "branch", "is_colleague")
    one = ibis.literal(1, "int64")
    steps = met.select(*branch, "asked", night=met.since, step=one).union(
        met.select(*branch, "asked", night=met.till, step=-one)
    )
    moved = steps.group_by(*branch, "night").agg(
        asked=steps.step.sum(where=steps.asked).fill_null(0),
        viewed=steps.step.sum(where=~steps.asked).fill_null(0),
    )
    so_far = ibis.window(group_by=branch, order_by="night", preceding=None, following=0)
    there = moved.mutate(asked=moved.asked.sum().over(so_far), viewed=moved.viewed.sum().over(so_far))
    held = there.mutate(held=ibis.greatest(there.asked, (there.viewed > 0).cast("int64")))
    each = _increments(held, branch, "held")
    nights = each.group_by(*at, "night").agg(
        strangers=each.held.sum(where=~each.is_colleague).fill_null(0),
        colleagues=each.held.sum(where=each.is_colleague).fill_null(0),
    )
    so_far = ibis.window(group_by=at, order_by="night", preceding=None, following=0)
    summed = nights.mutate(
        strangers=nights.strangers.sum().over(so_far), colleagues=nights.colleagues.sum().over(so_far)
    )
    others = summed.mutate(others=(summed.strangers > 0).ifelse(summed.strangers + summed.colleagues, 0))
    others = others.mutate(crowd=(others.others >= A_CROWD).ifelse(others.others, 0))
    return _increments(others, at, "others", "crowd")


def _increments(held: ir.Table, keys: tuple[str, ...], *names: str) -> ir.Table:
    """Turn what holds from each night into what each night adds."""
    before = ibis.window(group_by=keys, order_by="night")
    return held.mutate(
        **{name: held[name] - ibis.coalesce(held[name].lag(1).over(before), 0) for name in names}
    )
