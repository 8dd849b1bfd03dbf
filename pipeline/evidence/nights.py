"""Nights as dates: when a fact became known, in the terms of the run that first may use it."""

from __future__ import annotations

from datetime import time

import ibis
import ibis.expr.types as ir

FOREVER = "9999-12-31"


def known_night(recorded_local: ir.TimestampValue, cutoff: time) -> ir.DateValue:
    """Return the night whose run is the first that may use what was recorded then.

    A row recorded at the cut-off itself still counts: the night of D takes all that was there by D+1,
    `cutoff`.

    Args:
        recorded_local: When the row became visible, on the bank's wall clock.
        cutoff: The cut-off on the day after, on the same clock.
    """
    # Whole microseconds, because both engines keep them; the one extra makes the cut-off itself belong to the
    # night.
    offset = (cutoff.hour * 3600 + cutoff.minute * 60 + cutoff.second) * 1_000_000 + 1
    return (recorded_local - ibis.interval(microseconds=offset)).date()


def forever() -> ir.DateValue:
    """Return the night that never comes: the end of what still holds."""
    return ibis.date(FOREVER)


def stepped_spans(steps: ir.Table) -> ir.Table:
    """Turn spans of nights into +1 at the begin and -1 at the end."""
    begin = steps.mutate(night=steps.from_night, sign=ibis.literal(1, "int64"))
    end = steps.filter(steps.until_night < forever()).mutate(
        night=lambda t: t.until_night, sign=ibis.literal(-1, "int64")
    )
    return begin.union(end)
