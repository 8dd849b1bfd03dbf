"""Describe every act: when it fell, whose data it touched, from where. The marks are read off these columns.

Whatever looks back at other acts looks only at those that were known in time (on their own day's night), or
at acts of the same person, day and night. So a row that comes late changes its own day's counts and never
rewrites what an earlier night saw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time

import ibis
import ibis.expr.types as ir

from pipeline.evidence.lookups import Clockless, has_clock
from pipeline.evidence.nights import forever
from pipeline.evidence.people import departures, known_since
from pipeline.features.families.breadth import WATCHED
from pipeline.features.histories import FLAGS, Reach, flags
from pipeline.features.households import family_lookups
from pipeline.features.pace import pace
from pipeline.features.shifts import carried_over

CONSENT_REASONS = ("loan_approval", "card_approval", "guarantee", "legal_representative", "merchant")
"""Reasons for which the customer must have signed (domain.md section 4)."""

Keep = Callable[[str, ir.Table], ir.Table]
Asked = Callable[[ir.DateColumn], ir.BooleanColumn]


@dataclass(frozen=True)
class Surroundings:
    """What an act is described with; every table may be empty.

    Attributes:
        days: day, is_workday, day_number (a count of days).
        customers: All versions of the customers.
        absences: All versions of the absences.
        employees: All versions of the staff.
        members: Rows of `households.households`.
        customers_since: The first night on which the customers feed was there; None where it never came.
        begins: First day with look-ups.
        cutoff: The night's cut-off.
        clockless: Batches whose times of day say nothing, and since when or on which days.
    """

    days: ir.Table
    customers: ir.Table
    absences: ir.Table
    employees: ir.Table
    members: ir.Table
    customers_since: date | None
    begins: date
    cutoff: time
    clockless: Clockless = ()


def _narrow(dated: ir.Table) -> ir.Table:
    """Keep what the questions about other acts need: the wide rows would only be carried along."""
    return dated.select(
        "event_id",
        "entity",
        "employee_id",
        "role",
        "own_branch",
        "subject_token",
        "subject_city",
        "rule",
        "terminal_id",
        "account_id",
        "authorization_id",
        "operation",
        "data_category",
        "is_lookup",
        "day",
        "night",
        "day_number",
        second=dated.occurred_at.epoch_seconds(),
        hour=dated.has_clock.ifelse(dated.occurred_at_local.hour().cast("int64"), ibis.null("int64")),
        is_ok=dated.outcome == "ok",
        is_timely=dated.night == dated.day,
        hired_number=(dated.person_hired_on - ibis.date("1970-01-01")).cast("int64")
        + date(1970, 1, 1).toordinal(),
    )


def _on_shift(acts: ir.Table, carried: ir.Table) -> ir.Table:
    """Add shift_day: the day on which the shift began that an act belongs to."""
    late = carried.select(carried_id="event_id")
    joined = acts.left_join(late, acts.event_id == late.carried_id)
    over = joined.carried_id.notnull()
    return joined.mutate(shift_day=over.ifelse(joined.day - ibis.interval(days=1), joined.day)).drop(
        "carried_id"
    )


def _away(acts: ir.Table, around: Surroundings) -> ir.Table:
    """Return employee_id, day, shift_day, away_known.

    Days on which the person at the keyboard was away, and the night that first knew.
    """
    keys = ("employee_id", "day", "shift_day")
    present = acts.select(*keys).distinct()
    told = around.absences.select(
        "starts_on", "ends_on", absent="employee_id", since=known_since(around.absences, around.cutoff)
    )
    met = present.join(
        told,
        [
            present.employee_id == told.absent,
            told.starts_on <= present.shift_day,
            told.ends_on >= present.day,
        ],
    )
    return met.group_by(*keys).agg(away_known=met.since.min())


def _people(acts: ir.Table, around: Surroundings) -> ir.Table:
    """Add absent_from and left_from.

    The night from which the act is known to fall into an absence, or after leaving. The end of a shift that began before does not.
    """
    gone = departures(around.employees, around.cutoff)
    joined = acts.left_join(gone, "employee_id").drop("employee_id_right")
    keys = ("employee_id", "day", "shift_day")
    joined = joined.left_join(_away(acts, around), keys).drop(*(f"{key}_right" for key in keys))
    late = joined.shift_day > joined.left_on
    joined = joined.mutate(
        absent_from=joined.away_known.notnull().ifelse(
            ibis.greatest(joined.night, joined.away_known), ibis.null("date")
        ),
        left_from=ibis.coalesce(late, False).ifelse(
            ibis.greatest(joined.night, joined.left_known), ibis.null("date")
        ),
    )
    return joined.mutate(
        typist_absent=ibis.coalesce(joined.absent_from == joined.night, False),
        typist_left=ibis.coalesce(joined.left_from == joined.night, False),
    ).drop("away_known", "left_on", "left_known", "shift_day")


def _subjects(acts: ir.Table, around: Surroundings) -> ir.Table:
    """Add what the customers feed said of the subject when the act became known."""
    customers = around.customers.mutate(known_from=known_since(around.customers, around.cutoff))
    own = ibis.window(
        group_by=customers.subject_token,
        order_by=[customers.known_from, customers.batch_id, customers.file_id, customers.line],
    )
    versions = customers.mutate(known_until=ibis.coalesce(customers.known_from.lead().over(own), forever()))
    known = versions.filter(versions.known_from < versions.known_until).select(
        "asset_band",
        "segment",
        "known_from",
        "known_until",
        customer="subject_token",
        home_branch="home_branch_id",
    )
    joined = acts.left_join(
        known,
        [
            acts.subject_token == known.customer,
            acts.night >= known.known_from,
            acts.night < known.known_until,
        ],
    )
    since = around.customers_since
    return joined.mutate(
        is_customer=joined.customer.notnull(),
        has_customers=ibis.literal(False) if since is None else joined.night >= ibis.date(since.isoformat()),
    ).drop("customer", "known_from", "known_until")


def described_acts(acts: ir.Table, around: Surroundings, keep: Keep, asked: Asked | None = None) -> ir.Table:
    """Add every column that a mark may read.

    Args:
        acts: Rows of `lookups.acts`, machines left out.
        around: What to describe them with.
        keep: How a step's table is computed once.
        asked: The days that are described, by their column; all unless given. The others are only looked back at.
    """
    dated = acts.join(around.days.select("day", "is_workday", "day_number"), "day")
    dated = dated.mutate(has_clock=has_clock(dated, dated.day, around.clockless))
    narrow = keep("tw_narrow", _narrow(dated))
    dated = dated if asked is None else dated.filter(asked(dated.day))
    paced = keep("tw_pace", pace(narrow if asked is None else narrow.filter(asked(narrow.day))))
    flagged = keep("tw_flags", flags(narrow, Reach(around.begins)))
    families = keep("tw_families", family_lookups(narrow, around.members)).mutate(
        in_family=ibis.literal(True)
    )
    minute = dated.occurred_at_local.hour() * 60 + dated.occurred_at_local.minute()
    dated = dated.mutate(
        off_hours=dated.has_clock & ((minute < 450) | (minute >= 1170)),
        consent_needed=dated.rule.isin(CONSENT_REASONS),
        consent_bad=ibis.coalesce(dated.authorization_expires_on < dated.day, False)
        | ibis.coalesce(dated.authorization_signed_on > dated.day, False),
    )
    joined = _subjects(_people(_on_shift(dated, carried_over(narrow)), around), around)
    for table in (paced, flagged, families):
        joined = joined.left_join(table, "event_id").drop("event_id_right")
    false, zero = ibis.literal(False), ibis.literal(0, "int64")
    filled = joined.mutate(
        **{
            name: ibis.coalesce(joined[name], false)
            for name in (*FLAGS, "is_steady", "clashes", "is_alone", "in_family")
        },
        **{name: ibis.coalesce(joined[name], zero) for name in ("in_10min", "in_60min", "run_length")},
    )
    # Who looks at somebody well known after a colleague may just be curious too: each of them is asked.
    return filled.mutate(follows=filled.follows & ~ibis.coalesce(filled.segment.isin(WATCHED), false))
