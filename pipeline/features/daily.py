"""Daily facts: what each person did on each day, as increments by the night that first knew them.

A row says: by the night `night` this much more (or less) was known of `day`. "As known on the night of D" is the sum over
night <= D; so facts of a day are computed once and only days that changed are computed again.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pipeline.evidence.nights import forever
from pipeline.evidence.states import FAR, HOLLOW
from pipeline.features.catalogue import MARKS, MEASURES, PEAKS
from pipeline.features.families.breadth import WATCHED
from pipeline.features.families.linkage import CLASSES
from pipeline.features.harm import HARM, VICTIM_DAYS
from pipeline.features.spec import Fold, Whose

KEYS = ("person", "day", "night")


def _counted(acts: ir.Table, whose: Whose) -> ir.Table:
    """Fold the marks of one kind of person per day and night."""
    named = acts.mutate(person=acts[whose.value])
    folds = {
        mark.name: mark.of(named).max() if mark.fold is Fold.PEAK else mark.of(named).sum()
        for mark in MARKS
        if mark.whose is whose
    }
    return named.group_by(*KEYS).agg(**{name: value.cast("int64") for name, value in folds.items()})


def _activity(acts: ir.Table) -> ir.Table:
    """One `active` per person and day with any look-up, at the first night that knows of one."""
    looked = acts.filter(acts.is_lookup)
    days = looked.group_by(person=looked.entity, day=looked.day).agg(night=looked.night.min())
    return days.mutate(active=ibis.literal(1, "int64"))


def _first_of_day(lookups: ir.Table) -> ir.Table:
    """Keep one look-up per person, customer and day: a view after a query is not a second customer."""
    own = ibis.window(
        group_by=[lookups.entity, lookups.subject_token, lookups.day, lookups.night],
        order_by=[lookups.occurred_at_local, lookups.event_id],
    )
    return lookups.mutate(number=ibis.row_number().over(own)).filter(lambda t: t.number == 0)


def _stepped(steps: ir.Table) -> ir.Table:
    """Turn spans of nights into +1 at the begin and -1 at the end."""
    begin = steps.mutate(night=steps.from_night, sign=ibis.literal(1, "int64"))
    end = steps.filter(steps.until_night < forever()).mutate(
        night=lambda t: t.until_night, sign=ibis.literal(-1, "int64")
    )
    return begin.union(end)


def _evidence(first: ir.Table, states: ir.Table, mismatches: ir.Table) -> ir.Table:
    """Count states and mismatches per person and day."""
    person = first.select(
        "event_id", "day", "rule", person=first.entity, is_watched=ibis.coalesce(first.segment.isin(WATCHED), False)
    )
    stepped = _stepped(states.select("event_id", "state", "thinness", "from_night", "until_night")).join(
        person, "event_id"
    )
    state, sign, zero = stepped.state, stepped.sign, ibis.literal(0, "int64")

    def counted(condition: ir.BooleanValue) -> ir.IntegerValue:
        return condition.ifelse(sign, zero).sum()

    columns = {
        name: counted(state == name) for name in ("linked", "thin", "pending", "unlinked", "not_assessable")
    }
    for kind, rules in CLASSES.items():
        of_kind = stepped.rule.isin(rules)
        columns |= {
            f"closed_{kind}": counted(of_kind & state.isin(["linked", "thin", "unlinked"])),
            f"unlinked_{kind}": counted(of_kind & (state == "unlinked")),
            f"supported_{kind}": counted(of_kind & state.isin(["linked", "thin"])),
            f"hollow_{kind}": counted(of_kind & (stepped.thinness == HOLLOW)),
            f"far_{kind}": counted(of_kind & (stepped.thinness == FAR)),
        }
    columns |= {"watched_unlinked": counted(stepped.is_watched & (state == "unlinked"))}
    columns |= {"hollow": counted(stepped.thinness == HOLLOW), "far": counted(stepped.thinness == FAR)}
    evidence = stepped.group_by(*KEYS).agg(**columns)
    typed = first.filter(first.business_ref.notnull() & (first.business_ref != ""))
    references = typed.group_by(person=typed.entity, day=typed.day, night=typed.night).agg(
        with_reference=typed.count().cast("int64")
    )
    wrong = _stepped(mismatches.select("event_id", "from_night", "until_night")).join(person, "event_id")
    mismatched = wrong.group_by(*KEYS).agg(mismatch=wrong.sign.sum())
    return _together([evidence, references, mismatched])


def _victims(first: ir.Table, complaints: ir.Table) -> ir.Table:
    """Count look-ups whose customer complained within 90 days after, known from the complaint's night on."""
    harmed = (
        complaints.filter(complaints.kind.isnull() | complaints.kind.isin(HARM))
        .group_by("subject_token")
        .agg(received=lambda t: t.received_on.min())
    )
    touched = first.join(harmed, "subject_token")
    touched = touched.filter(
        (touched.day < touched.received) & (touched.day >= touched.received - ibis.interval(days=VICTIM_DAYS))
    )
    known = touched.mutate(known=ibis.greatest(touched.night, touched.received))
    return known.group_by(person=known.entity, day=known.day, night=known.known).agg(
        victims=known.count().cast("int64")
    )


def _logins(logins: ir.Table) -> ir.Table:
    """Count failed log-ins per person and day."""
    failed = logins.filter(logins.outcome == "fail")
    return failed.group_by(person=failed.employee_id, day=failed.business_day, night=failed.night).agg(
        login_fails=failed.count().cast("int64")
    )


def _together(parts: list[ir.Table]) -> ir.Table:
    """Put partial facts side by side: one row per key, zero where a part says nothing."""
    columns = list(dict.fromkeys(name for part in parts for name in part.columns if name not in KEYS))
    padded = [
        part.select(
            *KEYS,
            **{name: part[name] if name in part.columns else ibis.literal(0, "int64") for name in columns},
        )
        for part in parts
    ]
    stacked = padded[0].union(*padded[1:]) if len(padded) > 1 else padded[0]
    return stacked.group_by(*KEYS).agg(
        **{name: stacked[name].max() if name in PEAKS else stacked[name].sum() for name in columns}
    )


def daily_facts(
    acts: ir.Table, states: ir.Table, mismatches: ir.Table, complaints: ir.Table, logins: ir.Table
) -> ir.Table:
    """Count everything of the catalogue per person, day and night.

    Args:
        acts: Rows of `marks.described_acts`.
        states: Rows of `states.states`.
        mismatches: Rows of `states.mismatches`.
        complaints: Newest version of each complaint.
        logins: The log-ins, with `night`.

    Returns:
        person, day, night and one column per measure: increments, to be summed over the nights up to the one asked about
        (peaks: the greatest).
    """
    first = _first_of_day(acts.filter(acts.is_lookup))
    parts = [
        _counted(acts, Whose.ENTITY),
        _counted(acts, Whose.TYPIST),
        _activity(acts),
        _evidence(first, states, mismatches),
        _victims(first, complaints),
        _logins(logins),
    ]
    facts = _together(parts)
    return facts.select(
        *KEYS,
        **{name: facts[name] if name in facts.columns else ibis.literal(0, "int64") for name in MEASURES},
    )
