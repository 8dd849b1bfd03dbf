"""Read from the bank, as a night knows it, what leaks are made of: who could be a host, whose data, which business."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from pipeline.bank import Bank
from pipeline.drill.leaks.material import SUBJECT, Host, Material
from pipeline.lake.schema import BUSINESS_DAY, ibis_schema

WORK_DAYS = 60
"""Calendar days before the span from which a host's own work is read."""
MOST_ROWS = 2000
"""Rows of each pool that leaks choose from, at most."""
MOST_WORK = 500
"""Honest look-ups of one host that are read, at most."""
LEAST_DAYS = 0.5
"""Share of the span's working days on which a host must have been at work."""
BUSIEST = 0.9
"""Quantile of look-ups a day from which a desk counts as one of the busiest."""
RECENT_RECORD_DAYS = 25


@dataclass(frozen=True)
class Span:
    """The nights that a drill replays.

    Attributes:
        first: First day of the leaks.
        night: The drill's night, the last.
        work_days: Working days between them.
        closed_days: The others.
        horizon: Highest ingest batch that counts.
    """

    first: date
    night: date
    work_days: tuple[date, ...]
    closed_days: tuple[date, ...]
    horizon: int


def candidates(bank: Bank, span: Span) -> pd.DataFrame:
    """List who could be a host: people with ordinary work through the span and before it.

    Returns:
        entity, role, branch, per_day, is_busy; sorted by entity.
    """
    acts = bank.groundwork.acts
    looked = acts.filter(
        acts.is_lookup & (acts.night <= ibis.date(span.night)) & (acts.day > ibis.date(_since(span)))
    )
    within = looked.day >= ibis.date(span.first)
    people = looked.group_by("entity").agg(
        role=looked.role.max(),
        branch=looked.own_branch.max(),
        lookups=looked.count(),
        days=looked.day.nunique(),
        within=looked.day.nunique(where=within & looked.is_workday),
        before=looked.day.nunique(where=~within),
    )
    frame: pd.DataFrame = people.order_by("entity").to_pandas()
    frame["per_day"] = frame["lookups"] / frame["days"]
    frame["is_busy"] = frame["per_day"] >= frame["per_day"].quantile(BUSIEST)
    steady = (frame["within"] >= LEAST_DAYS * len(span.work_days)) & (frame["before"] > 0)
    frame["branch"] = frame["branch"].fillna("")
    return frame[steady].reset_index(drop=True)


def hosts_of(bank: Bank, span: Span, people: pd.DataFrame) -> list[Host]:
    """Read the own work and the absences of possible hosts.

    Args:
        bank: The bank as it is.
        span: The nights.
        people: Rows of `candidates`.
    """
    names = [str(name) for name in people["entity"]]
    work = _work(bank, span, names)
    away = _absences(bank, span, names)
    columns = ("entity", "role", "branch", "per_day", "is_busy")
    hosts = []
    for name, role, branch, per_day, busy in zip(
        *(people[column].tolist() for column in columns), strict=True
    ):
        if name in work:
            hosts.append(Host(name, role, branch, per_day, busy, work[name], away.get(name, ())))
    return hosts


def _since(span: Span) -> date:
    return span.first - timedelta(days=WORK_DAYS)


