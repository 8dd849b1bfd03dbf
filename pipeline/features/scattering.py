"""Look-ups that only other units' business explains, spread over many units (domain.md F22).

Who takes a portfolio over, or helps another branch, looks at the customers of one or two units. Who takes customers as they come
meets records of all of them by chance, and each such record would explain a look-up if it stood alone.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from pipeline.evidence.nights import forever
from pipeline.evidence.states import FAR, PLACES

FAR_PLACES = tuple(f"far_place_{place}" for place in range(PLACES))
"""Columns of the daily facts: look-ups that only records of other units explain, by the unit's place."""
SCATTERED = "scattered"
"""The measure that `scattered` works out of them, window by window."""
TAKEN_OVER = 2
"""Places whose records may all belong to a portfolio that was taken over, or to a branch that is helped."""


def far_by_place(first: ir.Table, states: ir.Table) -> ir.Table:
    """Count far look-ups per person, day and place of the record's unit.

    Args:
        first: One look-up per person, customer and day: event_id, entity, day.
        states: Rows of `states.states`.

    Returns:
        person, day, night and one column of `FAR_PLACES` each: increments.
    """
    far = states.filter(states.thinness == FAR)
    spans = far.join(first.select("event_id", "day", person=first.entity), "event_id")
    one = ibis.literal(1, "int64")
    begins = spans.select("person", "day", "place", night=spans.from_night, step=one)
    ended = spans.filter(spans.until_night < forever())
    ends = ended.select("person", "day", "place", night=ended.until_night, step=-one)
    steps = begins.union(ends)
    zero = ibis.literal(0, "int64")
    counts = {
        name: (steps.place == str(place)).ifelse(steps.step, zero).sum()
        for place, name in enumerate(FAR_PLACES)
    }
    return steps.group_by("person", "day", "night").agg(**counts)


def scattered(by_place: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) the far look-ups of a window beyond those of the places that show most.

    Args:
        by_place: (n, PLACES) far look-ups of the window.
    """
    most = np.sort(by_place, axis=1)[:, -TAKEN_OVER:]
    return np.asarray(by_place.sum(axis=1) - most.sum(axis=1))
