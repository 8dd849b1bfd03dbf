"""Which records support which look-ups, from which night to which (contract.md section 2).

Nothing here asks "what is known tonight". Each pair of look-up and record carries the nights between which it
holds, so the same rows answer for every night: a replay reads them as of its own date, and what came later
changes nothing.
"""

from __future__ import annotations

from datetime import time

import ibis
import ibis.expr.types as ir

from pipeline.evidence.lookups import Clockless, has_clock
from pipeline.evidence.nights import forever, known_night
from pipeline.evidence.reasons import (
    AFTER_DECISION_DAYS,
    APPLICATION_KINDS,
    DECIDED_KINDS,
    OPEN_DAYS,
    RULES,
    WITHDRAWN,
    Mode,
)
from pipeline.evidence.stalled import STALLED_WORKDAYS, stepped_night, with_stalls


def record_versions(
    records: ir.Table,
    workdays: ir.Table,
    cutoff: time,
    clockless: Clockless = (),
    telling: ir.Table | None = None,
) -> ir.Table:
    """Turn the versions of business records into nights: known_from, known_until, hollow_from.

    Args:
        records: All versions of the business records.
        workdays: day → `plus_N`, the Nth working day after.
        cutoff: The night's cut-off.
        clockless: Batches whose times of day say nothing.
        telling: Rows of `stalled.telling_kinds`; None where nobody asks which records are hollow.

    Returns:
        record_id, kind, record_has_clock (its time of day says something), record_branch, created_by,
        created_at, created_day, closed_day, open_until (the last day on which it counts as open, or null), second_person,
        known_from, known_until (exclusive), hollow_from (the
        night from which it counts as taken back within a working day, or as stalled, or null).
    """
    known = records.mutate(
        known_from=known_night(records.recorded_at_local, cutoff),
        created_day=records.created_at_local.date(),
        stepped=stepped_night(records, cutoff),
    )
    order = ibis.window(
        group_by=known.record_id, order_by=[known.known_from, known.batch_id, known.file_id, known.line]
    )
    versions = known.mutate(known_until=ibis.coalesce(known.known_from.lead().over(order), forever()))
    versions = versions.filter(
        versions.known_from < versions.known_until
    )  # two versions of one night: the later counts
    next_day = workdays.select(
        created_day="day", next_workday="plus_1", stalled_after=f"plus_{STALLED_WORKDAYS}"
    )
    joined = versions.left_join(next_day, "created_day")
    taken_back = joined.status.lower().isin(WITHDRAWN) & (
        joined.closed_at_local.date() <= joined.next_workday
    )
    found = joined.select(
        "record_id",
        "kind",
        "created_by",
        "created_at",
        "created_day",
        "second_person",
        "known_from",
        "known_until",
        "stepped",
        "stalled_after",
        record_has_clock=has_clock(joined, joined.created_day, clockless),
        record_branch=joined.branch_id,
        closed_day=joined.closed_at_local.date(),
        open_until=_open_until(joined),
        withdrawn_from=taken_back.ifelse(
            ibis.greatest(joined.known_from, known_night(joined.closed_at_local, cutoff)), ibis.null("date")
        ),
    )
    if telling is None:
        return found.drop("stepped", "stalled_after").rename(hollow_from="withdrawn_from")
    judged = with_stalls(found, telling)
    never = forever()
    first = ibis.least(ibis.coalesce(judged.withdrawn_from, never), ibis.coalesce(judged.stalled_from, never))
    return judged.mutate(hollow_from=first.nullif(never)).drop("withdrawn_from", "stalled_from")


def _open_until(records: ir.Table) -> ir.DateValue:
    """Return the last day on which business counts as open, null while it has no end."""
    worked_on = records.decided_at_local.date() + ibis.interval(days=AFTER_DECISION_DAYS)
    after = records.kind.isin(DECIDED_KINDS).ifelse(worked_on, ibis.null("date"))
    return ibis.coalesce(records.closed_at_local.date(), after)


