"""Who a look-up counts for: the requester before the typist, in the role and branch they had on the day."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

BEGINNING = "1900-01-01"
UNKNOWN_ROLE = "unknown"


def staff_periods(employees: ir.Table) -> ir.Table:
    """Turn the staff feed's versions into periods.

    Args:
        employees: Newest version of each (employee_id, valid_from).

    Returns:
        One row a person and period: employee_id, role, branch_id, manager_id, shift, hired_on, left_on, from_day, to_day.
        The first period reaches back to the beginning, because a look-up before it still has a person behind it.
    """
    begun = employees.mutate(
        begins=ibis.coalesce(employees.valid_from, employees.hired_on, ibis.date(BEGINNING))
    )
    own = ibis.window(group_by=begun.employee_id, order_by=[begun.begins, begun.line])
    numbered = begun.mutate(
        number=ibis.row_number().over(own),
        next_begins=begun.begins.lead().over(own),
        last_left_on=begun.left_on.max().over(ibis.window(group_by=begun.employee_id)),
        first_hired_on=begun.hired_on.min().over(ibis.window(group_by=begun.employee_id)),
    )
    return numbered.select(
        "employee_id",
        "role",
        "branch_id",
        "manager_id",
        "shift",
        hired_on=numbered.first_hired_on,
        left_on=numbered.last_left_on,
        from_day=(numbered.number == 0).ifelse(ibis.date(BEGINNING), numbered.begins),
        to_day=ibis.coalesce(numbered.next_begins - ibis.interval(days=1), ibis.date("9999-12-31")),
    ).filter(lambda t: t.from_day <= t.to_day)
