"""Evidence of some days' look-ups, from the few records that name their customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

import ibis
import ibis.expr.types as ir

from pipeline.evidence import linkage, states
from pipeline.evidence.lookups import Clockless
from pipeline.evidence.weighing import Keep

LOOKUP = (
    "event_id",
    "entity",
    "employee_id",
    "subject_token",
    "business_ref",
    "rule",
    "role",
    "own_branch",
    "day",
    "night",
    "superseded",
    "occurred_at",
    "has_clock",
)
"""What weighing reads of a look-up."""


@dataclass(frozen=True)
class Business:
    """Look-ups, and the business that may explain them.

    Attributes:
        looked: Look-ups with the days on which a record is looked for.
        versions: Rows of `linkage.record_versions`.
        parties: Rows of `linkage.party_versions`.
        pairs: Rows of `linkage.supporting_pairs`.
    """

    looked: ir.Table
    versions: ir.Table
    parties: ir.Table
    pairs: ir.Table


def parties_of(looked: ir.Table, parties: ir.Table) -> ir.Table:
    """Keep the parties of records that name a customer of the look-ups, or whose number was typed in.

    Args:
        looked: subject_token, business_ref.
        parties: All versions of the parties.
    """
    named = parties.semi_join(looked.select("subject_token").distinct(), "subject_token").select("record_id")
    return parties.semi_join(named.union(_typed(looked)).distinct(), "record_id")


def _typed(looked: ir.Table) -> ir.Table:
    return looked.filter(looked.business_ref.notnull()).select(record_id="business_ref")


def business_of(
    acts: ir.Table,
    days: ir.Table,
    records: ir.Table,
    parties: ir.Table,
    cutoff: time,
    keep: Keep,
    stage: str,
    telling: ir.Table,
    clockless: Clockless = (),
) -> Business:
    """Pair look-ups with the records that support them.

    Args:
        acts: Described acts.
        days: The bank's days with `plus_…`.
        records: All versions of the business records.
        parties: All versions of the parties.
        cutoff: The night's cut-off.
        keep: How a step's table is computed once.
        stage: Begins the names of the tables that are kept.
        telling: Rows of `stalled.telling_kinds`, from all records.
        clockless: Batches whose times of day say nothing.
    """
    asked = acts.filter(acts.is_lookup).select(*LOOKUP)
    looked = keep(
        f"tw_{stage}_lookups", states.close_days(asked.join(days.drop("is_workday", "day_number"), "day"))
    )
    some = keep(f"tw_{stage}_named", parties_of(looked, parties))
    # A record of which no party is known is a record: its number was not invented.
    few = records.semi_join(some.select("record_id").union(_typed(looked)).distinct(), "record_id")
    versions = keep(f"tw_{stage}_records", linkage.record_versions(few, days, cutoff, clockless, telling))
    known = keep(f"tw_{stage}_parties", linkage.party_versions(some, cutoff))
    pairs = keep(f"tw_{stage}_pairs", linkage.supporting_pairs(looked, versions, known))
    return Business(looked, versions, known, pairs)


def steps_of(
    business: Business, wide: ir.Table, gaps: ir.Table, keep: Keep, stage: str
) -> tuple[ir.Table, ir.Table]:
    """Return the steps of the look-ups' states, and their mismatches, each with the look-up's day.

    Args:
        business: Look-ups and their business.
        wide: Rows of `linkage.bank_wide`.
        gaps: Rows of `coverage.gaps`.
        keep: How a step's table is computed once.
        stage: Begins the names of the tables that are kept.
    """
    day = business.looked.select("event_id", "day")
    stepped = states.states(business.looked, business.pairs, wide, gaps).join(day, "event_id")
    wrong = states.mismatches(business.looked, business.versions, business.parties, gaps).join(
        day, "event_id"
    )
    return keep(f"tw_{stage}_states", stepped), keep(f"tw_{stage}_mismatches", wrong)


def none_like(table: ir.Table) -> ir.Table:
    """Return no rows of a table's columns."""
    return table.filter(ibis.literal(False))
