"""When business records become visible: the same night, the next, days later, or never."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.days import DAY
from pipeline.simulate.world import World


def arrivals(world: World) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Draw when each record was written to the feed.

    Returns:
        (records,) seconds, and (records,) whether it arrived at all within the span.
    """
    rng, habits, created = world.rng("arrival"), world.habits, world.records["created"]
    n = len(created)
    night = created // DAY * DAY + 22 * 3600
    same = np.maximum(night, created) + rng.integers(60, 6600, n)
    chance = rng.random(n)
    nights = np.where(
        chance < habits.same_night, 0, np.where(rng.random(n) < habits.next_night, 1, rng.integers(2, 6, n))
    )
    seen = same + nights * DAY
    workdays = np.flatnonzero(world.days.workday)
    lost = np.zeros(n, dtype=bool)
    if len(workdays) > 20:
        chosen = rng.choice(workdays[10:], habits.late_nights + habits.lost_nights, replace=False)
        for i, day in enumerate(chosen):
            that_night = world.days.of(seen) == day
            if i < habits.late_nights:
                seen[that_night] += int(rng.integers(1, 4)) * DAY
            else:
                lost |= that_night
    begun = created < world.days.at(0)
    seen[begun] = np.minimum(seen[begun], int(world.days.at(0)))
    return seen, ~lost & (created < world.days.end) & (seen < world.days.end + 7200)
