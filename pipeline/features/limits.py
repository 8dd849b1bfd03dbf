"""Days that end just under a limit: somebody who knows how many look-ups a day raise no question stays below."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir
import pandas as pd

BLOCK_DAYS, BLOCKS = 16, 3
"""A limit is learned from the three blocks of sixteen days before the block a day lies in.

On a raster, so that every replay learns the same, and within the bounded look-back of the histories.
"""
MARGIN = 2
"""Look-ups below the limit that still count as just under it."""
LEAST_LIMIT = 10
"""A lower pile of equal days is how little work looks, not a limit."""
LEAST_DAYS, LEAST_PEOPLE = 20, 3
"""Days, and people, that must pile up before a number is taken for a limit: one person's is a habit."""
EVERY_ROLE = "*"


def _counted(acts: ir.Table) -> ir.Table:
    """Return person, role, day, day_number, n: what was known of a day's look-ups on its own night."""
    timely = acts.filter(acts.is_lookup & (acts.night == acts.day))
    return timely.group_by("role", "day", "day_number", person=timely.entity).agg(
        n=timely.count().cast("int64")
    )


def _learned(counts: ir.Table) -> ir.Table:
    """Return role, block, learned: the number that the role's days pile up under, where they do.

    An ordinary spread of counts thins out towards its greatest; days that pile up there, for several people
    and with nothing above, end at a limit.
    """
    summed = counts.group_by("role", "person", "n", at=counts.day_number // BLOCK_DAYS).agg(
        days=counts.count().cast("int64")
    )
    ahead = [
        summed.select("role", "person", "n", "days", block=summed["at"] + step)
        for step in range(1, BLOCKS + 1)
    ]
    seen = ahead[0].union(*ahead[1:])
    top = ibis.window(group_by=[seen.role, seen.block])
    seen = seen.mutate(learned=seen.n.max().over(top))
    under = seen.learned - seen.n
    near, lower = under <= MARGIN, (under > MARGIN) & (under <= 2 * MARGIN + 1)
    zero = ibis.literal(0, "int64")
    piles = seen.group_by("role", "block", "learned").agg(
        near=near.ifelse(seen.days, zero).sum(),
        lower=lower.ifelse(seen.days, zero).sum(),
        people=near.ifelse(seen.person, ibis.null("string")).nunique(),
    )
    return piles.filter(
        (piles.learned >= LEAST_LIMIT)
        & (piles.near >= LEAST_DAYS)
        & (piles.people >= LEAST_PEOPLE)
        & (piles.near > piles.lower)
    ).select("role", "block", "learned")


def _stated(limits: Mapping[str, int]) -> ir.Table:
    rows = pd.DataFrame(sorted(limits.items()), columns=["role", "stated"])
    return ibis.memtable(rows, schema=ibis.schema({"role": "string", "stated": "int64"}))


def days_at_limit(acts: ir.Table, limits: Mapping[str, int]) -> ir.Table:
    """Count the days of each person that ended at a limit or just under it.

    Args:
        acts: Rows of `marks.described_acts`.
        limits: Role → look-ups a day that the bank allows; `*` for every other role. A role without one:
            learned.

    Returns:
        person, day, night, at_limit (1).
    """
    counts = _counted(acts)
    learned = _learned(counts)
    placed = counts.mutate(block=counts.day_number // BLOCK_DAYS)
    known = placed.left_join(learned, ["role", "block"]).drop("role_right", "block_right")
    known = known.left_join(_stated(limits), "role").drop("role_right")
    limit = ibis.coalesce(known.stated, ibis.literal(limits.get(EVERY_ROLE), "int64"), known.learned)
    hit = known.filter((known.n <= limit) & (known.n >= limit - MARGIN))
    return hit.select("person", "day", night="day", at_limit=ibis.literal(1, "int64"))
