"""When people act: shifts, lunch, the tail after closing time, and the pace of a human hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.days import DAY
from pipeline.simulate.staff import ROLE, SHIFT_NAMES, SHIFTS
from pipeline.simulate.world import World

QUARTER = 900


def _profile(start: float, end: float, lunch_dip: float) -> NDArray[np.float64]:
    """Weight of each quarter of an hour from the midnight before to noon of the day after."""
    hour = np.arange(0, 36, 0.25)
    inside = (hour >= start) & (hour < end)
    weight = inside * (
        0.7
        + 0.5 * np.exp(-(((hour - start - 2) / 1.5) ** 2))
        + 0.3 * np.exp(-(((hour - end + 2) / 1.3) ** 2))
    )
    weight[(hour >= 12) & (hour < 13.5)] *= 1 - lunch_dip
    return np.asarray(weight / weight.sum())


def working_times(
    world: World, rng: np.random.Generator, person: NDArray[np.int64], day: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Draw a time of each person's shift on each day, with the honest tail outside it.

    Returns:
        (n,) wall-clock seconds.
    """
    shift = world.staff.shift[person]
    at = np.zeros(len(person), dtype=np.int64)
    for i, name in enumerate(SHIFT_NAMES):
        mine = np.flatnonzero(shift == i)
        if not len(mine):
            continue
        start, end = SHIFTS[name]
        profile = _profile(start, end, world.habits.lunch_dip if name == "day" else 0.15)
        at[mine] = rng.choice(len(profile), len(mine), p=profile) * QUARTER + rng.integers(
            0, QUARTER, len(mine)
        )
        off = rng.random(len(mine)) < world.habits.off_roster * (1 + 2 * (world.days.load[day[mine]] > 1.15))
        late = end * 3600 + np.minimum(rng.exponential(3000, len(mine)), 4 * 3600)
        at[mine] = np.where(off, late.astype(np.int64), at[mine])
    return world.days.at(day) + at


def spaced(actor: NDArray[np.int32], at: NDArray[np.int64], gap: NDArray[np.int64]) -> NDArray[np.int64]:
    """Push acts of one person apart so that each follows the one before by at least its gap.

    Args:
        actor: (n,) who.
        at: (n,) seconds.
        gap: (n,) seconds that a hand needs before this act.

    Returns:
        (n,) seconds, in the given order.
    """
    order = np.lexsort((at, actor))
    total = np.cumsum(gap[order])
    lane = actor[order].astype(np.int64) * (1 << 40)  # one person's times never push another's
    pushed = np.maximum.accumulate(at[order] - total + lane) + total - lane
    result = np.empty_like(at)
    result[order] = pushed
    return result


def daily_counts(
    world: World, rng: np.random.Generator, role: str, rate: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw how much everybody of a role does on each day.

    Returns:
        (n,) people and (n,) days, one entry per piece of work; over-dispersed (negative binomial).
    """
    staff = world.staff
    on = (staff.role == ROLE[role]) & staff.present
    people, days = np.nonzero(on)
    mean = rate * staff.pace[people] * world.days.load[days]
    mean = np.where(world.days.workday[days] | (rate > 50), mean, mean * world.habits.saturday_load)
    shape = world.habits.dispersion * (8 if rate > 30 else 1)
    counts = rng.poisson(mean * rng.gamma(shape, 1 / shape, len(mean)))
    return np.repeat(people, counts), np.repeat(days, counts)


def office_hours(rng: np.random.Generator, at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Move times that fall outside 8:40–17:20 into those hours of the same day."""
    second = at % DAY
    odd = (second < 31_200) | (second > 62_400)
    return np.where(odd, at - second + rng.integers(31_200, 62_400, len(at)), at)
