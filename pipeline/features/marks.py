"""Describe every act: when it fell, whose data it touched, from where, after what. The marks are read off these columns.

Whatever looks back at other acts looks only at those that were known in time (on their own day's night), or at acts of the same
person, day and night. So a row that comes late changes its own day's counts and never rewrites what an earlier night saw.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

CONSENT_REASONS = ("loan_approval", "card_approval", "guarantee", "legal_representative", "merchant")
"""Reasons for which the customer must have signed (domain.md section 4)."""

HISTORY_DAYS = 60
"""Calendar days of the histories that say what is usual for a branch, a role, a terminal."""


@dataclass(frozen=True)
class Surroundings:
    """What an act is described with; every table may be empty.

    Attributes:
        days: day, is_workday, day_number (a count of days).
        customers: Newest version of each customer.
        absences: The absences feed.
        staff: Periods of `people.staff_periods`.
        has_customers: Whether the bank sends a customers feed at all.
    """

    days: ir.Table
    customers: ir.Table
    absences: ir.Table
    staff: ir.Table
    has_customers: bool


def _history(timely: ir.Table, keys: list[str], name: str, days: int = HISTORY_DAYS) -> ir.Table:
    """Count acts per key over the last `days` days, today included: keys, day_number, `name`."""
    daily = timely.group_by(*keys, "day_number").agg(today=timely.count())
    recent = ibis.range_window(
        group_by=[daily[key] for key in keys], order_by=daily.day_number, preceding=days - 1, following=0
    )
    return daily.select(*keys, "day_number", **{name: daily.today.sum().over(recent)})


def _in_day(acts: ir.Table) -> ir.Table:
    """Add in_10min, in_60min, gap_seconds: how fast one look-up came after another."""
    own = [acts.entity, acts.day, acts.night, acts.is_lookup]
    seconds = acts.occurred_at_local.epoch_seconds()
    timed = acts.mutate(second=seconds)

    def within(minutes: int) -> ir.IntegerValue:
        window = ibis.range_window(
            group_by=[timed[key.get_name()] for key in own],
            order_by=timed.second,
            preceding=minutes * 60,
            following=0,
        )
        return timed.is_lookup.cast("int64").sum().over(window)

    before = ibis.window(
        group_by=[timed.employee_id, timed.day, timed.night, timed.is_lookup],
        order_by=[timed.second, timed.event_id],
    )
    return timed.mutate(
        in_10min=within(10), in_60min=within(60), gap_seconds=timed.second - timed.second.lag().over(before)
    )


def _people(acts: ir.Table, around: Surroundings) -> ir.Table:
    """Add what the staff and absences feeds say of the person at the keyboard."""
    left = around.staff.group_by("employee_id").agg(typist_left_on=around.staff.left_on.max())
    away = (
        around.absences.join(
            around.days.select("day"),
            [around.absences.starts_on <= around.days.day, around.absences.ends_on >= around.days.day],
        )
        .select("employee_id", "day")
        .distinct()
        .mutate(away=ibis.literal(True))
    )
    joined = acts.left_join(left, "employee_id").drop("employee_id_right")
    joined = joined.left_join(away, ["employee_id", "day"]).drop("employee_id_right", "day_right")
    return joined.mutate(
        typist_absent=joined.away.notnull(),
        typist_left=ibis.coalesce(joined.day > joined.typist_left_on, False),
    ).drop("away", "typist_left_on")


def _subjects(acts: ir.Table, around: Surroundings) -> ir.Table:
    """Add what the customers feed says of the subject."""
    known = around.customers.select(
        "subject_token",
        "asset_band",
        "segment",
        home_branch=around.customers.home_branch_id,
        is_known=ibis.literal(True),
    )
    joined = acts.left_join(known, "subject_token").drop("subject_token_right")
    return joined.mutate(
        is_customer=joined.is_known.notnull(), has_customers=ibis.literal(around.has_customers)
    ).drop("is_known")


def _region(acts: ir.Table, timely: ir.Table) -> ir.Table:
    """Add far_region: hardly anybody else of the branch looks up people from this city."""
    located = timely.filter(timely.subject_city.notnull())
    city = _history(located, ["own_branch", "subject_city"], "branch_city")
    branch = _history(located, ["own_branch"], "branch_all")
    own_city = _history(located, ["entity", "own_branch", "subject_city"], "own_city")
    own = _history(located, ["entity", "own_branch"], "own_all")
    joined = acts
    for history in (city, branch, own_city, own):
        keys = [
            name
            for name in history.columns
            if not name.startswith(("branch_", "own_city", "own_all")) or name == "own_branch"
        ]
        joined = joined.left_join(history, keys).drop(*(f"{key}_right" for key in keys))
    others_city = ibis.coalesce(joined.branch_city, 0) - ibis.coalesce(joined.own_city, 0)
    others_all = ibis.coalesce(joined.branch_all, 0) - ibis.coalesce(joined.own_all, 0)
    return joined.mutate(
        far_region=joined.subject_city.notnull() & (others_all >= 20) & (others_city * 50 < others_all)
    ).drop("branch_city", "branch_all", "own_city", "own_all")


def _terminals(acts: ir.Table, timely: ir.Table) -> ir.Table:
    """Add new_terminal (first used by this account within five days) and others_terminal (mostly others work there)."""
    seated = timely.filter(timely.terminal_id.notnull())
    own = _history(seated, ["employee_id", "terminal_id"], "own_use")
    everyone = _history(seated, ["terminal_id"], "all_use")
    first_use = seated.group_by("employee_id", "terminal_id").agg(first_there=seated.day_number.min())
    first_ever = seated.group_by("employee_id").agg(first_anywhere=seated.day_number.min())
    joined = acts
    for table, keys in (
        (own, ["employee_id", "terminal_id", "day_number"]),
        (everyone, ["terminal_id", "day_number"]),
        (first_use, ["employee_id", "terminal_id"]),
        (first_ever, ["employee_id"]),
    ):
        joined = joined.left_join(table, keys).drop(*(f"{key}_right" for key in keys))
    fresh = (joined.day_number - joined.first_there < 5) & (joined.first_there - joined.first_anywhere >= 20)
    foreign = (joined.all_use >= 20) & (joined.own_use * 5 < joined.all_use)
    return joined.mutate(
        new_terminal=ibis.coalesce(fresh, False), others_terminal=ibis.coalesce(foreign, False)
    ).drop("own_use", "all_use", "first_there", "first_anywhere")


def _reasons(acts: ir.Table, timely: ir.Table) -> ir.Table:
    """Add foreign_reason: others of the role hardly ever give it."""
    stated = timely.filter(timely.is_lookup)
    joined = acts
    for table, keys in (
        (_history(stated, ["role", "rule"], "role_rule"), ["role", "rule", "day_number"]),
        (_history(stated, ["role"], "role_all"), ["role", "day_number"]),
        (_history(stated, ["entity", "role", "rule"], "own_rule"), ["entity", "role", "rule", "day_number"]),
        (_history(stated, ["entity", "role"], "own_role"), ["entity", "role", "day_number"]),
    ):
        joined = joined.left_join(table, keys).drop(*(f"{key}_right" for key in keys))
    others_rule = ibis.coalesce(joined.role_rule, 0) - ibis.coalesce(joined.own_rule, 0)
    others_all = ibis.coalesce(joined.role_all, 0) - ibis.coalesce(joined.own_role, 0)
    return joined.mutate(foreign_reason=(others_all >= 100) & (others_rule * 200 < others_all)).drop(
        "role_rule", "role_all", "own_rule", "own_role"
    )


def _flag(acts: ir.Table, keys: list[str], hits: ir.Table, name: str) -> ir.Table:
    """Add a boolean column: whether an act's keys stand in `hits`."""
    marked = hits.select(*keys).distinct().mutate(is_hit=ibis.literal(True))
    joined = acts.left_join(marked, keys).drop(*(f"{key}_right" for key in keys))
    return joined.mutate(**{name: joined.is_hit.notnull()}).drop("is_hit")


