"""What is out of the ordinary for a branch, a role, a terminal: each answer is the set of acts it holds for.

The questions are asked of compact daily counts, not of the acts, and look back a fixed number of days: so a
day's answers depend on a bounded stretch of the log. Only acts that were known on their own day's night count
as history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir

from pipeline.features.accounts import others_account

HISTORY_DAYS = 60
"""Calendar days of the histories that say what is usual."""
LOOK_BACK_DAYS = 66
"""Calendar days before an act that its description may depend on."""
FRESH_DAYS = 5
"""Calendar days for which a terminal, or an account that woke up, is new."""
CROWD = 4
"""Accounts on one terminal on one day from which it is crowded."""
CO_QUERY_DAYS = 10

FLAGS = (
    "far_region",
    "new_terminal",
    "others_terminal",
    "others_account",
    "crowded_terminal",
    "foreign_reason",
    "co_queried",
    "others_fresh",
    "follows",
    "consent_reused",
    "repeated",
    "woken",
)
"""The columns that `flags` answers, all of them true for few acts."""


def counted(acts: ir.Table, keys: list[str]) -> ir.Table:
    """Count timely acts per keys and day.

    A day with late acts only counts none, but is there to be asked about.
    """
    return acts.group_by(*keys, "day_number").agg(today=acts.is_timely.cast("int64").sum())


def over_days(daily: ir.Table, keys: list[str], name: str, days: int = HISTORY_DAYS) -> ir.Table:
    """Sum `today` over the last `days` days, the day itself included: keys, day_number, `name`."""
    summed = daily.group_by(*keys, "day_number").agg(today=daily.today.sum())
    recent = ibis.range_window(
        group_by=[summed[key] for key in keys], order_by=summed.day_number, preceding=days - 1, following=0
    )
    return summed.select(*keys, "day_number", **{name: summed.today.sum().over(recent)})


def _beside(daily: ir.Table, *histories: tuple[list[str], str, int]) -> ir.Table:
    """Put several histories beside daily counts."""
    joined = daily
    for keys, name, days in histories:
        by = [*keys, "day_number"]
        joined = joined.left_join(over_days(daily, keys, name, days), by).drop(
            *(f"{key}_right" for key in by)
        )
    return joined


def _acts_of(acts: ir.Table, hits: ir.Table, keys: list[str], name: str) -> ir.Table:
    """Return event_id, flag for the acts whose keys are among the hits."""
    found = acts.semi_join(hits.select(*keys).distinct(), keys)
    return found.select("event_id", flag=ibis.literal(name))


def _far_region(acts: ir.Table) -> ir.Table:
    """Hardly anybody else of the branch looks up people from this city."""
    located = acts.filter(acts.subject_city.notnull() & acts.own_branch.notnull())
    keys = ["own_branch", "entity", "subject_city"]
    both = _beside(
        counted(located, keys),
        (["own_branch", "subject_city"], "branch_city", HISTORY_DAYS),
        (["own_branch"], "branch_all", HISTORY_DAYS),
        (keys, "own_city", HISTORY_DAYS),
        (["own_branch", "entity"], "own_all", HISTORY_DAYS),
    )
    others_city, others_all = both.branch_city - both.own_city, both.branch_all - both.own_all
    hits = both.filter((others_all >= 20) & (others_city * 50 < others_all))
    return _acts_of(located, hits, [*keys, "day_number"], "far_region")


def _terminals(acts: ir.Table) -> list[ir.Table]:
    """Terminals that the account did not use before, that are mostly others', or on which accounts crowd."""
    seated = acts.filter(acts.terminal_id.notnull())
    keys = ["employee_id", "terminal_id"]
    by = [*keys, "day_number"]
    use = _beside(
        counted(seated, keys),
        (keys, "own_use", HISTORY_DAYS),
        (["terminal_id"], "all_use", HISTORY_DAYS),
        (keys, "own_lately", FRESH_DAYS),
        (keys, "own_longer", HISTORY_DAYS + FRESH_DAYS),
        (["employee_id"], "account_month", 20),
        (["employee_id"], "account_longer", HISTORY_DAYS + FRESH_DAYS),
    )
    fresh = use.filter((use.own_longer == use.own_lately) & (use.account_longer > use.account_month))
    foreign = use.filter((use.all_use >= 20) & (use.own_use * 5 < use.all_use))
    crowds = use.filter(use.today > 0).group_by("terminal_id", "day_number").agg(accounts=lambda t: t.count())
    return [
        _acts_of(seated, fresh, by, "new_terminal"),
        _acts_of(seated, foreign, by, "others_terminal"),
        _acts_of(
            seated, crowds.filter(crowds.accounts >= CROWD), ["terminal_id", "day_number"], "crowded_terminal"
        ),
    ]


