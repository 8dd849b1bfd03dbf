"""Corrected rows of the access log: each version stands from the night that first knew it to the one that knew better."""

from __future__ import annotations

from datetime import time

import ibis
import ibis.expr.types as ir

from pipeline.evidence.nights import forever, known_night

MARK = "\x1f"
"""Parts an event's id from the night of a version that was corrected later: each version is an act by itself."""


def night_of(log: ir.Table, cutoff: time) -> ir.DateValue:
    """Return the first night that may use a row of the access log."""
    return ibis.greatest(log.business_day, known_night(log.recorded_at_local, cutoff))


def standing(log: ir.Table, cutoff: time) -> ir.Table:
    """Return the versions of the log's rows that any night saw, each with the night from which it counts no more.

    A correction that does not say when it was recorded counts from the night of the act itself, and no night has seen what
    it replaces.

    Args:
        log: All versions of the access log's rows; the same version may stand on two days' files.
        cutoff: The night's cut-off.

    Returns:
        The log's columns and `superseded`, the end of time for what stands; the newest version keeps its event's id.
    """
    keys = log.group_by("event_id").agg(copies=log.count())
    corrected = keys.filter(keys.copies > 1)
    # Ranking carries every column of every row along; most logs hold no correction, and the keys alone tell.
    if not corrected.limit(1).to_pyarrow().num_rows:
        return log.mutate(superseded=forever())
    dated = log.semi_join(corrected, "event_id").mutate(first_night=lambda t: night_of(t, cutoff))
    newer = ibis.window(
        group_by=dated.event_id,
        order_by=[ibis.desc(dated.batch_id), ibis.desc(dated.file_id), ibis.desc(dated.line)],
        preceding=(None, 1),
    )
    spans = dated.mutate(superseded=ibis.coalesce(dated.first_night.min().over(newer), forever()))
    seen = spans.filter(spans.first_night < spans.superseded)
    named = seen.mutate(
        event_id=(seen.superseded < forever()).ifelse(
            seen.event_id + MARK + seen.first_night.cast("string"), seen.event_id
        )
    ).drop("first_night")
    whole = log.anti_join(corrected, "event_id").mutate(superseded=forever())
    return whole.union(named.select(*whole.columns))


def event_of(event: ir.StringValue) -> ir.StringValue:
    """Return the id of the event that a version is of."""
    return event.split(MARK)[0]
