"""Read from the bank, as the night knows it, what leaks are made of: possible hosts, whose data, which business."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from sqlalchemy import Engine

from pipeline.contract import FEEDS
from pipeline.drill.leaks.material import SUBJECT, Host, Material
from pipeline.engines.tables import keep_table
from pipeline.evidence.lookups import acts
from pipeline.evidence.people import staff_periods
from pipeline.groundwork import bank_calendar
from pipeline.home import Home
from pipeline.lake.schema import BUSINESS_DAY, ibis_schema
from pipeline.lake.store import Lake
from pipeline.settings import Settings

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

    @property
    def nights(self) -> list[date]:
        """The nights that are scored: those of working days, and the last. What a closed day leaks shows on the next."""
        return sorted({*self.work_days, self.night})


class Survey:
    """The bank's recent look-ups, each with the person it counts for, and what stands around them.

    Args:
        backend: The engine.
        lake: The events as they are.
        settings: The effective configuration.
        night: The drill's night.
        horizon: Highest ingest batch that counts.
    """

    def __init__(self, backend: Any, lake: Lake, settings: Settings, night: date, horizon: int) -> None:
        self.backend, self.lake, self.settings = backend, lake, settings
        self.span = span = self._span(night, horizon)
        self.since = span.first - timedelta(days=WORK_DAYS)
        cutoff = settings.bank.cutoff
        staff = staff_periods(self.versions("employees"), cutoff)
        log = lake.latest(backend, "access_log", self.since, night, horizon)
        known = acts(log, staff, self.versions("service_accounts"), cutoff)
        known = known.filter(~known.is_machine & (known.night <= ibis.date(night)))
        self.acts = keep_table(backend, "tw_survey", known)
        self.looked = self.acts.filter(self.acts.is_lookup)

    def versions(self, feed: str) -> ir.Table:
        """Return all versions of a feed's rows."""
        return self.lake.table(self.backend, feed, horizon=self.span.horizon)

    def newest(self, feed: str) -> ir.Table:
        """Return the newest version of each row of a feed."""
        return self.lake.latest(self.backend, feed, horizon=self.span.horizon)

    def _span(self, night: date, horizon: int) -> Span:
        begins = min(self.lake.days("access_log", horizon), default=night)
        reach = night - timedelta(days=3 * self.settings.drill.work_days + 30)
        calendar = bank_calendar(self.backend, self.lake, self.settings, reach, night, horizon)
        first = max(calendar.window_start(night, self.settings.drill.work_days), begins)
        days = [first + timedelta(days=offset) for offset in range((night - first).days + 1)]
        work = tuple(day for day in days if calendar.is_workday(day))
        return Span(first, night, work, tuple(day for day in days if day not in set(work)), horizon)


@contextmanager
def open_survey(
    home: Home, settings: Settings, engine: Engine, night: date, horizon: int
) -> Iterator[Survey]:
    """Open the engine on the lake as it is, and close it again."""
    from pipeline.lake.engine import connect

    backend = connect(home, settings)
    try:
        yield Survey(backend, Lake(home, engine), settings, night, horizon)
    finally:
        backend.disconnect()


def candidates(survey: Survey) -> pd.DataFrame:
    """List who could be a host: people with ordinary work through the span and before it.

    Returns:
        entity, role, branch, per_day, is_busy; sorted by entity.
    """
    looked, span = survey.looked, survey.span
    within = looked.day >= ibis.date(span.first)
    people = looked.group_by("entity").agg(
        role=looked.role.max(),
        branch=looked.own_branch.max(),
        lookups=looked.count(),
        days=looked.day.nunique(),
        within=looked.day.nunique(where=looked.day.isin([ibis.date(day) for day in span.work_days])),
        before=looked.day.nunique(where=~within),
    )
    frame: pd.DataFrame = people.order_by("entity").to_pandas()
    frame["per_day"] = frame["lookups"] / frame["days"]
    frame["is_busy"] = frame["per_day"] >= frame["per_day"].quantile(BUSIEST)
    steady = (frame["within"] >= LEAST_DAYS * len(span.work_days)) & (frame["before"] > 0)
    frame["branch"] = frame["branch"].fillna("")
    return frame[steady].reset_index(drop=True)


