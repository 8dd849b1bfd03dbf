"""Applications that nothing ever happens to: no second person, no decision, no end, weeks after they were made.

An application invented to cover a look-up is left lying. An honest one is worked on: where the feed tells so of
nearly all applications of a kind, one of which it tells nothing has stalled, and is as hollow as one that was
taken back. A feed that does not fill these columns accuses nobody.
"""

from __future__ import annotations

from datetime import time

import ibis
import ibis.expr.types as ir

from pipeline.evidence.nights import forever, known_night
from pipeline.evidence.reasons import APPLICATION_KINDS

STALLED_WORKDAYS = 20
"""Working days without any step after which an application counts as stalled: most are decided within two weeks."""
LEAST_OF_AGE = 20
"""Fewer applications of a kind of that age, and nothing can be said of its feed."""
TOLD_TENTHS = 8
"""Tenths of a kind's applications of which the feed must have told a step in time, for silence to mean something."""
_BEYOND_DAYS = 40
"""Calendar days that stand for the working days where the calendar does not reach back: long past on any night."""


def stepped_night(records: ir.Table, cutoff: time) -> ir.DateValue:
    """Return the night that first knows of a step on a version of a record, null where it tells of none.

    Args:
        records: Versions of business records.
        cutoff: The night's cut-off.
    """
    known = known_night(records.recorded_at_local, cutoff)
    by_hand = records.second_person.notnull().ifelse(known, ibis.null("date"))
    times = [known_night(moment, cutoff) for moment in (records.decided_at_local, records.closed_at_local)]
    never = forever()
    first = ibis.least(*(ibis.coalesce(night, never) for night in (by_hand, *times)))
    return (first < never).ifelse(ibis.greatest(first, known), ibis.null("date"))


def of_age(known_from: ir.DateValue, created_day: ir.DateValue, after: ir.DateValue) -> ir.DateValue:
    """Return the night on which a record without a step is old enough to have stalled.

    Args:
        known_from: The night that first knows the record.
        created_day: The day on which it was made.
        after: The day `STALLED_WORKDAYS` later, null where the calendar does not reach back so far.
    """
    return ibis.greatest(known_from, ibis.coalesce(after, created_day + ibis.interval(days=_BEYOND_DAYS)))


def first_steps(records: ir.Table, workdays: ir.Table, cutoff: time) -> ir.Table:
    """Return record_id, kind, aged (the night it is of age), stepped (the night of its first step, or the end of time).

    Args:
        records: All versions of the business records.
        workdays: day → `plus_N`.
        cutoff: The night's cut-off.
    """
    applied = records.filter(records.kind.isin(APPLICATION_KINDS))
    seen = applied.mutate(
        known=known_night(applied.recorded_at_local, cutoff),
        stepped=ibis.coalesce(stepped_night(applied, cutoff), forever()),
        day=applied.created_at_local.date(),
    )
    each = seen.group_by("record_id", "kind").agg(
        known=seen.known.min(), stepped=seen.stepped.min(), day=seen.day.min()
    )
    later = workdays.select("day", after=f"plus_{STALLED_WORKDAYS}")
    joined = each.left_join(later, "day")
    return joined.select("record_id", "kind", "stepped", aged=of_age(joined.known, joined.day, joined.after))


def telling_kinds(steps: ir.Table) -> ir.Table:
    """Return kind, told_from: the night from which silence about an application of the kind means something.

    The first on which the feed had told of a step in time for nearly all applications that were of age by then.
    From there on it holds. Only what was known by that night counts, so a replay learns the same.

    Args:
        steps: Rows of `first_steps`.
    """
    in_time = (steps.stepped <= steps.aged).cast("int64")
    nightly = steps.mutate(told=in_time).group_by("kind", "aged")
    nightly = nightly.agg(n=lambda t: t.count(), told=lambda t: t.told.sum())
    so_far = ibis.window(group_by=nightly.kind, order_by=nightly.aged, preceding=None, following=0)
    known = nightly.select(
        "kind", "aged", n=nightly.n.sum().over(so_far), told=nightly.told.sum().over(so_far)
    )
    enough = known.filter((known.n >= LEAST_OF_AGE) & (known.told * 10 >= known.n * TOLD_TENTHS))
    return enough.group_by("kind").agg(told_from=enough.aged.min())


def silent_records(steps: ir.Table, kinds: ir.Table) -> ir.Table:
    """Return record_id, known: records of some kinds that stall, as far as is known, and the night of it.

    Args:
        steps: Rows of `first_steps`.
        kinds: kind, told_from.
    """
    silent = steps.filter(steps.stepped > steps.aged).join(kinds, "kind")
    return silent.select("record_id", known=ibis.greatest(silent.aged, silent.told_from))


def with_stalls(versions: ir.Table, telling: ir.Table) -> ir.Table:
    """Add the night on which a version stalls, and end the stall with a step that the version itself tells of.

    A source may write a decision into the row without a new time of writing: until its night the record has
    stalled, from then on it has not. Such a version becomes two.

    Args:
        versions: Record versions with kind, created_day, stalled_after (see `of_age`), known_from, known_until, stepped.
        telling: Rows of `telling_kinds`.

    Returns:
        The versions' columns with stalled_from, null where it never stalls; without stepped and stalled_after.
    """
    told = telling.select(told_kind="kind", told_from="told_from")
    joined = versions.left_join(told, versions.kind == told.told_kind)
    begins = ibis.greatest(
        joined.known_from, of_age(joined.known_from, joined.created_day, joined.stalled_after)
    )
    joined = joined.mutate(begins=ibis.greatest(begins, joined.told_from))
    ends = ibis.coalesce(joined.stepped, forever())
    stalls = joined.told_from.notnull() & (joined.begins < ibis.least(ends, joined.known_until))
    judged = joined.mutate(
        stalled_from=stalls.ifelse(joined.begins, ibis.null("date")),
        parted=stalls & (ends < joined.known_until),
    )
    whole = judged.mutate(known_until=judged.parted.ifelse(judged.stepped, judged.known_until))
    after = judged.filter(judged.parted).mutate(
        known_from=lambda t: t.stepped, stalled_from=ibis.null("date")
    )
    wanted = [
        *(name for name in versions.columns if name not in ("stepped", "stalled_after")),
        "stalled_from",
    ]
    return whole.select(*wanted).union(after.select(*wanted))
