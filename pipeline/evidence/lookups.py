"""The look-ups themselves, with the person they count for and the night from which they are known."""

from __future__ import annotations

from datetime import date, time

import ibis
import ibis.expr.types as ir

from pipeline.evidence.corrections import night_of
from pipeline.evidence.nights import forever
from pipeline.evidence.people import UNKNOWN_ROLE, known_since
from pipeline.evidence.reasons import RULE_OF, UNSTATED

LOOKUP_OPERATIONS = ("query", "view")

Clockless = tuple[tuple[frozenset[int], date | tuple[date, ...]], ...]
"""Batches whose times of day say nothing: from the day on from which their source writes 12-hour clocks, or on the days that have dates alone."""


def has_clock(rows: ir.Table, day: ir.DateValue, clockless: Clockless) -> ir.BooleanValue:
    """Tell whether a row's time of day says anything.

    Args:
        rows: Rows with their batch_id.
        day: The row's day.
        clockless: Batches whose times of day say nothing.
    """
    told = ibis.literal(True)
    for batches, when in clockless:
        silent = day.isin(list(when)) if isinstance(when, tuple) else day >= ibis.date(when)
        told = told & ~(rows.batch_id.isin(sorted(batches)) & silent)
    return told


def acts(access_log: ir.Table, staff: ir.Table, machines: ir.Table, cutoff: time) -> ir.Table:
    """Attribute every act of the access log to a person.

    Args:
        access_log: Rows of `corrections.standing`; rows without `superseded` stand for good.
        staff: Periods of `people.staff_periods`.
        machines: The register of service accounts, all versions.
        cutoff: The night's cut-off.

    Returns:
        The access log's columns with: entity (the requester, else the employee), role and branch of the
        entity on the day, typist_branch, day, night (the first that may use the row), rule (canonical reason,
        else `unstated`), is_machine, is_lookup (a successful query or view).
    """
    if "superseded" not in access_log.columns:
        access_log = access_log.mutate(superseded=forever())
    log = access_log.mutate(
        entity=ibis.coalesce(access_log.requester_id.nullif(""), access_log.employee_id),
        day=access_log.business_day,
        rule=ibis.coalesce(access_log.reason, "").isin(list(RULE_OF)).ifelse(access_log.reason, UNSTATED),
        is_lookup=access_log.operation.isin(LOOKUP_OPERATIONS) & (access_log.outcome == "ok"),
    )
    log = log.mutate(night=night_of(log, cutoff))
    registered = machines.group_by(machine_id=machines.account_id).agg(
        machine_known=known_since(machines, cutoff).min()
    )
    person = staff.select(
        person_id=staff.employee_id,
        person_role=staff.role,
        person_branch=staff.branch_id,
        person_hired_on=staff.hired_on,
        person_left_on=staff.left_on,
        person_from=staff.from_day,
        person_to=staff.to_day,
    )
    joined = log.left_join(
        person, [log.entity == person.person_id, log.day >= person.person_from, log.day <= person.person_to]
    ).left_join(registered, [log.employee_id == registered.machine_id, log.night >= registered.machine_known])
    return joined.mutate(
        role=ibis.coalesce(joined.person_role, UNKNOWN_ROLE),
        own_branch=ibis.coalesce(joined.person_branch, joined.branch_id),
        is_machine=joined.machine_id.notnull(),
    ).drop(
        "machine_id", "machine_known", "person_id", "person_role", "person_branch", "person_from", "person_to"
    )
