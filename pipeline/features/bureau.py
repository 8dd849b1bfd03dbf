"""What the credit bureau sent back: look-ups that it found unusual, set beside the person they are of."""

from __future__ import annotations

from datetime import time

import ibis
import ibis.expr.types as ir

from pipeline.evidence.people import BEGINNING, known_since


def told(findings: ir.Table, acts: ir.Table, cutoff: time) -> ir.Table:
    """Set each finding of the bureau beside its person, day and the night that first knew of it.

    A bureau knows credentials, not people: one that a single person used on that day is that person's, one
    that several used is nobody's.

    Args:
        findings: All versions of the bureau's findings.
        acts: employee_id, account_id, day: the acts of the log.
        cutoff: The night's cut-off.

    Returns:
        finding_id, kind, person (null where nobody can be named), finding_branch, day, night.
    """
    day = ibis.coalesce(findings.occurred_at_local.date(), findings.received_on)
    dated = findings.mutate(
        day=day,
        since=ibis.greatest(
            known_since(findings, cutoff), ibis.coalesce(findings.received_on, ibis.date(BEGINNING))
        ),
    ).filter(day.notnull())
    used = acts.filter(acts.account_id.notnull() & (acts.account_id != ""))
    users = used.group_by("account_id", "day").agg(
        people=used.employee_id.nunique(), only=used.employee_id.min()
    )
    sole = users.filter(users.people == 1).select(credential="account_id", used_on="day", only="only")
    named = dated.left_join(sole, [dated.account_id == sole.credential, dated.day == sole.used_on])
    named = named.mutate(person=ibis.coalesce(named.employee_id.nullif(""), named.only))
    # The same finding may come in several lists; it is told once, by the first.
    return named.group_by("finding_id", "kind", "person", "day", finding_branch=named.branch_id).agg(
        night=ibis.greatest(named.since.min(), named.day.min())
    )


def bureau_listed(found: ir.Table) -> ir.Table:
    """Count the bureau's findings per person, day and night.

    Args:
        found: Rows of `told`.

    Returns:
        person, day, night, bureau_listed.
    """
    of_people = found.filter(found.person.notnull())
    return of_people.group_by("person", "day", "night").agg(bureau_listed=of_people.count().cast("int64"))
