"""Small banks drawn at random, with what makes engines disagree: nothing at all, the same moment, the edge of a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from pipeline.contract import FEEDS, RECORD_KINDS
from pipeline.evidence.reasons import RULES, WITHDRAWN
from pipeline.lake.schema import stored_key
from pipeline.lake.store import Lake, _newest
from tests.evidence.made_bank import MadeBank

if TYPE_CHECKING:
    from ibis.expr.types import Table

START, DAYS = date(2026, 1, 5), 24
NIGHTS = [START + timedelta(days=20), START + timedelta(days=23)]

people = st.sampled_from(["amy", "bob", "cäcilie", "德华", "E 5", "api-1"])
subjects = st.sampled_from([f"s{number}" for number in range(9)])
branches = st.sampled_from(["B1", "B2", "b1", None])
maybe = st.sampled_from([True, False, None])
days = st.integers(0, DAYS - 1).map(lambda offset: START + timedelta(days=offset))
# Around midnight, the cut-off to the second, the opening hours, and twice the same second.
times = st.sampled_from(
    ["00:00:00", "01:59:59", "02:00:00", "02:00:01", "07:29:59", "07:30:00", "19:30:00", "23:59:59"]
) | st.tuples(st.integers(9, 11), st.integers(0, 59), st.integers(0, 1)).map(
    lambda parts: f"{parts[0]:02}:{parts[1]:02}:{parts[2]:02}"
)
moments = st.tuples(days, times).map(lambda pair: f"{pair[0]} {pair[1]}")
later = st.tuples(st.integers(0, 9), times)
reasons = st.sampled_from([rule.reason for rule in RULES] + [None, "", "no such reason"])
references = st.sampled_from([f"r{number}" for number in range(20)] + ["", None])


def _after(moment: str, delay: tuple[int, str] | None) -> str | None:
    return f"{date.fromisoformat(moment[:10]) + timedelta(days=delay[0])} {delay[1]}" if delay else None


looked_up = st.fixed_dictionaries(
    {
        "at": moments,
        "by": people,
        "subject": subjects,
        "reason": reasons,
        "operation": st.sampled_from(["query", "query", "view", "print", "export"]),
        "outcome": st.sampled_from(["ok", "ok", "ok", "not_found", "denied"]),
        "branch_id": branches,
        "terminal_id": st.sampled_from(["T1", "T2", "T3", None]),
        "requester_id": st.sampled_from(["amy", "bob", "", None, None]),
        "business_ref": references,
        "authorization_id": st.sampled_from(["A1", "A2", "", None]),
        "authorization_signed_on": st.none() | days,
        "authorization_expires_on": st.none() | days,
        "account_id": st.sampled_from(["acc-1", "acc-2", None]),
        "subject_province": st.sampled_from(["91", "92", None]),
        "subject_city": st.sampled_from(["9101", "9201", None]),
        "subject_age_band": st.sampled_from(["under_18", "35_44", "75_plus", None]),
        "delay": st.none() | later,
    }
)
recorded = st.fixed_dictionaries(
    {
        # Of one kind enough for its silent ones to count as stalled.
        "kind": st.sampled_from([*RECORD_KINDS, *["loan_application"] * 4]),
        "at": moments,
        "by": st.none() | people,
        "branch": branches,
        "status": st.sampled_from([*WITHDRAWN[:2], "WITHDRAWN", "approved", None]),
        "closed": st.none() | later,
        "decided": st.none() | later,
        "second_person": maybe,
        "delay": st.none() | later,
        "subjects": st.lists(subjects, min_size=1, max_size=3, unique=True),
    }
)
hired = st.fixed_dictionaries(
    {
        "employee": people,
        "role": st.sampled_from(["manager", "clerk"]),
        "branch": branches,
        "valid_from": st.none() | days,
        "hired_on": st.none() | days,
        "left_on": st.none() | days,
        "recorded_at": st.none() | moments,
    }
)
known = st.fixed_dictionaries(
    {
        "subject_id": subjects,
        "home_branch_id": branches,
        "segment": st.sampled_from(["ordinary", "vip", "public_figure", "staff", None]),
        "asset_band": st.sampled_from(["100k_500k", "under_50k", None]),
        "recorded_at": st.none() | moments,
    }
)
away = st.fixed_dictionaries(
    {"employee_id": people, "starts_on": days, "ends_on": days, "recorded_at": st.none() | moments}
)
complained = st.fixed_dictionaries(
    {
        "subject_id": subjects,
        "received_on": days,
        "kind": st.sampled_from(["leak_suspected", "nuisance_call", None]),
        "recorded_at": st.none() | moments,
    }
)
logged_in = st.fixed_dictionaries(
    {"occurred_at": moments, "employee_id": people, "outcome": st.sampled_from(["ok", "fail"])}
)
listed = st.fixed_dictionaries(
    {"occurred_at": st.none() | moments, "employee_id": st.none() | people, "received_on": st.none() | days}
)


@st.composite
def banks(draw: Any) -> MadeBank:
    """Draw a bank of a few weeks, six people and nine customers."""
    bank = MadeBank(first=START - timedelta(days=400), last=START + timedelta(days=60))
    for row in draw(st.lists(hired, min_size=4, max_size=10)):
        bank.staff(row.pop("employee"), row.pop("role"), row.pop("branch"), **row)
    for number, row in enumerate(draw(st.lists(looked_up, min_size=60, max_size=120))):
        at, delay = row.pop("at"), row.pop("delay")
        written = _after(at, delay) or at
        bank.lookup(
            f"e{number}",
            at,
            row.pop("by"),
            row.pop("subject"),
            row.pop("reason"),
            **row,
            recorded_at=max(at, written),
        )
    # Corrections: the same event again, on another day, recorded at once or days later.
    for number, (at, delay) in enumerate(draw(st.lists(st.tuples(moments, later), min_size=2, max_size=6))):
        bank.lookup(f"e{number}", at, "bob", "s1", "loan_approval", recorded_at=_after(at, delay) or at)
    for number, row in enumerate(draw(st.lists(recorded, min_size=30, max_size=50))):
        at = row["at"]
        bank.record(
            f"r{number}",
            row["kind"],
            at,
            None,
            row["by"],
            row["branch"],
            status=row["status"],
            closed_at=_after(at, row["closed"]),
            decided_at=_after(at, row["decided"]),
            second_person=row["second_person"],
            recorded_at=_after(at, row["delay"]) or at,
        )
        for subject in row["subjects"]:
            bank.party(f"r{number}", subject)
    for feed, rows, size in (
        ("customers", known, 12),
        ("absences", away, 6),
        ("logins", logged_in, 12),
    ):
        for row in draw(st.lists(rows, min_size=2, max_size=size)):
            bank.add(feed, **row)
    for number, row in enumerate(draw(st.lists(complained, min_size=2, max_size=6))):
        bank.add("complaints", complaint_id=f"c{number}", **row)
    for number, row in enumerate(draw(st.lists(listed, min_size=2, max_size=6))):
        bank.add("bureau_findings", finding_id=f"f{number}", kind="volume", **row)
    bank.add("service_accounts", account_id="api-1", owner_id="amy")
    # The very first bank drawn has the same row throughout.
    assume(len({row["employee_id"] for row in bank.rows["access_log"]}) > 3)
    return bank


OF_ONE_BANK = frozenset(
    {
        "event_id", "employee_id", "requester_id", "created_by", "owner_id", "account_id", "subject_token", "record_id",
        "business_ref", "authorization_id", "terminal_id", "complaint_id", "finding_id",
    }
)  # fmt: skip
"""Columns that name somebody or something of one bank."""


def drawn_banks(examples: int) -> list[MadeBank]:
    """Let Hypothesis draw some banks: drawing is cheap, what is done with them is not."""
    found: list[MadeBank] = []

    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(bank=banks())
    def draw(bank: MadeBank) -> None:
        found.append(bank)

    draw()
    return found


def side_by_side(drawn: list[MadeBank]) -> MadeBank:
    """Put banks into one whose people, customers and numbers have nothing to do with each other."""
    whole = MadeBank(first=drawn[0].first, last=drawn[0].last)
    for number, bank in enumerate(drawn):
        for feed, rows in bank.rows.items():
            for row in rows:
                mine = {
                    name: f"{number}/{value}" if name in OF_ONE_BANK and value else value
                    for name, value in row.items()
                }
                whole.rows[feed].append(mine | {"line": len(whole.rows[feed]) + 1})
    return whole


class DrawnLake(Lake):
    """A lake whose rows are a drawn bank's; of its files nothing is known.

    Args:
        bank: The bank.
        engine: An empty casebook.
    """

    def __init__(self, bank: MadeBank, engine: Engine) -> None:
        self.bank, self.engine = bank, engine

    def has(self, feed: str, horizon: int | None = None) -> bool:
        return bool(self.bank.rows[feed])

    def days(self, feed: str, horizon: int | None = None) -> list[date]:
        return sorted({row["business_day"] for row in self.bank.rows[feed]})

    def table(self, backend: Any, feed: str, *arguments: Any, **options: Any) -> Table:
        return self.bank.table(feed)

    def history(self, backend: Any, feed: str, *arguments: Any, **options: Any) -> Table:
        return backend.create_view(f"tw_drawn_{feed}", self.bank.table(feed), overwrite=True)

    def latest(
        self,
        backend: Any,
        feed: str,
        first: date | None = None,
        last: date | None = None,
        *arguments: Any,
        **options: Any,
    ) -> Table:
        table = backend.create_view(f"tw_drawn_{feed}", self.bank.table(feed), overwrite=True)
        newest = _newest(table, list(stored_key(FEEDS[feed])))
        if first is not None and last is not None:
            newest = newest.filter(newest.business_day.between(ibis.date(first), ibis.date(last)))
        return newest
