"""Customers whose business, or harm, has been told of since: only their look-ups can mean something else now."""

from __future__ import annotations

from datetime import time

import ibis
import ibis.expr.types as ir

from pipeline.evidence.nights import known_night
from pipeline.evidence.people import known_since
from pipeline.features.harm import VICTIM_DAYS

AFTER_DAYS = 60
"""Calendar days, at most, by which a record may be younger than the look-up that it supports.

Twenty working days with the longest holidays among them.
"""


def touched_records(
    records: ir.Table, new_records: ir.Table, new_parties: ir.Table, cutoff: time, stalled: ir.Table
) -> ir.Table:
    """Return record_id, known: records of which something new is there, and the first night that knows it.

    Args:
        records: All versions of the business records.
        new_records: Those that came since.
        new_parties: Rows of the parties that came since; each is known together with its record at the earliest.
        cutoff: The night's cut-off.
        stalled: record_id, known: records that mean something else because of what other records show.
    """
    told = new_parties.group_by("record_id").agg(told=known_since(new_parties, cutoff).min())
    mine = records.semi_join(told, "record_id")
    begun = mine.group_by("record_id").agg(begun=known_night(mine.recorded_at_local, cutoff).min())
    by_party = told.join(begun, "record_id")
    by_party = by_party.select("record_id", known=ibis.greatest(by_party.told, by_party.begun))
    both = by_party.union(
        new_records.select("record_id", known=known_night(new_records.recorded_at_local, cutoff)), stalled
    )
    return both.group_by("record_id").agg(known=both.known.min())


def named_parties(records: ir.Table, parties: ir.Table, touched: ir.Table) -> ir.Table:
    """Return record_id, subject_token, since (first day of a look-up that may be touched), known.

    Args:
        records: All versions of the records.
        parties: All versions of the parties.
        touched: Rows of `touched_records`.
    """
    mine = records.semi_join(touched, "record_id")
    begun = mine.group_by("record_id").agg(created=mine.created_at_local.date().min())
    named = parties.select("record_id", "subject_token").distinct().join(touched, "record_id")
    named = named.join(begun, "record_id")
    return named.select(
        "record_id", "subject_token", "known", since=named.created - ibis.interval(days=AFTER_DAYS)
    )


def together(lookups: ir.Table, named: ir.Table) -> ir.Table:
    """Return the days on which one person looked up two customers of one touched record: a family, or none any more.

    Args:
        lookups: entity, subject_token, day, night.
        named: Rows of `named_parties`.
    """
    members = named.select("record_id", "subject_token")
    keys = ["record_id", "entity", "day", "night"]
    met = lookups.select("entity", "subject_token", "day", "night").join(members, "subject_token")
    people = met.group_by(*keys).agg(people=met.subject_token.nunique())
    return people.filter(people.people >= 2).select("day").distinct()


def harmed_days(lookups: ir.Table, complaints: ir.Table) -> ir.Table:
    """Return the days of look-ups whose customers are named by complaints.

    Args:
        lookups: subject_token, day.
        complaints: Complaints that came since.
    """
    told = complaints.select(victim="subject_token", received_on="received_on")
    met = lookups.join(
        told,
        [
            lookups.subject_token == told.victim,
            lookups.day < told.received_on,
            lookups.day >= told.received_on - ibis.interval(days=VICTIM_DAYS),
        ],
    )
    return met.select("day").distinct()
