"""Daily facts: what each person did on each day, as increments by the night that first knew them.

A row says: by the night `night` this much more (or less) was known of `day`. "As known on the night of D" is
the sum over night <= D; so facts of a day are computed once and only days that changed are computed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time

import ibis
import ibis.expr.types as ir

from pipeline.evidence.nights import forever
from pipeline.evidence.people import known_since
from pipeline.evidence.states import FAR, HOLLOW
from pipeline.features.catalogue import MARKS, MEASURES, PEAKS
from pipeline.features.families.breadth import WATCHED
from pipeline.features.families.linkage import CLASSES
from pipeline.features.gathering import gathered
from pipeline.features.harm import HARM, VICTIM_DAYS
from pipeline.features.marks import Keep
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


def _first_of_day(acts: ir.Table) -> ir.Table:
    """Keep one look-up per person, customer and day: a view after a query is not a second customer."""
    lookups = acts.filter(acts.is_lookup).select(
        "event_id",
        "entity",
        "subject_token",
        "day",
        "night",
        "rule",
        "business_ref",
        "segment",
        "own_branch",
        "in_family",
        "absent_from",
        "occurred_at",
    )
    own = ibis.window(
        group_by=[lookups.entity, lookups.subject_token, lookups.day, lookups.night],
        order_by=[lookups.occurred_at, lookups.event_id],
    )
    ranked = lookups.mutate(number=ibis.row_number().over(own))
    return ranked.filter(ranked.number == 0).drop("number", "occurred_at")


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
        "event_id",
        "day",
        "rule",
        "absent_from",
        "in_family",
        person=first.entity,
        is_watched=ibis.coalesce(first.segment.isin(WATCHED), False),
    )
    stepped = _stepped(states.select("event_id", "state", "thinness", "from_night", "until_night")).join(
        person, "event_id"
    )
    away = _untraced(stepped)
    # Compact first: forty conditions over a few kinds of steps, not over every step.
    stepped = stepped.group_by(*KEYS, "rule", "state", "thinness", "is_watched", "in_family").agg(
        sign=stepped.sign.sum()
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
    columns |= {
        "watched_unlinked": counted(stepped.is_watched & (state == "unlinked")),
        "family_unlinked": counted(stepped.in_family & (state == "unlinked")),
    }
    columns |= {"hollow": counted(stepped.thinness == HOLLOW), "far": counted(stepped.thinness == FAR)}
    evidence = _with_spread(stepped.group_by(*KEYS).agg(**columns))
    typed = first.filter(first.business_ref.notnull() & (first.business_ref != ""))
    references = typed.group_by(person=typed.entity, day=typed.day, night=typed.night).agg(
        with_reference=typed.count().cast("int64")
    )
    wrong = _stepped(mismatches.select("event_id", "from_night", "until_night")).join(person, "event_id")
    mismatched = wrong.group_by(*KEYS).agg(mismatch=wrong.sign.sum())
    return _together([evidence, references, mismatched, away])


def _with_spread(evidence: ir.Table) -> ir.Table:
    """Add what the spread over days is read from: days with any, and the squares of the days' counts.

    A day's count grows and falls with the nights, so each night adds what the square has changed by.
    """
    nights = ibis.window(
        group_by=[evidence.person, evidence.day], order_by=evidence.night, preceding=None, following=0
    )
    kinds = {"unlinked": evidence.unlinked, "explained": evidence.linked + evidence.thin}
    so_far = evidence.mutate(**{f"{kind}_so_far": count.sum().over(nights) for kind, count in kinds.items()})
    more = {}
    for kind, change in (("unlinked", so_far.unlinked), ("explained", so_far.linked + so_far.thin)):
        now = so_far[f"{kind}_so_far"]
        before = now - change
        more[f"{kind}_days"] = (now > 0).cast("int64") - (before > 0).cast("int64")
        more[f"{kind}_squares"] = now * now - before * before
    return so_far.mutate(**more).drop(*(f"{kind}_so_far" for kind in kinds))


def _untraced(stepped: ir.Table) -> ir.Table:
    """Count look-ups on days of absence without business, from the night that knows of the absence.

    Leave that was cut short leaves business behind; somebody else at the account does not.
    """
    bare = stepped.filter(stepped.absent_from.notnull() & stepped.state.isin(["unlinked", "pending", "thin"]))
    known = bare.mutate(night=ibis.greatest(bare.night, bare.absent_from))
    return known.group_by(*KEYS).agg(absent_untraced=known.sign.sum())


def _victims(first: ir.Table, complaints: ir.Table, cutoff: time) -> ir.Table:
    """Count look-ups whose customer complained within 90 days after, from the night that knew of it."""
    harm = complaints.filter(complaints.kind.isnull() | complaints.kind.isin(HARM))
    told = harm.select(
        "received_on",
        victim="subject_token",
        since=ibis.greatest(harm.received_on, known_since(harm, cutoff)),
    )
    touched = first.join(
        told,
        [
            first.subject_token == told.victim,
            first.day < told.received_on,
            first.day >= told.received_on - ibis.interval(days=VICTIM_DAYS),
        ],
    )
    known = touched.group_by("event_id", person=touched.entity, day=touched.day).agg(
        night=ibis.greatest(touched.night, touched.since).min()
    )
    return known.group_by(*KEYS).agg(victims=known.count().cast("int64"))


def _told_later(acts: ir.Table, since: str, measure: str) -> ir.Table:
    """Count look-ups of which a night after their own first knew.

    An absence or a leave that was recorded later.
    """
    late = acts.filter(acts.is_lookup & (acts[since] > acts.night))
    return late.group_by(person=late.employee_id, day=late.day, night=late[since]).agg(
        **{measure: late.count().cast("int64")}
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
    acts: ir.Table,
    states: ir.Table,
    mismatches: ir.Table,
    complaints: ir.Table,
    logins: ir.Table,
    cutoff: time,
    keep: Keep,
    beside: Sequence[ir.Table] = (),
) -> ir.Table:
    """Count everything of the catalogue per person, day and night.

    Args:
        acts: Rows of `marks.described_acts`.
        states: Rows of `states.states`.
        mismatches: Rows of `states.mismatches`.
        complaints: All versions of the complaints.
        logins: The log-ins, with `night`.
        cutoff: The night's cut-off.
        keep: How a step's table is computed once.
        beside: More counts of the catalogue, each person, day, night and its measures.

    Returns:
        person, day, night and one column per measure: increments, to be summed over the nights up to the one
        asked about (peaks: the greatest).
    """
    first = keep("tw_first", _first_of_day(acts))
    parts = [
        _counted(acts, Whose.ENTITY),
        _counted(acts, Whose.TYPIST),
        _activity(acts),
        _evidence(first, states, mismatches),
        gathered(first, states),
        _victims(first, complaints, cutoff),
        _told_later(acts, "absent_from", "absent"),
        _told_later(acts, "left_from", "after_left"),
        _logins(logins),
        *beside,
    ]
    facts = _together(parts)
    return facts.select(
        *KEYS,
        **{name: facts[name] if name in facts.columns else ibis.literal(0, "int64") for name in MEASURES},
    )
