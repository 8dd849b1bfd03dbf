"""The state of each look-up, night by night: linked, thin, pending, unlinked, not assessable.

A look-up's state is a step function of the night. It is stored as its steps, so that "as known on the night
of D" is one filter.
"""

from __future__ import annotations

from enum import StrEnum

import ibis
import ibis.expr.types as ir

from pipeline.evidence.columns import PLACES
from pipeline.evidence.coverage import Gap
from pipeline.evidence.linkage import close_column
from pipeline.evidence.nights import forever
from pipeline.evidence.reasons import RULES


class State(StrEnum):
    """What is known of a look-up's business on a given night."""

    LINKED = "linked"
    THIN = "thin"
    PENDING = "pending"
    UNLINKED = "unlinked"
    NOT_ASSESSABLE = "not_assessable"


NAMES_OTHERS, IN_NO_RECORD = "names_others", "in_no_record"
"""What is wrong with a business number that was typed in."""

HOLLOW, FAR, LONG_OPEN = "hollow", "far", "long_open"
"""What weakens an explanation.

The record is near but nobody else's hand is on it, or it is another unit's business: such a look-up is thin. Or it was made before
the reason's window and nothing tells of its end: such a look-up is linked, but at a bank whose feed tells of no ends every
customer who was ever served can be looked up in this way.
"""
KINDS = ("solid", "long_open", "hollow", "far", "missing", "late")
"""What the steps of a look-up count: records by how they explain it, and gaps in the feed."""


LOST_REACH_DAYS = 5
"""Days after a lost night on which look-ups may still be missing its records.

Most look-ups come within days of their record, and a seller must not hide behind a lost night for the month
that some windows reach back.
"""


def close_days(lookups: ir.Table) -> ir.Table:
    """Add the days on which a record that supports the look-up is looked for.

    Adds close_day, the last day on which one may still be created (from its night on nothing is pending), and
    reach_day, the first whose loss leaves the look-up unjudged.
    """
    cases = [(lookups.rule == rule.reason, lookups[close_column(rule.after_workdays)]) for rule in RULES]
    back = [
        (
            lookups.rule == rule.reason,
            lookups.day - ibis.interval(days=min(rule.before_days, LOST_REACH_DAYS)),
        )
        for rule in RULES
    ]
    return lookups.mutate(
        close_day=ibis.cases(*cases, else_=lookups.day), reach_day=ibis.cases(*back, else_=lookups.day)
    )


def _steps_of_pairs(pairs: ir.Table, wide: ir.Table) -> ir.Table:
    """Turn pairs into +1/-1 steps of four kinds of support: see `KINDS`."""
    joined = pairs.left_join(wide.mutate(wide_hit=ibis.literal(True)), ["role", "kind", "day"])
    near = joined.is_near_person | joined.wide_hit.notnull()
    turns = ibis.greatest(joined.from_night, ibis.coalesce(joined.hollow_from, joined.until_night))
    cut = joined.mutate(
        far=~near, solid=near & ~joined.is_hollow, turns=ibis.least(turns, joined.until_night)
    )
    zero = dict.fromkeys(KINDS, ibis.literal(0))

    def steps(rows: ir.Table, at: str, sign: int, solid: ir.BooleanValue, far: ir.BooleanValue) -> ir.Table:
        step, none = ibis.literal(sign), ibis.literal(0)
        kinds = {
            "solid": (solid & ~rows.is_long_open).ifelse(step, none),
            "long_open": (solid & rows.is_long_open).ifelse(step, none),
            "hollow": (~solid & ~far).ifelse(step, none),
            "far": far.ifelse(step, none),
        }
        return rows.select("event_id", at=rows[at], **zero | kinds)

    begins = steps(cut, "from_night", 1, cut.solid, cut.far)
    turned = cut.filter(cut.solid & (cut.turns < cut.until_night))
    yes = ibis.literal(True)
    turning = steps(turned, "turns", -1, yes, ~yes).union(steps(turned, "turns", 1, ~yes, ~yes))
    # A record that turned hollow ends as hollow; one that did not ends as what it was.
    ends = steps(cut, "until_night", -1, cut.solid & (cut.turns >= cut.until_night), cut.far)
    return begins.union(turning, ends)


