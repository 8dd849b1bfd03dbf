"""All evidence of a span of look-ups, from the feeds' tables.

One order of steps for every engine and every test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from pipeline.evidence import coverage, linkage, lookups, people, stalled, states
from pipeline.settings import Settings

Keep = Callable[[str, ir.Table], ir.Table]
"""Computes a table once under a name and returns what to read it by."""


@dataclass(frozen=True)
class Feeds:
    """What evidence is weighed from; a feed that the bank does not send is an empty table.

    Attributes:
        access_log: Rows of `corrections.standing` of the span.
        employees: All versions.
        service_accounts: All versions.
        business_records: All versions.
        record_parties: All versions.
    """

    access_log: ir.Table
    employees: ir.Table
    service_accounts: ir.Table
    business_records: ir.Table
    record_parties: ir.Table


@dataclass(frozen=True)
class Evidence:
    """What is known of the look-ups of a span, for every night at once.

    Attributes:
        acts: Rows of `lookups.acts`, machines included.
        staff: Rows of `people.staff_periods`.
        pairs: Rows of `linkage.supporting_pairs`.
        wide: Rows of `linkage.bank_wide`.
        states: Rows of `states.states`.
        mismatches: Rows of `states.mismatches`.
        gaps: Rows of `coverage.gaps`.
    """

    acts: ir.Table
    staff: ir.Table
    pairs: ir.Table
    wide: ir.Table
    states: ir.Table
    mismatches: ir.Table
    gaps: pd.DataFrame


def configured_wide(settings: Settings) -> ir.Table:
    """Return role, kind, is_wide as the operator has set them."""
    rows = [(role, kind, True) for role, kinds in settings.evidence.bank_wide_kinds.items() for kind in kinds]
    frame = pd.DataFrame(rows, columns=["role", "kind", "is_wide"])
    return ibis.memtable(
        frame, schema=ibis.schema({"role": "string", "kind": "string", "is_wide": "boolean"})
    )


def gaps_table(frame: pd.DataFrame) -> ir.Table:
    """Hand rows of `coverage.gaps` to the engine."""
    schema = ibis.schema(
        {
            "rule": "string",
            **dict.fromkeys(("day", "from_night", "until_night"), "date"),
            "gap": "string",
        }
    )
    return ibis.memtable(frame, schema=schema)


def fetched(counted: ir.Table) -> pd.DataFrame:
    """Fetch counts, with days as dates."""
    frame: pd.DataFrame = counted.order_by([name for name in counted.columns if name != "n"]).to_pandas()
    for column in ("day", "night", "known_from"):
        if column in frame:
            frame[column] = [pd.Timestamp(value).date() for value in frame[column]]
    return frame


def weigh(
    feeds: Feeds, days: ir.Table, settings: Settings, keep: Keep, clockless: lookups.Clockless = ()
) -> Evidence:
    """Ask of every look-up what business it was for.

    Args:
        feeds: The feeds' tables.
        days: The bank's days: day, is_workday, day_number and `plus_N`, the day N working days later.
        settings: The effective configuration.
        keep: How a step's table is computed once.
        clockless: Batches whose times of day say nothing.
    """
    cutoff = settings.bank.cutoff
    staff = keep("tw_staff", people.staff_periods(feeds.employees, cutoff))
    acts = keep("tw_acts", lookups.acts(feeds.access_log, staff, feeds.service_accounts, cutoff))
    looked = acts.filter(~acts.is_machine & acts.is_lookup)
    looked = looked.mutate(has_clock=lookups.has_clock(looked, looked.day, clockless))
    looked = keep("tw_lookups", states.close_days(looked.join(days.drop("is_workday", "day_number"), "day")))
    records = feeds.business_records
    telling = keep("tw_telling", stalled.telling_kinds(stalled.first_steps(records, days, cutoff)))
    versions = keep("tw_records", linkage.record_versions(records, days, cutoff, clockless, telling))
    parties = keep("tw_parties", linkage.party_versions(feeds.record_parties, cutoff))
    pairs = keep("tw_pairs", linkage.supporting_pairs(looked, versions, parties))
    wide = keep("tw_wide", linkage.bank_wide(pairs, days, configured_wide(settings)))
    found = coverage.gaps(fetched(people_seen(looked)), fetched(records_made(versions, parties)))
    missing = gaps_table(found)
    stepped = keep("tw_states", states.states(looked, pairs, wide, missing))
    wrong = keep("tw_mismatches", states.mismatches(looked, versions, parties, missing))
    return Evidence(acts, staff, pairs, wide, stepped, wrong, found)


def people_seen(looked: ir.Table) -> ir.Table:
    """Count the people with look-ups: rule, day, night, n."""
    seen = looked.select("rule", "day", "night", "entity").distinct()
    return seen.group_by("rule", "day", "night").agg(n=seen.count())


def records_made(versions: ir.Table, parties: ir.Table) -> ir.Table:
    """Count records that name a party: kind, day (created), known_from, n.

    A record without its parties explains nothing.
    """
    named = parties.group_by("record_id").agg(party_from=parties.party_from.min())
    first = versions.group_by("record_id", "kind", "created_day").agg(known_from=versions.known_from.min())
    joined = first.join(named, "record_id")
    made = joined.select(
        "kind", day="created_day", known_from=ibis.greatest(joined.known_from, joined.party_from)
    )
    return made.group_by("kind", "day", "known_from").agg(n=made.count())