def _foreign_reason(acts: ir.Table) -> ir.Table:
    """Others of the role hardly ever give this reason."""
    stated = acts.filter(acts.is_lookup)
    keys = ["role", "entity", "rule"]
    both = _beside(
        counted(stated, keys),
        (["role", "rule"], "role_rule", HISTORY_DAYS),
        (["role"], "role_all", HISTORY_DAYS),
        (keys, "own_rule", HISTORY_DAYS),
        (["role", "entity"], "own_all", HISTORY_DAYS),
    )
    others_rule, others_all = both.role_rule - both.own_rule, both.role_all - both.own_all
    hits = both.filter((others_all >= 100) & (others_rule * 200 < others_all))
    return _acts_of(stated, hits, [*keys, "day_number"], "foreign_reason")


def _co_queried(acts: ir.Table) -> ir.Table:
    """Somebody of another branch looked the same customer up within the ten days before."""
    looked = acts.filter(acts.is_lookup & acts.own_branch.notnull())
    keys = ["subject_token", "own_branch", "day_number"]
    touched = looked.filter(looked.is_timely).select(*keys).distinct()
    # Late look-ups ask too: left out here, whether one meets others would hang on what comes after it.
    shared = looked.group_by("subject_token").agg(branches=lambda t: t.own_branch.nunique())
    others = touched.semi_join(shared.filter(shared.branches > 1), "subject_token")
    others = others.select(token=others.subject_token, number=others.day_number, branch=others.own_branch)
    asked = looked.select(*keys).distinct()
    met = asked.join(
        others,
        [
            asked.subject_token == others.token,
            asked.own_branch != others.branch,
            others.number <= asked.day_number,
            others.number >= asked.day_number - CO_QUERY_DAYS,
        ],
    )
    return _acts_of(looked, met, keys, "co_queried")


def _others_fresh(acts: ir.Table) -> ir.Table:
    """A view or copy of a customer whom others had looked up since yesterday, and the person had not."""
    keys = ["subject_token", "day_number", "entity"]
    copies = acts.filter(acts.operation.isin(["view", "print", "export"]) & acts.is_ok)
    copied = copies.select(*keys).distinct()
    asked = acts.filter((acts.operation == "query") & acts.is_ok & acts.is_timely)
    asked = asked.select(token=asked.subject_token, number=asked.day_number, asker=asked.entity).distinct()
    met = copied.join(
        asked,
        [
            copied.subject_token == asked.token,
            asked.number <= copied.day_number,
            asked.number >= copied.day_number - 1,
        ],
    )
    hits = met.group_by(*keys).agg(own=(met.asker == met.entity).max()).filter(lambda t: ~t.own)
    return _acts_of(copies, hits, keys, "others_fresh")


def _follows(acts: ir.Table) -> ir.Table:
    """A view of what a colleague of the branch had queried since yesterday, and the person had not.

    What business it was for is asked of the query. Asked of whoever reviews it too, one clerk's sales would accuse
    the branch's manager.
    """
    keys = ["subject_token", "data_category", "own_branch", "day_number", "entity"]
    looked = acts.filter(acts.is_lookup & acts.own_branch.notnull()).mutate(
        data_category=ibis.coalesce(acts.data_category, "")
    )
    views = looked.filter(looked.operation == "view")
    seen = views.select(*keys).distinct()
    asked = looked.filter((looked.operation == "query") & looked.is_timely).select(
        "subject_token", kind="data_category", branch="own_branch", number="day_number", asker="entity"
    )
    met = seen.join(
        asked.distinct(),
        [
            "subject_token",
            seen.data_category == asked.kind,
            seen.own_branch == asked.branch,
            asked.number <= seen.day_number,
            asked.number >= seen.day_number - 1,
        ],
    )
    hits = met.group_by(*keys).agg(own=(met.asker == met.entity).max()).filter(lambda t: ~t.own)
    return _acts_of(views, hits, keys, "follows")