def _places(pairs: ir.Table) -> ir.Table:
    """Return event_id, place: a number, as text, for the unit whose record would explain a look-up from afar.

    By a hash of the unit's name, which is the same on every engine and needs no list of all units. The record that was
    known first counts: one that comes later must not change what an earlier night saw.
    """
    far = pairs.filter(~pairs.is_near_person)
    letter = far.unit.hexdigest("sha256").substr(0, 1).ascii_str()
    since = far.from_night.strftime("%Y%m%d") + (letter % PLACES).cast("string")
    return far.group_by("event_id").agg(place=since.min().right(1))


def _steps_of_gaps(lookups: ir.Table, gaps: ir.Table) -> ir.Table:
    """Turn lost or late nights of the business feed into steps.

    A look-up whose window touches one cannot be judged until it comes; one whose records are usually late waits for them.
    """
    lost, late = gaps.filter(gaps.gap == Gap.LOST.value), gaps.filter(gaps.gap == Gap.LATE.value)
    touched = lookups.join(
        lost,
        [
            lookups.rule == lost.rule,
            lost.day >= lookups.reach_day,
            lost.day <= lookups.close_day,
            lost.until_night > lookups.night,
        ],
    )
    waiting = lookups.join(
        late, [lookups.rule == late.rule, lookups.day == late.day, late.until_night > lookups.night]
    )
    one = ibis.literal(1)
    parts = []
    for rows, name in ((touched, "missing"), (waiting, "late")):
        kinds = dict.fromkeys(KINDS, ibis.literal(0))
        begins = ibis.greatest(rows.night, rows.from_night)
        parts += [
            rows.select("event_id", at=begins, **kinds | {name: one}),
            rows.select("event_id", at=rows.until_night, **kinds | {name: -one}),
        ]
    return parts[0].union(*parts[1:])


def states(lookups: ir.Table, pairs: ir.Table, wide: ir.Table, gaps: ir.Table) -> ir.Table:
    """Work out every look-up's state for all nights at once.

    Args:
        lookups: Rows of `lookups.acts` that are look-ups, with close_day.
        pairs: Rows of `linkage.supporting_pairs`.
        wide: Rows of `linkage.bank_wide`.
        gaps: Rows of `coverage.gaps`: nights on which the records of `day` that could support `rule` are not (all) there.

    Returns:
        event_id, state, weakness (why a thin one is thin, and a linked one only just linked), place (of a record from afar, see `PLACES`; empty
        without one), from_night, until_night (exclusive): the steps, from the look-up's own night on.
    """
    kinds = dict.fromkeys(KINDS, ibis.literal(0))
    own = lookups.select("event_id", at=lookups.night, **kinds)
    closing = lookups.select("event_id", at=ibis.greatest(lookups.night, lookups.close_day), **kinds)
    steps = own.union(closing, _steps_of_pairs(pairs, wide), _steps_of_gaps(lookups, gaps))
    steps = steps.filter(steps.at < forever())
    nightly = steps.group_by("event_id", "at").agg(**{name: steps[name].sum() for name in kinds})
    so_far = ibis.window(group_by=nightly.event_id, order_by=nightly["at"], preceding=None, following=0)
    known = nightly.select("event_id", "at", **{name: nightly[name].sum().over(so_far) for name in kinds})
    known = known.join(lookups.select("event_id", "close_day", "superseded"), "event_id")
    thin = known.hollow + known.far > 0
    state = ibis.cases(
        (known.solid + known.long_open > 0, State.LINKED.value),
        (thin, State.THIN.value),
        (known.missing > 0, State.NOT_ASSESSABLE.value),
        ((known["at"] < known.close_day) | (known.late > 0), State.PENDING.value),
        else_=State.UNLINKED.value,
    )
    weakness = ibis.cases(
        (known.solid > 0, ""),
        (known.long_open > 0, LONG_OPEN),
        (known.hollow > 0, HOLLOW),
        (known.far > 0, FAR),
        else_="",
    )
    judged = known.select("event_id", "at", "superseded", state=state, weakness=weakness)
    each = ibis.window(group_by=judged.event_id, order_by=judged["at"])
    now = judged.state + judged.weakness
    changes = judged.mutate(now=now, before=now.lag().over(each)).filter(
        lambda t: t.before.isnull() | (t.before != t.now)
    )
    following = ibis.window(group_by=changes.event_id, order_by=changes["at"])
    spans = changes.select(
        "event_id",
        "state",
        "weakness",
        from_night=changes["at"],
        until_night=ibis.least(
            ibis.coalesce(changes["at"].lead().over(following), forever()), changes.superseded
        ),
    ).filter(lambda t: t.from_night < t.until_night)
    placed = spans.left_join(_places(pairs), "event_id")
    return placed.select(*spans.columns, place=ibis.coalesce(placed.place, ""))


