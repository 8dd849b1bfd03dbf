"""Whole families looked up together: customers who stand on one record, asked for by one person on one day.

No feed tells who lives with whom; that two people are borrower and spouse, or guarantor, of one record does.
"""

from __future__ import annotations

import ibis.expr.types as ir

MOST_PARTIES = 6
"""A record with more parties is a pool of people, not a household."""


def households(parties: ir.Table) -> ir.Table:
    """Keep the parties of records that name a few people, and at least two.

    Args:
        parties: Rows of `linkage.party_versions`.

    Returns:
        household (the record), member, member_from (the night that first knows of them).
    """
    size = parties.group_by("record_id").agg(people=parties.count())
    few = size.filter((size.people >= 2) & (size.people <= MOST_PARTIES))
    return parties.semi_join(few, "record_id").select(
        household="record_id", member="subject_token", member_from="party_from"
    )


def family_lookups(acts: ir.Table, members: ir.Table) -> ir.Table:
    """Find the look-ups of customers of whom the person looked up a relative on the same day.

    Only what was known on the look-ups' own night counts: a record made later binds nobody in hindsight.

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
        members, [asked.subject_token == members.member, members.member_from <= asked.night]
    ).select("subject_token", "household", *keys)
    together = met.group_by("household", *keys).agg(people=met.count()).filter(lambda t: t.people >= 2)
    found = met.semi_join(together, ["household", *keys]).select("subject_token", *keys).distinct()
    return looked.semi_join(found, ["subject_token", *keys]).select("event_id")
