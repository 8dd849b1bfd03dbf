"""Business numbers that were typed in and are wrong: somebody else's, or in no record of the bank."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pipeline.evidence.columns import BARE, JUDGED
from pipeline.evidence.nights import stepped_spans
from pipeline.evidence.states import IN_NO_RECORD, NAMES_OTHERS
from pipeline.features.catalogue import KEYS


def wrong_numbers(typed: ir.Table, states: ir.Table, mismatches: ir.Table) -> list[ir.Table]:
    """Count wrong numbers per person, day and night.

    Args:
        typed: The look-ups that count, with a business number each.
        states: Rows of `states.states`.
        mismatches: Rows of `states.mismatches`.

    Returns:
        Narrow counts: numbers that name others; numbers in no record, of look-ups that nothing explains and of those that something
        does; and what each look-up's own night saw of its number.
    """
    person = typed.select("event_id", "day", person=typed.entity)
    others = mismatches.filter(mismatches.kind == NAMES_OTHERS)
    named = stepped_spans(others.select("event_id", "from_night", "until_night")).join(person, "event_id")
    nobody = stepped_spans(unknown_numbers(states, mismatches)).join(person, "event_id")
    zero = ibis.literal(0, "int64")
    unknown = nobody.group_by(*KEYS).agg(
        unknown_number=nobody.explained.ifelse(zero, nobody.sign).sum(),
        unknown_explained=nobody.explained.ifelse(nobody.sign, zero).sum(),
    )
    return [
        named.group_by(*KEYS).agg(mismatch=named.sign.sum()),
        unknown,
        *fresh_numbers(typed, states, mismatches),
    ]


def unknown_numbers(states: ir.Table, mismatches: ir.Table) -> ir.Table:
    """Return the nights on which a typed number is held to be in no record and the look-up is judged, and whether something explains it.

    Then it was keyed wrongly; or the numbers are of another system, and so are everybody's.
    """
    judged = states.filter(states.state.isin(JUDGED))
    none = mismatches.filter(mismatches.kind == IN_NO_RECORD)
    none = none.select("event_id", unknown_from="held_from", unknown_until="until_night")
    met = judged.join(none, "event_id")
    return met.select(
        "event_id",
        from_night=ibis.greatest(met.from_night, met.unknown_from),
        until_night=ibis.least(met.until_night, met.unknown_until),
        explained=met.state != "unlinked",
    ).filter(lambda t: t.from_night < t.until_night)


def fresh_numbers(typed: ir.Table, states: ir.Table, mismatches: ir.Table) -> list[ir.Table]:
    """Count what a look-up's own night saw of its number: typed at all, and in no record while nothing else explains the look-up.

    It is never taken back, so a day is compared with days as they looked then.
    """
    fresh = typed.filter((typed.night == typed.day) & (typed.night < typed.superseded))
    fresh = fresh.select("event_id", "day", "night", person=fresh.entity)
    none = mismatches.filter(mismatches.kind == IN_NO_RECORD).select("event_id", unknown_from="from_night")
    bare = states.filter(states.state.isin(BARE)).select("event_id", bare_from="from_night")
    met = fresh.join(none, "event_id").join(bare, "event_id")
    unknown = met.filter((met.unknown_from == met.day) & (met.bare_from == met.day))
    return [
        fresh.group_by(*KEYS).agg(fresh_reference=fresh.count().cast("int64")),
        unknown.group_by(*KEYS).agg(fresh_unknown=unknown.count().cast("int64")),
    ]
