"""Look-ups that only records of other units explain, counted by the place of the unit (see `scattering`)."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from pipeline.evidence.nights import stepped_spans
from pipeline.evidence.states import FAR
from pipeline.features.scattering import FAR_PLACES


def far_by_place(first: ir.Table, states: ir.Table) -> ir.Table:
    """Count far look-ups per person, day and place of the record's unit.

    Args:
        first: One look-up per person, customer and day: event_id, entity, day.
        states: Rows of `states.states`.

    Returns:
        person, day, night and one column of `FAR_PLACES` each: increments.
    """
    far = states.filter(states.weakness == FAR)
    spans = stepped_spans(far.select("event_id", "place", "from_night", "until_night"))
    steps = spans.join(first.select("event_id", "day", person=first.entity), "event_id")
    zero = ibis.literal(0, "int64")
    counts = {
        name: (steps.place == str(place)).ifelse(steps.sign, zero).sum()
        for place, name in enumerate(FAR_PLACES)
    }
    return steps.group_by("person", "day", "night").agg(**counts)