def _work(bank: Bank, span: Span, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    acts = bank.groundwork.acts
    own = acts.filter(
        acts.entity.isin(names)
        & acts.is_lookup
        & (acts.night <= ibis.date(span.night))
        & (acts.day > ibis.date(_since(span)))
    )
    newest = ibis.window(group_by=own.entity, order_by=[ibis.desc(own.occurred_at), own.event_id])
    some = own.mutate(place=ibis.row_number().over(newest)).filter(lambda t: t.place < MOST_WORK)
    columns = list(ibis_schema("access_log"))
    frame = some.order_by("entity", "occurred_at", "event_id").select("entity", *columns).to_pandas()
    frame = _plain_days(frame)
    return {str(name): rows[columns].reset_index(drop=True) for name, rows in frame.groupby("entity")}


def _plain_days(frame: pd.DataFrame) -> pd.DataFrame:
    """Write days as `date`, nothing as None."""
    for column in frame.columns:
        if column.endswith("_on") or column == BUSINESS_DAY:
            frame[column] = [None if pd.isna(day) else pd.Timestamp(day).date() for day in frame[column]]
    return frame


def _absences(bank: Bank, span: Span, names: Sequence[str]) -> dict[str, tuple[date, ...]]:
    """Return the working days of the span, its last one left out, on which people were away for two or more."""
    rows = bank.lake.latest(bank.backend, "absences", horizon=span.horizon)
    rows = rows.filter(
        rows.employee_id.isin(names)
        & (rows.ends_on >= ibis.date(span.first))
        & (rows.starts_on <= ibis.date(span.night))
    )
    found: dict[str, set[date]] = {}
    told = rows.select("employee_id", "starts_on", "ends_on").to_pandas()
    for name, begins, ends in told.itertuples(index=False):
        inside = {
            day
            for day in span.work_days[:-1]
            if pd.Timestamp(begins).date() <= day <= pd.Timestamp(ends).date()
        }
        found.setdefault(str(name), set()).update(inside)
    return {name: tuple(sorted(days)) for name, days in found.items() if len(days) >= 2}


def survey(bank: Bank, span: Span, rng: np.random.Generator) -> Material:
    """Read what any leak may be made of.

    Args:
        bank: The bank as it is.
        span: The nights.
        rng: Chooses where in the pools, ordered by the customers' tokens, reading begins.
    """
    acts = bank.groundwork.acts
    recent = acts.filter(
        acts.is_lookup & (acts.night <= ibis.date(span.night)) & (acts.day > ibis.date(_since(span)))
    )
    return Material(
        night=span.night,
        work_days=span.work_days,
        closed_days=span.closed_days,
        zone=bank.settings.bank.zone,
        strangers=_some(recent.select(*SUBJECT, branch=recent.own_branch), rng),
        customers=_customers(bank, span, rng),
        applications=_applications(bank, span),
        records_like=_records_like(bank, span),
        terminals=_terminals(recent),
        feeds=bank.groundwork.feeds,
        reasons=_values(recent.rule),
        operations=_values(acts.operation),
        batch=span.horizon + 1,
    )


def _some(table: ir.Table, rng: np.random.Generator) -> pd.DataFrame:
    """Read a part of a table, from a drawn token on: tokens are keyed hashes and order nothing."""
    start = f"{int(rng.integers(0, 16**6)):06x}"
    before = table.subject_token < start
    ordered = table.order_by(before, *table.columns)
    frame: pd.DataFrame = ordered.limit(MOST_ROWS).to_pandas()
    return frame


def _values(column: ir.StringColumn) -> frozenset[str]:
    return frozenset(str(value) for value in column.name("v").as_table().distinct().to_pandas()["v"].dropna())


def _customers(bank: Bank, span: Span, rng: np.random.Generator) -> pd.DataFrame:
    """Choose customers who have no business with the bank's lenders, and whom nobody looked up."""
    lake, backend, horizon = bank.lake, bank.backend, span.horizon
    rows = lake.latest(backend, "customers", horizon=horizon)
    parties = lake.table(backend, "record_parties", horizon=horizon).select("subject_token")
    looked = bank.groundwork.acts.select("subject_token")
    idle = rows.anti_join(parties, "subject_token").anti_join(looked, "subject_token")
    return _some(idle.select(*SUBJECT, "home_branch_id").rename(home_branch="home_branch_id"), rng)


def _applications(bank: Bank, span: Span) -> pd.DataFrame:
    records = bank.lake.latest(bank.backend, "business_records", horizon=span.horizon)
    parties = bank.lake.table(bank.backend, "record_parties", horizon=span.horizon).select("record_id")
    named = records.semi_join(parties, "record_id")
    named = named.filter(
        (named.kind == "loan_application")
        & (named[BUSINESS_DAY] >= ibis.date(span.first - timedelta(days=RECENT_RECORD_DAYS)))
        & (named[BUSINESS_DAY] <= ibis.date(span.night))
    )
    some = named.select("record_id", "branch_id", "created_at_local").order_by(
        "created_at_local", "record_id"
    )
    frame: pd.DataFrame = some.limit(10 * MOST_ROWS).to_pandas()
    return frame


def _records_like(bank: Bank, span: Span) -> pd.DataFrame:
    records = bank.lake.latest(bank.backend, "business_records", horizon=span.horizon)
    like = records.filter((records.kind == "loan_application") & records.second_person.notnull())
    like = like.filter(like[BUSINESS_DAY] <= ibis.date(span.night))
    frame: pd.DataFrame = like.order_by(ibis.desc(like.created_at), "record_id").limit(50).to_pandas()
    return _plain_days(frame)


def _terminals(recent: ir.Table) -> pd.DataFrame:
    seats = recent.filter(recent.terminal_id.notnull() & recent.requester_id.isnull())
    used = seats.group_by("branch_id", "terminal_id").agg(source_ip=seats.source_ip.max(), n=seats.count())
    used = used.filter(used.n >= 5).order_by("branch_id", "terminal_id")
    frame: pd.DataFrame = used.drop("n").limit(MOST_ROWS).to_pandas()
    return frame


def without(people: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    """Leave people out of the candidates."""
    return people[~people["entity"].isin(list(names))].reset_index(drop=True)
