"""The look-ups with their evidence, stored by day, so that an investigation reads and never computes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir

from pipeline.engines.tables import write_by_day
from pipeline.evidence.columns import ACT_COLUMNS, STEP_COLUMNS
from pipeline.evidence.copies import reopen
from pipeline.evidence.corrections import event_of
from pipeline.evidence.days import evidence_folder
from pipeline.evidence.nights import forever
from pipeline.evidence.states import HOLLOW, IN_NO_RECORD, LONG_OPEN, NAMES_OTHERS
from pipeline.home import PRIVATE_DIR, Home

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


def explaining_records(pairs: ir.Table, wide: ir.Table) -> ir.Table:
    """Return event_id, record_id, record_kind, record_from, record_is_near.

    The record that explains each look-up best.
    """
    joined = pairs.left_join(wide.mutate(wide_hit=ibis.literal(True)), ["role", "kind", "day"])
    near = joined.is_near_person | joined.wide_hit.notnull()
    ranked = joined.mutate(record_is_near=near, solid=near & ~joined.is_hollow)
    best = ibis.window(
        group_by=ranked.event_id, order_by=[ibis.desc(ranked.solid), ranked.from_night, ranked.record_id]
    )
    first = ranked.mutate(place=ibis.row_number().over(best)).filter(lambda t: t.place == 0)
    return first.select(
        "event_id",
        "record_id",
        "record_is_near",
        record_kind=first.kind,
        record_from=first.from_night,
    )


def evidence_rows(
    acts: ir.Table, states: ir.Table, mismatches: ir.Table, pairs: ir.Table, wide: ir.Table
) -> ir.Table:
    """Return every act of people with the steps of its state: one row an act and step.

    Args:
        acts: Rows of `marks.described_acts`.
        states: Rows of `states.states`.
        mismatches: Rows of `states.mismatches`.
        pairs: Rows of `linkage.supporting_pairs`.
        wide: Rows of `linkage.bank_wide`.
    """
    # A record may turn hollow, or get its second hand: that hangs on the night, as the step does.
    steps = states.select(
        "event_id",
        *STEP_COLUMNS,
        record_is_hollow=states.weakness == HOLLOW,
        record_is_long_open=states.weakness == LONG_OPEN,
    )
    others = mismatches.filter(mismatches.kind == NAMES_OTHERS)
    wrong = others.group_by("event_id").agg(
        mismatch_from=others.from_night.min(), mismatch_until=others.until_night.max()
    )
    none = mismatches.filter(mismatches.kind == IN_NO_RECORD)
    none = none.group_by("event_id").agg(
        unknown_number_from=none.held_from.min(), unknown_number_until=none.until_night.max()
    )
    joined = acts.select(*ACT_COLUMNS, "superseded")
    for table in (steps, wrong, none, explaining_records(pairs, wide)):
        joined = joined.left_join(table, "event_id").drop("event_id_right")
    return joined.mutate(
        event_id=event_of(joined.event_id),
        from_night=ibis.coalesce(joined.from_night, joined.night),
        until_night=ibis.least(ibis.coalesce(joined.until_night, forever()), joined.superseded),
    ).drop("superseded")


def write_evidence(backend: Backend, home: Home, rows: ir.Table, first: date, last: date) -> None:
    """Store the evidence of the days from `first` to `last`, in place of what was there of them.

    Args:
        backend: The engine.
        home: The installation.
        rows: Rows of `evidence_rows`.
        first: First day.
        last: Last day.
    """
    folder = evidence_folder(home)
    folder.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    reopen(home, first, last)
    span = rows.filter((rows.day >= first) & (rows.day <= last))
    write_by_day(backend, span, folder, ("day", "entity", "occurred_at_local", "event_id", "from_night"))
