"""Who a look-up counts for: the requester before the typist, in the role and branch they had on the day."""

from __future__ import annotations

from datetime import time

import ibis
import ibis.expr.types as ir

from pipeline.evidence.nights import known_night

BEGINNING = "1900-01-01"
UNKNOWN_ROLE = "unknown"


def known_since(table: ir.Table, cutoff: time) -> ir.DateValue:
    """Return the night from which a row counts.

    A row that does not say when it was recorded always counts.
    """
    return ibis.coalesce(known_night(table.recorded_at_local, cutoff), ibis.date(BEGINNING))


def staff_periods(employees: ir.Table, cutoff: time) -> ir.Table:
    """Turn the staff feed's versions into periods, as they were known.

    A row holds from the later of the day it names and the night it became known, so a move that was recorded
    late changes nothing before it was recorded. The first row reaches back to the beginning when it does not
    say when it was recorded, because a look-up before it still has a person behind it.

    Args:
        employees: All versions of the staff feed.
        cutoff: The night's cut-off.

    Returns:
        One row a person and period: employee_id, role, branch_id, manager_id, shift, hired_on, left_on,
        from_day, to_day.
    """
    known = employees.mutate(
        known_from=known_since(employees, cutoff),
        valid=ibis.coalesce(employees.valid_from, employees.hired_on, ibis.date(BEGINNING)),
    )
    known = known.mutate(begins=ibis.greatest(known.known_from, known.valid))
    order = [known.begins, known.valid, known.batch_id, known.file_id, known.line]
    so_far = ibis.window(group_by=known.employee_id, order_by=order, preceding=None, following=0)
    # A correction of a period that is over must not end the one that holds.
    kept = known.mutate(newest=known.valid.max().over(so_far)).filter(lambda t: t.valid >= t.newest)
    own = ibis.window(
        group_by=kept.employee_id, order_by=[kept.begins, kept.valid, kept.batch_id, kept.file_id, kept.line]
    )
    numbered = kept.mutate(
        number=ibis.row_number().over(own),
        next_begins=kept.begins.lead().over(own),
        first_hired_on=kept.hired_on.min().over(ibis.window(group_by=kept.employee_id)),
    )
    gone = departures(employees, cutoff).select(leaver="employee_id", last_day="left_on")
    joined = numbered.left_join(gone, numbered.employee_id == gone.leaver)
    return joined.select(
        "employee_id",
        "role",
        "branch_id",
        "manager_id",
        "shift",
        hired_on=joined.first_hired_on,
        left_on=joined.last_day,
        from_day=(joined.number == 0).ifelse(joined.known_from, joined.begins),
        to_day=ibis.coalesce(joined.next_begins - ibis.interval(days=1), ibis.date("9999-12-31")),
    ).filter(lambda t: t.from_day <= t.to_day)


def departures(employees: ir.Table, cutoff: time) -> ir.Table:
    """Return employee_id, left_on, left_known: who left, after which day, and from which night that is known.

    Args:
        employees: All versions of the staff feed.
        cutoff: The night's cut-off.
    """
    order = [ibis.desc(employees.batch_id), ibis.desc(employees.file_id), ibis.desc(employees.line)]
    newest = ibis.window(group_by=[employees.employee_id, employees.valid_from], order_by=order)
    ranked = employees.mutate(
        version=ibis.row_number().over(newest), known_from=known_since(employees, cutoff)
    )
    last = ranked.filter(ranked.version == 0).group_by("employee_id").agg(left_on=lambda t: t.left_on.max())
    told = ranked.select(leaver="employee_id", told_on="left_on", known_from="known_from")
    joined = last.join(told, [last.employee_id == told.leaver, last.left_on == told.told_on])
    return joined.group_by("employee_id", "left_on").agg(left_known=joined.known_from.min())
