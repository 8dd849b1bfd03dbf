"""Accounts that are one person's own, in somebody else's hands: a password that was lent, told or taken (domain.md F16, F17)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

WEEKS = 8
"""Whole weeks before an act's own that say whose an account is."""
LEAST_USES = 20
OWNERS_SHARE = 0.75
"""Share of an account's uses from which it is one person's own; below it, it is a desk's or a branch's."""
USED_TO = 5
"""Who used the account at least a fifth as often as its owner uses it with leave, so it seems."""


def others_account(acts: ir.Table) -> ir.Table:
    """Find acts under an account that is somebody else's own, and was not the person's to use.

    Args:
        acts: event_id, employee_id, account_id (null or empty where the log names none), day_number, is_timely.

    Returns:
        event_id of these acts.
    """
    named = acts.filter(acts.account_id.notnull() & (acts.account_id != "")).mutate(week=acts.day_number // 7)
    uses = (
        named.filter(named.is_timely)
        .group_by("account_id", "employee_id", "week")
        .agg(uses=lambda t: t.count())
    )
    # Only where several used an account is there a question: most are used by one person all their days.
    several = uses.group_by("account_id").agg(people=uses.employee_id.nunique())
    uses = uses.semi_join(several.filter(several.people > 1), "account_id")
    asked = uses.select("account_id", asked="week").distinct()
    met = asked.join(uses, ["account_id", uses.week < asked.asked, uses.week >= asked.asked - WEEKS])
    before = met.group_by("account_id", "asked", "employee_id").agg(uses=met.uses.sum())
    at = ibis.window(group_by=["account_id", "asked"])
    told = before.mutate(whole=before.uses.sum().over(at), most=before.uses.max().over(at))
    personal = told.filter((told.whole >= LEAST_USES) & (told.most >= OWNERS_SHARE * told.whole))
    owners = personal.select("account_id", "asked", "most").distinct()
    used_to = personal.filter(personal.uses * USED_TO >= personal.most)
    theirs = named.join(owners, [named.account_id == owners.account_id, named.week == owners.asked])
    return theirs.anti_join(
        used_to,
        [
            theirs.account_id == used_to.account_id,
            theirs.asked == used_to.asked,
            theirs.employee_id == used_to.employee_id,
        ],
    ).select("event_id")
