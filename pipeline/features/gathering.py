"""Other branches where, within days, somebody looked at the same protected customer without business (domain.md F26).

One look at a well-known person without a record is a slip that happens; people of several branches, who have nothing to do with
each other, do not slip by chance at the same one. People of one branch do have to do with each other: one queries, and others review it.
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
"""Other branches at one customer from which it is more than an encounter; two encounters at two customers are none."""


def least_gathering(waiting: float) -> int:
    """Return how many other branches must have met at a customer for it to be no chance.

    Args:
        waiting: Share of the bank's look-ups that have no record yet on their own night.
    """
    if waiting <= 0:
        return 1
    return max(int(np.ceil(np.log(BY_CHANCE) / np.log(min(waiting, MOST_WAITING)))) - 1, 1)


def gathered(first: ir.Table, states: ir.Table) -> ir.Table:
    """Count, per person and day, the other branches that gathered around the same protected customer.

    Look-ups that wait for their record count as long as they wait: a colleague's record that comes later takes the count back.
    Sums over persons and days within `GATHERING_DAYS` of each other: a day is complete only together with those around it.

    Args:
        first: One look-up per person, customer and day: event_id, entity, own_branch, subject_token, segment, day.
        states: Rows of `states.states`.

    Returns:
        person, day, night, gathered, crowd: increments; the day is that of the person's own look-up. `crowd` counts the
        branches at those customers alone at whom a crowd met.
    """
    known = first.filter(first.segment.isin(WATCHED)).select(
        "event_id", "day", "own_branch", "subject_token", person=first.entity
    )
    bare = states.filter(states.state.isin(BARE)).select("event_id", "from_night", "until_night")
    mine = known.join(bare, "event_id").drop("event_id")
    others = mine.rename(
        other="person",
        other_branch="own_branch",
        other_day="day",
        other_from="from_night",
        other_until="until_night",
    )
    span = ibis.interval(days=GATHERING_DAYS)
    met = mine.join(
        others,
        [
            "subject_token",
            mine.person != others.other,
            mine.own_branch != others.other_branch,
            others.other_day <= mine.day + span,
            mine.day <= others.other_day + span,
            others.other_from < mine.until_night,
            mine.from_night < others.other_until,
        ],
    )
    # By day: a look-up months later must not take away what was known of the first.
    pairs = met.group_by("person", "other_branch", "subject_token", "day").agg(
        since=ibis.greatest(met.from_night, met.other_from).min(),
        till=ibis.least(met.until_night, met.other_until).max(),
    )
    one = ibis.literal(1, "int64")
    keys = ("person", "subject_token", "day")
    steps = pairs.select(*keys, night=pairs.since, step=one).union(
        pairs.select(*keys, night=pairs.till, step=-one)
    )
    moved = steps.group_by(*keys, "night").agg(gathered=steps.step.sum())
    so_far = ibis.window(group_by=keys, order_by="night", preceding=None, following=0)
    others_met = moved.mutate(met=moved.gathered.sum().over(so_far))
    crowded = others_met.mutate(held=(others_met.met >= A_CROWD).ifelse(others_met.met, 0))
    before = crowded.held.lag(1).over(ibis.window(group_by=keys, order_by="night"))
    counted = crowded.mutate(crowd=crowded.held - ibis.coalesce(before, 0))
    return counted.group_by("person", "day", "night").agg(
        gathered=counted.gathered.sum().cast("int64"), crowd=counted.crowd.sum().cast("int64")
    )