def _lasts(pair: ir.Table) -> ir.BooleanValue:
    """Tell whether business without an end is no older than business of its kind lasts."""
    limits = (
        (pair.kind == kind, pair.created_day + ibis.interval(days=days)) for kind, days in OPEN_DAYS.items()
    )
    return pair.open_until.notnull() | (ibis.cases(*limits, else_=pair.day) >= pair.day)


def party_versions(parties: ir.Table, cutoff: time) -> ir.Table:
    """Return record_id, subject_token, party_from: the night that first knows the subject on the record.

    A party row without a time of its own is known together with its record.
    """
    seen = parties.mutate(party_from=known_night(parties.recorded_at_local, cutoff))
    return seen.group_by("record_id", "subject_token").agg(
        party_from=ibis.coalesce(seen.party_from.min(), ibis.date("1900-01-01"))
    )


def seen_parties(parties: ir.Table, records: ir.Table, cutoff: time) -> ir.Table:
    """Let no party be known before its record is.

    Args:
        parties: Rows of `party_versions`.
        records: All versions of the business records.
        cutoff: The night's cut-off.
    """
    told = records.group_by("record_id").agg(told=known_night(records.recorded_at_local, cutoff).min())
    joined = parties.join(told, "record_id")
    return joined.mutate(party_from=ibis.greatest(joined.party_from, joined.told)).drop("told")


def _in_time(
    pair: ir.Table, mode: Mode, rule_days: int, minutes: tuple[int, int], closed_days: int, close_column: str
) -> ir.BooleanValue:
    created, day = pair.created_day, pair.day
    fresh = (created >= day - ibis.interval(days=rule_days)) & (created <= pair[close_column])
    if mode is Mode.CREATED:
        return fresh
    still_open = (created <= day) & (pair.open_until.isnull() | (pair.open_until >= day))
    if mode is Mode.CREATED_OR_OPEN:
        return fresh | still_open
    if mode is Mode.CREATED_OR_UNDER_WAY:
        return fresh | (still_open & _lasts(pair))
    if mode is Mode.ACTIVE:
        return (created <= day) & (
            pair.closed_day.isnull() | (pair.closed_day >= day - ibis.interval(days=closed_days))
        )
    if mode is Mode.MINUTES:
        # In UTC: on the wall clock the hours in which clocks change would stretch and shrink.
        by_the_minute = (pair.created_at >= pair.occurred_at - ibis.interval(minutes=minutes[0])) & (
            pair.created_at <= pair.occurred_at + ibis.interval(minutes=minutes[1])
        )
        # Where either side's time of day says nothing, three may be fifteen: the day is all that is known.
        return (pair.has_clock & pair.record_has_clock).ifelse(by_the_minute, created == day)
    return pair.business_ref == pair.record_id


def _is_long_open(pair: ir.Table) -> ir.BooleanValue:
    """Tell whether an application explains a look-up only because nothing tells of its end: it was made before the reason's window."""
    modes = (Mode.CREATED_OR_OPEN, Mode.CREATED_OR_UNDER_WAY)
    earliest = (
        (pair.rule == rule.reason, pair.day - ibis.interval(days=rule.before_days))
        for rule in RULES
        if rule.mode in modes
    )
    before_all = ibis.cases(*earliest, else_=ibis.date("1900-01-01"))
    return pair.kind.isin(DECIDED_KINDS) & pair.open_until.isnull() & (pair.created_day < before_all)


def close_column(workdays: int) -> str:
    """Name the calendar column that holds the day after which a record may no longer come."""
    return f"plus_{workdays}"