def mismatches(lookups: ir.Table, versions: ir.Table, parties: ir.Table, gaps: ir.Table) -> ir.Table:
    """Find typed business numbers whose record names somebody else, or that are in no record.

    Args:
        lookups: event_id, subject_token, business_ref, rule, day, night, superseded.
        versions: Rows of `linkage.record_versions`, all records whose number was typed in among them.
        parties: Rows of `linkage.party_versions`.
        gaps: Rows of `coverage.gaps`.

    Returns:
        event_id, from_night, until_night, record_id, kind: the nights on which the record is known to name only
        other subjects (`NAMES_OTHERS`), or on which no record of that number is known (`IN_NO_RECORD`); and held_from: the night from
        which that is held against the look-up, which for a number in no record is when nearly all records of its day are there.
    """
    typed = lookups.filter(lookups.business_ref.notnull() & (lookups.business_ref != ""))
    first = versions.group_by("record_id").agg(known_from=versions.known_from.min())
    return _of_others(typed, first, parties).union(_in_no_record(typed, first, gaps))


def _in_no_record(typed: ir.Table, first: ir.Table, gaps: ir.Table) -> ir.Table:
    late = gaps.filter(gaps.gap == Gap.NUMBER.value).select("rule", "day", waits_until="until_night")
    found = typed.left_join(late, ["rule", "day"])
    found = found.left_join(first, found.business_ref == first.record_id)
    return found.select(
        "event_id",
        record_id="business_ref",
        from_night="night",
        until_night=ibis.least(ibis.coalesce(found.known_from, forever()), found.superseded),
        kind=ibis.literal(IN_NO_RECORD),
        held_from=ibis.greatest(found.night, ibis.coalesce(found.waits_until, found.night)),
    ).filter(lambda t: t.from_night < t.until_night)


def _of_others(typed: ir.Table, first: ir.Table, parties: ir.Table) -> ir.Table:
    named = first.join(parties, "record_id")
    named = named.select("record_id", "known_from", "party_from", party_token=named.subject_token)
    found = typed.join(named, typed.business_ref == named.record_id)
    per_event = found.group_by("event_id", "night", "superseded", "record_id").agg(
        known=ibis.greatest(found.known_from.min(), found.party_from.min()),
        matched=found.party_from.min(where=found.party_token == found.subject_token),
    )
    return (
        per_event.mutate(
            from_night=ibis.greatest(per_event.night, per_event.known),
            until_night=ibis.least(ibis.coalesce(per_event.matched, forever()), per_event.superseded),
        )
        .filter(lambda t: t.from_night < t.until_night)
        .select(
            "event_id",
            "record_id",
            "from_night",
            "until_night",
            kind=ibis.literal(NAMES_OTHERS),
            held_from="from_night",
        )
    )
