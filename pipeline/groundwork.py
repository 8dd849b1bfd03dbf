"""Evidence and daily facts of a span of days: the tables that every night of the span is read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from pipeline.calendar import BusinessCalendar, overrides_from
from pipeline.contract import FEEDS
from pipeline.evidence import linkage
from pipeline.evidence.nights import known_night
from pipeline.evidence.people import known_since
from pipeline.evidence.reasons import RULES
from pipeline.evidence.weighing import Feeds, weigh
from pipeline.features.daily import daily_facts
from pipeline.features.limits import days_at_limit
from pipeline.features.marks import Surroundings, described_acts
from pipeline.features.windows import REACH_DAYS
from pipeline.lake.store import Lake
from pipeline.settings import Settings

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

HISTORY_DAYS = REACH_DAYS + 100
"""Calendar days before the first night that are read.

What a night looks back, and its reference nights before it.
"""
RECORD_DAYS = 120
"""Calendar days before the first look-up from which fresh records are read.

Standing business is read whole.
"""


@dataclass(frozen=True)
class Groundwork:
    """What the nights of a span are read from.

    Attributes:
        calendar: The bank's working days.
        acts: Every act of people, attributed, with the night from which it is known.
        machine_acts: The acts of registered machines.
        states: Steps of the look-ups' states.
        mismatches: Typed business numbers that name somebody else.
        pairs: Look-ups and the records that support them.
        wide: Kinds of records that roles handle for the whole bank, by day.
        facts: Daily facts.
        staff: Periods of the staff.
        gaps: Lost days of the business feed.
        feeds: Feeds that the bank sends.
        first: First day read.
        last: Last day read.
        begins: The bank's very first day with look-ups.
    """

    calendar: BusinessCalendar
    acts: ir.Table
    machine_acts: ir.Table
    states: ir.Table
    mismatches: ir.Table
    pairs: ir.Table
    wide: ir.Table
    facts: ir.Table
    staff: ir.Table
    gaps: pd.DataFrame
    feeds: frozenset[str]
    first: date
    last: date
    begins: date


def bank_calendar(
    backend: Backend, lake: Lake, settings: Settings, first: date, last: date, horizon: int | None
) -> BusinessCalendar:
    """Make the bank's calendar: public holidays, and the bank's own days over them."""
    overrides = {}
    if lake.has("calendar", horizon):
        rows = lake.latest(backend, "calendar", horizon=horizon).select("day", "is_workday").to_pandas()
        overrides = overrides_from(
            (pd.Timestamp(day).date(), bool(work)) for day, work in rows.itertuples(index=False)
        )
    return BusinessCalendar(settings.bank.country, first, last, overrides)


def calendar_table(calendar: BusinessCalendar) -> ir.Table:
    """Return day, is_workday, day_number and `plus_N`, the Nth working day after."""
    spans = sorted({rule.after_workdays for rule in RULES} | {1})
    days = calendar.days()
    columns = {
        "day": days,
        "is_workday": [calendar.is_workday(day) for day in days],
        "day_number": [day.toordinal() for day in days],
    }
    columns |= {linkage.close_column(span): [calendar.plus(day, span) for day in days] for span in spans}
    kinds = {
        name: "boolean" if name == "is_workday" else "int64" if name == "day_number" else "date"
        for name in columns
    }
    return ibis.memtable(pd.DataFrame(columns), schema=ibis.schema(kinds))


def _store(backend: Backend, name: str, table: ir.Table) -> ir.Table:
    """Compute a table once and keep it for as long as the backend is open."""
    backend.raw_sql(
        f"DROP TABLE IF EXISTS {name}"
    )  # Ibis 12's own `overwrite` writes a statement that DuckDB 2 does not read
    return backend.create_table(name, table, temp=True)


def _first_known(table: ir.Table, cutoff: time) -> date | None:
    """Return the night on which a feed was first there, or None."""
    first = known_since(table, cutoff).min().to_pyarrow().as_py()
    return first if first is None or isinstance(first, date) else None


def lay(
    backend: Backend,
    lake: Lake,
    settings: Settings,
    first_night: date,
    last_night: date,
    horizon: int | None = None,
) -> Groundwork:
    """Compute evidence and facts for the nights from `first_night` to `last_night`.

    Args:
        backend: The engine.
        lake: The events.
        settings: The effective configuration.
        first_night: First night that will be read.
        last_night: Last night that will be read.
        horizon: Highest ingest batch that counts; None takes all.
    """
    first, last = first_night - timedelta(days=HISTORY_DAYS), last_night
    seen = lake.days("access_log", horizon)
    begins = min(seen, default=first_night)
    first = max(first, min(begins, first_night))
    calendar = bank_calendar(backend, lake, settings, first - timedelta(days=RECORD_DAYS), last, horizon)
    days = _store(backend, "tw_days", calendar_table(calendar))
    cutoff = settings.bank.cutoff

    def keep(name: str, table: ir.Table) -> ir.Table:
        return _store(backend, name, table)

    def versions(feed: str) -> ir.Table:
        return lake.table(backend, feed, horizon=horizon)

    feeds = Feeds(
        access_log=lake.latest(backend, "access_log", first, last, horizon),
        employees=versions("employees"),
        service_accounts=versions("service_accounts"),
        business_records=versions("business_records"),
        record_parties=versions("record_parties"),
    )
    found = weigh(feeds, days, settings, keep)
    people_acts = found.acts.filter(~found.acts.is_machine)

    around = Surroundings(
        days=days,
        customers=versions("customers"),
        absences=versions("absences"),
        employees=feeds.employees,
        customers_since=_first_known(versions("customers"), cutoff),
        begins=begins,
        cutoff=cutoff,
    )
    described = keep("tw_described", described_acts(people_acts, around, keep))
    logins = lake.latest(backend, "logins", first, last, horizon)
    logins = logins.mutate(
        night=ibis.greatest(logins.business_day, known_night(logins.recorded_at_local, cutoff))
    )
    facts = keep(
        "tw_facts",
        daily_facts(
            described,
            found.states,
            found.mismatches,
            versions("complaints"),
            logins,
            cutoff,
            keep,
            beside=[days_at_limit(described, settings.limits.lookups_per_day)],
        ),
    )
    return Groundwork(
        calendar=calendar,
        acts=described,
        machine_acts=found.acts.filter(found.acts.is_machine),
        states=found.states,
        mismatches=found.mismatches,
        pairs=found.pairs,
        wide=found.wide,
        facts=facts,
        staff=found.staff,
        gaps=found.gaps,
        feeds=frozenset(name for name in FEEDS if lake.has(name, horizon)),
        first=first,
        last=last,
        begins=begins,
    )