def supporting_pairs(lookups: ir.Table, versions: ir.Table, parties: ir.Table) -> ir.Table:
    """Pair each look-up with every record version that supports its reason, near or far.

    Args:
        lookups: Rows of `lookups.acts` that are look-ups, with `has_clock`, joined with the calendar's
            `plus_…` columns.
        versions: Rows of `record_versions`.
        parties: Rows of `party_versions`.

    Returns:
        event_id, entity, role, rule, day, night, record_id, kind, from_night, until_night, is_near_person
        (created by the person, the requester or their branch, or no telling), is_hollow, hollow_from,
        is_long_open (an application that explains only because nothing tells of its end), unit (whose record it is),
        own_night (the pair was known on the night of the look-up's own day).
    """
    named = lookups.join(parties, "subject_token").join(versions, "record_id")
    supports = ibis.literal(False)
    for rule in RULES:
        fits = _in_time(
            named,
            rule.mode,
            rule.before_days,
            (rule.before_minutes, rule.after_minutes),
            rule.closed_days,
            close_column(rule.after_workdays),
        )
        supports |= (named.rule == rule.reason) & named.kind.isin(rule.kinds) & fits
    pairs = named.filter(supports)
    by_person = ibis.coalesce(
        (pairs.created_by == pairs.entity) | (pairs.created_by == pairs.employee_id), False
    )
    of_branch = ibis.coalesce(pairs.record_branch == pairs.own_branch, False)
    no_telling = pairs.created_by.isnull() & pairs.record_branch.isnull()
    self_made = (
        by_person & (pairs.created_at > pairs.occurred_at) & ~ibis.coalesce(pairs.second_person, False)
    )
    alone = ~ibis.coalesce(pairs.second_person, True)
    pairs = pairs.mutate(
        from_night=ibis.greatest(pairs.night, pairs.known_from, pairs.party_from),
        is_near_person=by_person | of_branch | no_telling,
        is_hollow=pairs.kind.isin(APPLICATION_KINDS) & (self_made | alone),
        is_long_open=_is_long_open(pairs),
    )
    return pairs.select(
        "event_id",
        "entity",
        "role",
        "rule",
        "day",
        "night",
        "record_id",
        "kind",
        "from_night",
        "is_near_person",
        "is_hollow",
        "is_long_open",
        until_night=pairs.known_until,
        hollow_from=pairs.kind.isin(APPLICATION_KINDS).ifelse(pairs.hollow_from, ibis.null("date")),
        unit=ibis.coalesce(pairs.record_branch, pairs.created_by),
        own_night=pairs.from_night <= pairs.day,
    ).filter(lambda t: t.from_night < t.until_night)


def near_per_day(pairs: ir.Table) -> ir.Table:
    """Count, per role, kind and day, look-ups that a record supports (total), and those with a near one (near).

    Args:
        pairs: Rows of `supporting_pairs`.
    """
    known = pairs.filter(pairs.own_night)
    each = known.group_by("event_id", "role", "kind", "day").agg(near=known.is_near_person.max())
    return each.group_by("role", "kind", "day").agg(total=each.count(), near=each.near.sum())


def bank_wide(pairs: ir.Table, days: ir.Table, configured: ir.Table, memory_days: int = 60) -> ir.Table:
    """Learn which kinds of records a role handles for the whole bank.

    A role does so when, of its look-ups in the last `memory_days` days that a record of the kind supports,
    fewer than half have one that is near the person. Only what was known on each look-up's own night counts,
    so a replay learns the same.

    Args:
        pairs: Rows of `supporting_pairs`.
        days: One row a day of the span.
        configured: role, kind, is_wide set by the operator; they win.
        memory_days: Days looked back, the day itself included.

    Returns:
        role, kind, day for each day on which the role handled the kind for the whole bank.

    Source: design.md decision 16.
    """
    return wide_from(near_per_day(pairs), days, configured, memory_days)


def wide_from(daily: ir.Table, days: ir.Table, configured: ir.Table, memory_days: int = 60) -> ir.Table:
    """Learn the same from rows of `near_per_day`."""
    grid = daily.select("role", "kind").distinct().cross_join(days.select("day"))
    filled = grid.left_join(daily, ["role", "kind", "day"])
    recent = ibis.window(
        group_by=[filled.role, filled.kind], order_by=filled.day, preceding=memory_days - 1, following=0
    )
    sums = filled.select(
        "role",
        "kind",
        "day",
        total=ibis.coalesce(filled.total, 0).sum().over(recent),
        near=ibis.coalesce(filled.near, 0).sum().over(recent),
    )
    judged = sums.left_join(configured, ["role", "kind"])
    learned = (judged.total >= 5) & (judged.near * 2 < judged.total)
    return judged.filter(ibis.coalesce(judged.is_wide, learned)).select("role", "kind", "day")
