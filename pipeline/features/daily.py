"""Daily facts: what each person did on each day, as increments by the night that first knew them.

A row says: by the night `night` this much more (or less) was known of `day`. "As known on the night of D" is
the sum over night <= D; so facts of a day are computed once and only days that changed are computed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from functools import reduce
from operator import add

import ibis
import ibis.expr.types as ir

from pipeline.evidence.columns import BARE
from pipeline.evidence.nights import forever, stepped_spans
from pipeline.evidence.people import known_since
from pipeline.evidence.states import FAR, HOLLOW, LONG_OPEN
from pipeline.features.catalogue import KEYS, MARKS, MEASURES, ON_OWN_NIGHT
from pipeline.features.families.breadth import WATCHED
from pipeline.features.families.linkage import CLASSES, WAITING
from pipeline.features.far_places import far_by_place
from pipeline.features.gathering import gathered
from pipeline.features.harm import HARM, VICTIM_DAYS
from pipeline.features.marks import Keep
from pipeline.features.spec import Fold, Mark, Whose
from pipeline.features.typed_numbers import wrong_numbers


def _counted(acts: ir.Table) -> ir.Table:
    """Fold the marks per person, day and night, whomever they count for, in one pass over the acts.

    Nearly every act is typed by the person whom it counts for, and stands once; the others stand twice. What was
    corrected is taken back on the night that knew better; the greatest of a day stays what some night saw.
    """
    zero = ibis.literal(0, "int64")

    def marked(rows: ir.Table, whose: tuple[Whose, ...], night: str, sign: int) -> ir.Table:
        typed = rows.entity == rows.employee_id

        def mine(mark: Mark) -> ir.Value:
            if mark.whose not in whose or (sign < 0 and mark.fold is Fold.PEAK):
                return zero
            value = mark.of(rows).cast("int64") * sign if sign < 0 else mark.of(rows).cast("int64")
            return value if mark.whose is whose[0] else typed.ifelse(value, zero)

        marks = {mark.name: mine(mark) for mark in MARKS}
        return rows.select("day", night=rows[night], person=rows[whose[0].value], **marks)

    parts = []
    for rows, night, sign in (
        (acts, "night", 1),
        (acts.filter(acts.superseded < forever()), "superseded", -1),
    ):
        others = rows.filter(rows.entity != rows.employee_id)
        parts += [
            marked(rows, (Whose.ENTITY, Whose.TYPIST), night, sign),
            marked(others, (Whose.TYPIST,), night, sign),
        ]
    named = parts[0].union(*parts[1:])
    folds = {
        mark.name: named[mark.name].max() if mark.fold is Fold.PEAK else named[mark.name].sum()
        for mark in MARKS
    }
    return named.group_by(*KEYS).agg(**{name: value.cast("int64") for name, value in folds.items()})


def _taken_back(counted: ir.Table, measure: str) -> ir.Table:
    """Sum one act a row per person, day and night, and take it back on the night from which the act stands no more.

    Args:
        counted: person, day, night, superseded.
        measure: What the acts are counted as.
    """
    held = counted.filter(counted.night < counted.superseded)
    steps = stepped_spans(held.rename(from_night="night", until_night="superseded"))
    return steps.group_by(*KEYS).agg(**{measure: steps.sign.sum()})


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
        "employee_id",
        "subject_token",
        "day",
        "night",
        "rule",
        "business_ref",
        "segment",
        "own_branch",
        "operation",
        "in_family",
        "follows",
        "absent_from",
        "superseded",
        "occurred_at",
    )
    own = ibis.window(
        group_by=[lookups.entity, lookups.subject_token, lookups.day, lookups.night],
        order_by=[lookups.occurred_at, lookups.event_id],
    )
    ranked = lookups.mutate(number=ibis.row_number().over(own))
    return ranked.filter(ranked.number == 0).drop("number", "occurred_at")


CELLS = ("linked", LONG_OPEN, HOLLOW, FAR, "pending", "unlinked", "not_assessable")
"""What a step says, linked and thin ones by what weakens them."""
FRESH = ("linked", LONG_OPEN, HOLLOW, FAR, *BARE)
"""Whatever can be judged, be it only that nothing is there yet."""
ELSEWHERE = "elsewhere"
"""The class of a reason that is of none."""


def _evidence(first: ir.Table, states: ir.Table, mismatches: ir.Table) -> list[ir.Table]:
    """Count states and mismatches per person and day: the states, and beside them three narrow counts.

    Views of what a colleague of the branch queried are left out while no record explains them: that is asked of the query.
    """
    looked = first.select(
        "event_id",
        "day",
        "follows",
        person=first.entity,
        is_watched=ibis.coalesce(first.segment.isin(WATCHED), False),
        is_family=first.in_family,
        kind=ibis.cases(
            *((first.rule.isin(rules), len(CELLS) * at) for at, rules in enumerate(CLASSES.values())),
            else_=len(CELLS) * len(CLASSES),
        ),
    )
    cell = states.weakness.nullif("").fill_null(states.state)
    numbered = states.select(
        "event_id",
        "from_night",
        "until_night",
        at=ibis.cases(*((cell == name, at) for at, name in enumerate(CELLS))),
    )
    stepped = stepped_spans(numbered).join(looked, "event_id")
    stepped = stepped.filter(~(stepped.follows & stepped["at"].isin([CELLS.index(cell) for cell in BARE])))
    # One whole number says class and state at once: texts would be compared anew for each of the columns.
    stepped = stepped.select(
        *KEYS, "sign", "is_watched", "is_family", "at", code=stepped.kind + stepped["at"]
    )
    zero = ibis.literal(0, "int64")
    bare = stepped["at"] == CELLS.index("unlinked")
    parts = {
        f"{name}_{kind}": (stepped.code == len(CELLS) * row + at).ifelse(stepped.sign, zero).sum()
        for row, kind in enumerate((*CLASSES, ELSEWHERE))
        for at, name in enumerate(CELLS)
    }
    # What the look-up's own night saw is never taken back: so a day is compared with days as they looked then.
    fresh = stepped.night == stepped.day
    for row, kind in enumerate(CLASSES):
        for name, cells in (("fresh", FRESH), ("fresh_bare", BARE)):
            seen = fresh & stepped.code.isin([len(CELLS) * row + CELLS.index(cell) for cell in cells])
            parts[f"{name}_{kind}"] = seen.ifelse(stepped.sign, zero).sum()
    thin = [len(CELLS) * row + CELLS.index(cell) for row in range(len(CLASSES)) for cell in (HOLLOW, FAR)]
    parts["fresh_thin"] = (fresh & stepped.code.isin(thin)).ifelse(stepped.sign, zero).sum()
    parts |= {
        "watched_unlinked": (stepped.is_watched & bare).ifelse(stepped.sign, zero).sum(),
        "family_unlinked": (stepped.is_family & bare).ifelse(stepped.sign, zero).sum(),
    }
    counted = stepped.group_by(*KEYS).agg(**parts)
    counted = counted.select(*KEYS, "watched_unlinked", "family_unlinked", *ON_OWN_NIGHT, **_summed(counted))
    typed = first.filter(first.business_ref.notnull() & (first.business_ref != ""))
    references = _taken_back(
        typed.select("day", "night", "superseded", person=typed.entity), "with_reference"
    )
    account = first.select("event_id", "day", "absent_from", person=first.employee_id)
    numbers = wrong_numbers(typed, states, mismatches)
    return [_with_spread(counted), references, *numbers, _away(states, account)]


def _summed(counted: ir.Table) -> dict[str, ir.IntegerValue]:
    """Put the cells of classes and states together to the measures of the catalogue."""

    def total(names: Sequence[str], kinds: Sequence[str]) -> ir.IntegerValue:
        cells = [counted[f"{name}_{kind}"] for kind in kinds for name in names]
        return reduce(add, cells).cast("int64")

    thin, linked, every = (HOLLOW, FAR), ("linked", LONG_OPEN), (*CLASSES, ELSEWHERE)
    columns = {name: total((name,), every) for name in CELLS}
    columns |= {"linked": total(linked, every), "thin": total(thin, every)}
    columns |= {f"pending_{kind}": total(("pending",), (kind,)) for kind in WAITING}
    for kind in CLASSES:
        columns |= {
            f"closed_{kind}": total((*linked, *thin, "unlinked"), (kind,)),
            f"unlinked_{kind}": total(("unlinked",), (kind,)),
            f"supported_{kind}": total((*linked, *thin), (kind,)),
            f"hollow_{kind}": total((HOLLOW,), (kind,)),
            f"far_{kind}": total((FAR,), (kind,)),
            f"long_open_{kind}": total((LONG_OPEN,), (kind,)),
        }
    return columns


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


def _away(states: ir.Table, account: ir.Table) -> ir.Table:
    """Count look-ups on days of absence, judged and without business, from the night that knows of the absence.

    They count for the account that was used, not for whoever asked for them. Leave that was cut short leaves business
    behind; somebody else at the account does not.
    """
    away = account.filter(account.absent_from.notnull())
    judged = states.filter(states.state != "not_assessable")
    traceless = judged.state != "linked"
    steps = judged.select("event_id", "from_night", "until_night", bare=traceless.cast("int64"))
    met = stepped_spans(steps).join(away, "event_id")
    known = met.mutate(night=ibis.greatest(met.night, met.absent_from))
    return known.group_by(*KEYS).agg(
        absent_judged=known.sign.sum(), absent_untraced=(known.sign * known.bare).sum()
    )


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
    known = touched.group_by("event_id", "superseded", person=touched.entity, day=touched.day).agg(
        night=ibis.greatest(touched.night, touched.since).min()
    )
    return _taken_back(known.drop("event_id"), "victims")


def _told_later(acts: ir.Table, since: str, measure: str) -> ir.Table:
    """Count look-ups of which a night after their own first knew.

    An absence or a leave that was recorded later.
    """
    late = acts.filter(acts.is_lookup & (acts[since] > acts.night))
    return _taken_back(late.select("day", "superseded", person=late.employee_id, night=late[since]), measure)


def _logins(logins: ir.Table) -> ir.Table:
    """Count failed log-ins per person and day."""
    failed = logins.filter(logins.outcome == "fail")
    return failed.group_by(person=failed.employee_id, day=failed.business_day, night=failed.night).agg(
        login_fails=failed.count().cast("int64")
    )


def _stacked(parts: Sequence[ir.Table]) -> ir.Table:
    """Put narrow counts on top of each other: one row per key, zero where a part says nothing."""
    columns = list(dict.fromkeys(name for part in parts for name in part.columns if name not in KEYS))
    padded = [
        part.select(
            *KEYS,
            **{name: part[name] if name in part.columns else ibis.literal(0, "int64") for name in columns},
        )
        for part in parts
    ]
    stacked = padded[0].union(*padded[1:]) if len(padded) > 1 else padded[0]
    return stacked.group_by(*KEYS).agg(**{name: stacked[name].sum().cast("int64") for name in columns})


def _beside(one: ir.Table, other: ir.Table) -> ir.Table:
    """Put two counts side by side, each with one row per key: padded, wide ones would cost most of the work."""
    zero = ibis.literal(0, "int64")
    named = other.select(**{f"other_{name}": other[name] for name in other.columns})
    both = one.outer_join(named, [one[key] == named[f"other_{key}"] for key in KEYS])
    columns: dict[str, ir.Value] = {key: ibis.coalesce(both[key], both[f"other_{key}"]) for key in KEYS}
    for name in dict.fromkeys((*one.columns, *other.columns)):
        if name not in KEYS:
            held = [both[name]] if name in one.columns else []
            held += [both[f"other_{name}"]] if name in other.columns else []
            columns[name] = reduce(add, [ibis.coalesce(part, zero) for part in held])
    # The filter keeps all; without it Ibis would take the next join for one more of this chain, and lose the keys.
    return both.select(**columns).filter(lambda t: t.day.notnull())


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
    weighed, *narrow = _evidence(first, states, mismatches)
    rest = _stacked(
        [
            *narrow,
            _activity(acts),
            gathered(first, states),
            far_by_place(first, states),
            _victims(first, complaints, cutoff),
            _told_later(acts, "absent_from", "absent"),
            _told_later(acts, "left_from", "after_left"),
            _logins(logins),
            *beside,
        ]
    )
    facts = _beside(_beside(_counted(acts), weighed), rest)
    facts = facts.mutate(busiest=facts.lookups)  # what one night brought of a day, for the greatest of them
    return facts.select(
        *KEYS,
        **{name: facts[name] if name in facts.columns else ibis.literal(0, "int64") for name in MEASURES},
    )
