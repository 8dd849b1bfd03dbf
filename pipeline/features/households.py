"""Whole families looked up together: customers who stand on one record, asked for by one person on one day.

No feed tells who lives with whom; that two people are borrower and spouse, or guarantor, of one record does.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pipeline.evidence.nights import forever

MOST_PARTIES = 6
"""A record with more parties is a pool of people, not a household."""


def households(parties: ir.Table) -> ir.Table:
    """Keep the parties of records that name at least two people, for as long as they name only a few.

    Args:
        parties: Rows of `linkage.party_versions`.

    Returns:
        household (the record), member, member_from (the night that first knows of them), pool_from (the night from
        which the record is known to name too many, the end of time where it never does).
    """
    size = parties.group_by("record_id").agg(people=parties.count())
    several = parties.semi_join(size.filter(size.people >= 2), "record_id")
    order = ibis.window(group_by=several.record_id, order_by=[several.party_from, several.subject_token])
    placed = several.mutate(place=ibis.row_number().over(order))
    beyond = placed.filter(placed.place == MOST_PARTIES).select(pool="record_id", told=placed.party_from)
    joined = several.left_join(beyond, several.record_id == beyond.pool)
    return joined.select(
        household="record_id",
        member="subject_token",
        member_from="party_from",
        pool_from=ibis.coalesce(joined.told, forever()),
    )


def family_lookups(acts: ir.Table, members: ir.Table) -> ir.Table:
    """Find the look-ups of customers of whom the person looked up a relative on the same day.

    Only what was known on the look-ups' own night counts: a record made later binds nobody in hindsight, and parties who
    are added to it later make no pool of what was a household then.

    Args:
        acts: event_id, entity, subject_token, day, night, is_lookup.
        members: Rows of `households`.

    Returns:
        event_id of each such look-up.
    """
    keys = ["entity", "day", "night"]
    looked = acts.filter(acts.is_lookup).select("event_id", "subject_token", *keys)
    asked = looked.select("subject_token", *keys).distinct()
    met = asked.join(
        members,
        [
            asked.subject_token == members.member,
            members.member_from <= asked.night,
            members.pool_from > asked.night,
        ],
    ).select("subject_token", "household", *keys)
    together = met.group_by("household", *keys).agg(people=met.count()).filter(lambda t: t.people >= 2)
    found = met.semi_join(together, ["household", *keys]).select("subject_token", *keys).distinct()
    return looked.semi_join(found, ["subject_token", *keys]).select("event_id")