def _shared_subjects(acts: ir.Table, timely: ir.Table) -> ir.Table:
    """Add co_queried: somebody of another branch looked the same customer up within the ten days before."""
    looked = timely.filter(timely.is_lookup)
    touched = looked.select("subject_token", "day_number", "own_branch").distinct()
    others = touched.select(token=touched.subject_token, number=touched.day_number, branch=touched.own_branch)
    met = touched.join(
        others,
        [
            touched.subject_token == others.token,
            touched.own_branch != others.branch,
            others.number <= touched.day_number,
            others.number >= touched.day_number - 10,
        ],
    )
    return _flag(acts, ["subject_token", "day_number", "own_branch"], met, "co_queried")


def _second_hand(acts: ir.Table, timely: ir.Table) -> ir.Table:
    """Add others_fresh: a view or copy of a customer whom somebody else had looked up since yesterday, and the person had not."""
    copied = timely.filter(timely.operation.isin(["view", "print", "export"]) & (timely.outcome == "ok"))
    copied = copied.select("subject_token", "day_number", "entity").distinct()
    asked = timely.filter((timely.operation == "query") & (timely.outcome == "ok"))
    asked = asked.select(token=asked.subject_token, number=asked.day_number, asker=asked.entity).distinct()
    met = copied.join(
        asked, [copied.subject_token == asked.token, asked.number <= copied.day_number, asked.number >= copied.day_number - 1]
    )
    hits = met.group_by("subject_token", "day_number", "entity").agg(own=(met.asker == met.entity).max()).filter(lambda t: ~t.own)
    flagged = _flag(acts, ["subject_token", "day_number", "entity"], hits, "others_fresh")
    return flagged.mutate(others_fresh=flagged.others_fresh & flagged.operation.isin(["view", "print", "export"]) & (flagged.outcome == "ok"))