def _consent_reused(acts: ir.Table) -> ir.Table:
    """The consent's number had already served, or serves on the same day, for another customer."""
    filed = acts.filter(acts.authorization_id.notnull() & (acts.authorization_id != ""))
    keys = ["authorization_id", "subject_token", "day_number"]
    seen = filed.select(*keys).distinct()
    shared = seen.group_by("authorization_id").agg(people=lambda t: t.subject_token.nunique())
    seen = seen.semi_join(shared.filter(shared.people > 1), "authorization_id")
    timely = filed.filter(filed.is_timely).semi_join(shared.filter(shared.people > 1), "authorization_id")
    others = timely.select(paper="authorization_id", other="subject_token", number="day_number").distinct()
    met = seen.join(
        others,
        [
            seen.authorization_id == others.paper,
            seen.subject_token != others.other,
            others.number <= seen.day_number,
            others.number > seen.day_number - HISTORY_DAYS,
        ],
    )
    return _acts_of(filed, met, keys, "consent_reused")


def _repeated(acts: ir.Table) -> ir.Table:
    """The person looked this customer up on an earlier day within 30 days."""
    looked = acts.filter(acts.is_lookup)
    keys = ["entity", "subject_token", "day_number"]
    daily = counted(looked, keys[:2])
    again = daily.group_by(keys[:2]).agg(days=daily.count())  # most customers are met on one day only
    daily = daily.semi_join(again.filter(again.days > 1), keys[:2])
    # The sum over the days before is what the window holds beyond the day itself.
    month = over_days(daily, keys[:2], "month", 31)
    hits = daily.join(month, keys).filter(lambda t: t.month > t.today)
    return _acts_of(looked, hits, keys, "repeated")


def _woken(acts: ir.Table, begins: date) -> ir.Table:
    """The account had been silent for sixty days, and had been there before."""
    daily = counted(acts, ["employee_id"])
    both = _beside(
        daily,
        (["employee_id"], "lately", FRESH_DAYS),
        (["employee_id"], "longer", HISTORY_DAYS + FRESH_DAYS),
    )
    hits = both.filter(
        (both.lately == both.longer) & (both.day_number >= begins.toordinal() + LOOK_BACK_DAYS)
    )
    settled = ibis.coalesce(acts.hired_number < acts.day_number - LOOK_BACK_DAYS, False)
    return _acts_of(acts.filter(settled), hits, ["employee_id", "day_number"], "woken")


@dataclass(frozen=True)
class Reach:
    """Where the log begins, so that silence before it is not taken for silence."""

    begins: date


def flags(acts: ir.Table, reach: Reach) -> ir.Table:
    """Return event_id and the columns of FLAGS for the acts for which any of them holds.

    Args:
        acts: event_id, entity, employee_id, role, own_branch, subject_token, subject_city, rule, terminal_id,
            account_id, authorization_id, operation, data_category, is_ok, is_lookup, day_number, hired_number, is_timely.
        reach: Where the log begins.
    """
    parts = [
        _far_region(acts),
        *_terminals(acts),
        others_account(acts).mutate(flag=ibis.literal("others_account")),
        _foreign_reason(acts),
        _co_queried(acts),
        _others_fresh(acts),
        _follows(acts),
        _consent_reused(acts),
        _repeated(acts),
        _woken(acts, reach.begins),
    ]
    stacked = parts[0].union(*parts[1:])
    return stacked.group_by("event_id").agg(**{name: (stacked.flag == name).max() for name in FLAGS})
