"""Evidence and daily facts of a span of days: the tables that every night of the span is read from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from pipeline.calendar import BusinessCalendar, overrides_from
from pipeline.contract import FEEDS
from pipeline.engines.tables import keep_table
from pipeline.evidence import linkage
from pipeline.evidence.corrections import standing
from pipeline.evidence.lookups import Clockless
from pipeline.evidence.nights import known_night
from pipeline.evidence.people import known_since
from pipeline.evidence.reasons import RULES
from pipeline.evidence.weighing import Feeds, weigh
from pipeline.features.bureau import bureau_listed, told
from pipeline.features.daily import daily_facts
from pipeline.features.households import households
from pipeline.features.limits import days_at_limit
from pipeline.features.marks import Surroundings, described_acts
from pipeline.features.windows import REACH_DAYS
from pipeline.intake.clocks import clockless, dates_alone
from pipeline.lake.store import Lake
from pipeline.settings import Settings

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

HISTORY_DAYS = REACH_DAYS + 100
"""Calendar days before the first night that are read.

What a night looks back, and its reference nights before it.
"""
CONTEXT_DAYS = 66
"""Calendar days before a day on which its facts may depend: else the first days read would know less of what is
usual than they knew when they were last night.
"""
NEAR_DAYS = 5
"""Calendar days around a day whose look-ups, and what they were for, may count on it: colleagues who gather."""
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
        states: Steps of the look-ups' states.
        mismatches: Typed business numbers that name somebody else.
        pairs: Look-ups and the records that support them; None where the evidence is written already.
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
    states: ir.Table
    mismatches: ir.Table
    pairs: ir.Table | None
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


def store_table(backend: Backend, name: str, table: ir.Table) -> ir.Table:
    """Compute a table once and keep it for as long as the backend is open."""
    return keep_table(backend, name, table)


def first_known(table: ir.Table, cutoff: time) -> date | None:
    """Return the night on which a feed was first there, or None."""
    first = known_since(table, cutoff).min().to_pyarrow().as_py()
    return first if first is None or isinstance(first, date) else None


def surroundings(
    versions: Callable[[str], ir.Table],
    days: ir.Table,
    parties: ir.Table,
    begins: date,
    cutoff: time,
    keep: Callable[[str, ir.Table], ir.Table],
    clockless: Clockless = (),
) -> Surroundings:
    """Put together what acts are described with.

    Args:
        versions: Feed → all versions of its rows.
        days: The bank's days.
        parties: Rows of `linkage.party_versions`, of all records that name a customer of the acts.
        begins: The bank's first day with look-ups.
        cutoff: The night's cut-off.
        keep: How a step's table is computed once.
        clockless: Batches whose times of day say nothing, from `clockless_batches`.
    """
    return Surroundings(
        days=days,
        customers=versions("customers"),
        absences=versions("absences"),
        employees=versions("employees"),
        members=keep(
            "tw_members", households(linkage.seen_parties(parties, versions("business_records"), cutoff))
        ),
        customers_since=first_known(versions("customers"), cutoff),
        begins=begins,
        cutoff=cutoff,
        clockless=clockless,
    )


def clockless_batches(lake: Lake, horizon: int | None) -> Clockless:
    """Name the batches of look-ups and records whose times of day mean nothing, and since when or on which days."""
    feeds = ("access_log", "business_records")
    judged = [one for feed in feeds for one in clockless(lake.engine, feed, horizon)]
    dated = [one for feed in feeds for one in dates_alone(lake.engine, feed, horizon)]
    return (
        *((one.batches, one.days[0]) for one in judged),
        *((frozenset({batch}), days) for batch, days in dated),
    )


def counted_facts(
    described: ir.Table,
    around: ir.Table,
    states: ir.Table,
    mismatches: ir.Table,
    versions: Callable[[str], ir.Table],
    logins: ir.Table,
    settings: Settings,
    keep: Callable[[str, ir.Table], ir.Table],
) -> ir.Table:
    """Count daily facts.

    Args:
        described: Described acts of the days that are counted.
        around: The same, and those of the days before them that may be looked back at.
        states: Steps of the look-ups' states.
        mismatches: Typed numbers that name somebody else.
        versions: Feed → all versions of its rows.
        logins: Newest version of the log-ins of the days.
        settings: The effective configuration.
        keep: How a step's table is computed once.

    Returns:
        Rows of `daily.daily_facts`, right for the days that are counted.
    """
    cutoff = settings.bank.cutoff
    dated = logins.mutate(
        night=ibis.greatest(logins.business_day, known_night(logins.recorded_at_local, cutoff))
    )
    return daily_facts(
        described,
        states,
        mismatches,
        versions("complaints"),
        dated,
        cutoff,
        keep,
        beside=[
            days_at_limit(around, settings.limits.lookups_per_day),
            bureau_listed(told(versions("bureau_findings"), around, cutoff)),
        ],
    )


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
    context = first - timedelta(days=CONTEXT_DAYS)
    calendar = bank_calendar(backend, lake, settings, context - timedelta(days=RECORD_DAYS), last, horizon)
    days = store_table(backend, "tw_days", calendar_table(calendar))
    cutoff = settings.bank.cutoff

    def keep(name: str, table: ir.Table) -> ir.Table:
        return store_table(backend, name, table)

    def versions(feed: str) -> ir.Table:
        return lake.table(backend, feed, horizon=horizon)

    log = standing(lake.history(backend, "access_log", context, last, horizon), cutoff)
    feeds = Feeds(
        access_log=log.filter(log.business_day.between(ibis.date(context), ibis.date(last))),
        employees=versions("employees"),
        service_accounts=versions("service_accounts"),
        business_records=versions("business_records"),
        record_parties=versions("record_parties"),
    )
    blind = clockless_batches(lake, horizon)
    found = weigh(feeds, days, settings, keep, blind)
    people_acts = found.acts.filter(~found.acts.is_machine)

    parties = linkage.party_versions(feeds.record_parties, cutoff)
    around = surroundings(versions, days, parties, begins, cutoff, keep, blind)
    described = keep("tw_described", described_acts(people_acts, around, keep))
    logins = lake.latest(backend, "logins", context, last, horizon)
    counted = counted_facts(
        described, described, found.states, found.mismatches, versions, logins, settings, keep
    )
    facts = keep("tw_facts", counted.filter(counted.day >= first))
    return Groundwork(
        calendar=calendar,
        acts=described,
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