def _papers(acts: ir.Table, timely: ir.Table) -> ir.Table:
    """Add consent_reused: the consent's number had already served, or now serves, for another customer."""
    filed = timely.filter(timely.authorization_id.notnull() & (timely.authorization_id != ""))
    first = filed.group_by("authorization_id", "subject_token").agg(since=filed.day_number.min())
    order = ibis.window(group_by=first.authorization_id, order_by=[first.since, first.subject_token])
    second = first.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place == 1).select("authorization_id", reused_since="since")
    joined = acts.left_join(second, "authorization_id").drop("authorization_id_right")
    return joined.mutate(consent_reused=ibis.coalesce(joined.day_number >= joined.reused_since, False)).drop("reused_since")


def _repeats(acts: ir.Table) -> ir.Table:
    """Add repeated: the person looked this customer up on an earlier day within 30 days."""
    own = ibis.window(group_by=[acts.entity, acts.subject_token, acts.is_lookup], order_by=[acts.day_number, acts.second, acts.event_id])
    since = acts.day_number - acts.day_number.lag().over(own)
    return acts.mutate(repeated=ibis.coalesce((since > 0) & (since <= 30), False))


def described_acts(acts: ir.Table, around: Surroundings) -> ir.Table:
    """Add every column that a mark may read.

    Args:
        acts: Rows of `lookups.acts`, machines left out.
        around: What to describe them with.
    """
    days = around.days.select("day", "is_workday", "day_number")
    dated = acts.join(days, "day")
    minute = dated.occurred_at_local.hour() * 60 + dated.occurred_at_local.minute()
    dated = dated.mutate(
        off_hours=(minute < 450) | (minute >= 1170),
        consent_needed=dated.rule.isin(CONSENT_REASONS),
        consent_bad=ibis.coalesce(dated.authorization_expires_on < dated.day, False)
        | ibis.coalesce(dated.authorization_signed_on > dated.day, False),
    )
    timely = dated.filter(dated.night == dated.day)
    described = _subjects(_people(_in_day(dated), around), around)
    for add in (_region, _terminals, _reasons, _shared_subjects, _second_hand, _papers):
        described = add(described, timely)
    return _repeats(described)