def hosts_of(survey: Survey, people: pd.DataFrame) -> list[Host]:
    """Read the own work and the absences of possible hosts.

    Args:
        survey: The bank as it is.
        people: Rows of `candidates`.
    """
    names = [str(name) for name in people["entity"]]
    work = _work(survey, names)
    away = _absences(survey, names)
    columns = ("entity", "role", "branch", "per_day", "is_busy")
    hosts = []
    for name, role, branch, per_day, busy in zip(
        *(people[column].tolist() for column in columns), strict=True
    ):
        if name in work:
            hosts.append(Host(name, role, branch, per_day, busy, work[name], away.get(name, ())))
    return hosts


def _work(survey: Survey, names: Sequence[str]) -> dict[str, pd.DataFrame]:
    own = survey.looked.filter(survey.looked.entity.isin(names))
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


def _absences(survey: Survey, names: Sequence[str]) -> dict[str, tuple[date, ...]]:
    """Return the working days of the span, its last one left out, on which people were away for two or more."""
    span, rows = survey.span, survey.newest("absences")
    rows = rows.filter(
        rows.employee_id.isin(names)
        & (rows.ends_on >= ibis.date(span.first))
        & (rows.starts_on <= ibis.date(span.night))
    )
    found: dict[str, set[date]] = {}
    told = rows.select("employee_id", "starts_on", "ends_on").to_pandas()
    for name, begins, ends in told.itertuples(index=False):
        first, last = pd.Timestamp(begins).date(), pd.Timestamp(ends).date()
        found.setdefault(str(name), set()).update(day for day in span.work_days[:-1] if first <= day <= last)
    return {name: tuple(sorted(days)) for name, days in found.items() if len(days) >= 2}


def material_of(survey: Survey, rng: np.random.Generator) -> Material:
    """Read what any leak may be made of.

    Args:
        survey: The bank as it is.
        rng: Chooses where in the pools, ordered by the customers' tokens, reading begins.
    """
    span, looked = survey.span, survey.looked
    return Material(
        night=span.night,
        work_days=span.work_days,
        closed_days=span.closed_days,
        zone=survey.settings.bank.zone,
        strangers=_some(looked.select(*SUBJECT, branch=looked.own_branch), rng),
        customers=_customers(survey, rng),
        applications=_applications(survey),
        records_like=_records_like(survey),
        terminals=_terminals(looked),
        feeds=frozenset(feed for feed in FEEDS if survey.lake.has(feed, span.horizon)),
        reasons=_values(looked.rule),
        operations=_values(survey.acts.operation),
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


def _customers(survey: Survey, rng: np.random.Generator) -> pd.DataFrame:
    """Choose customers who have no business with the bank's lenders, and whom nobody looked up of late."""
    parties = survey.versions("record_parties").select("subject_token")
    looked = survey.acts.select("subject_token")
    idle = survey.newest("customers").anti_join(parties, "subject_token").anti_join(looked, "subject_token")
    return _some(idle.select(*SUBJECT, "home_branch_id").rename(home_branch="home_branch_id"), rng)


def _applications(survey: Survey) -> pd.DataFrame:
    span, records = survey.span, survey.newest("business_records")
    named = records.semi_join(survey.versions("record_parties").select("record_id"), "record_id")
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


def _records_like(survey: Survey) -> pd.DataFrame:
    records = survey.newest("business_records")
    like = records.filter((records.kind == "loan_application") & records.second_person.notnull())
    like = like.filter(like[BUSINESS_DAY] <= ibis.date(survey.span.night))
    frame: pd.DataFrame = like.order_by(ibis.desc(like.created_at), "record_id").limit(50).to_pandas()
    return _plain_days(frame)


def _terminals(looked: ir.Table) -> pd.DataFrame:
    seats = looked.filter(looked.terminal_id.notnull() & looked.requester_id.isnull())
    used = seats.group_by("branch_id", "terminal_id").agg(source_ip=seats.source_ip.max(), n=seats.count())
    used = used.filter(used.n >= 5).order_by("branch_id", "terminal_id")
    frame: pd.DataFrame = used.drop("n").limit(MOST_ROWS).to_pandas()
    return frame


def without(people: pd.DataFrame, names: Collection[str]) -> pd.DataFrame:
    """Leave people out of the candidates."""
    return people[~people["entity"].isin(list(names))].reset_index(drop=True)
