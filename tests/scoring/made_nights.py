"""Nights made by hand: windowed facts of a small invented bank, without any engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache

import numpy as np

from pipeline.calendar import BusinessCalendar
from pipeline.features.catalogue import MEASURES
from pipeline.features.windows import BANDS, NightFacts, _derive
from pipeline.scoring.scorer import PastNight, Scorer
from pipeline.settings import Detection

FIRST, LAST = date(2026, 1, 5), date(2026, 6, 30)
PEOPLE = 80
DAYS_PER_BAND = np.array([1, 4, 15, 40, 60, 10])
Change = Callable[[dict[str, np.ndarray]], None]


def ordinary(night: date, change: Change | None = None, people: int = PEOPLE) -> NightFacts:
    """Make a night of honest people, each look-up mostly explained; the same night gives the same facts.

    Args:
        night: The night; also the seed.
        change: Changes the measures before what follows from them is derived.
        people: How many.
    """
    rng = np.random.default_rng(night.toordinal())
    bands = {name: np.zeros((people, BANDS)) for name in MEASURES}
    lookups = rng.poisson(6 * DAYS_PER_BAND, (people, BANDS)).astype(float)
    habit = rng.beta(3, 97, (people, 1))
    unlinked = rng.binomial(lookups.astype(int), np.broadcast_to(habit, lookups.shape)).astype(float)
    hollow = rng.binomial(lookups.astype(int), 0.02).astype(float)
    bands["lookups"] = bands["typed"] = bands["attempts"] = lookups
    bands["copies_or_lookups"] = bands["region_known"] = bands["terminal_known"] = lookups
    bands["active"] = np.minimum(lookups, DAYS_PER_BAND)
    bands["closed_application"], bands["unlinked_application"] = lookups, unlinked
    bands["supported_application"], bands["hollow_application"] = lookups - unlinked, hollow
    bands["off_hours"] = rng.binomial(lookups.astype(int), 0.03).astype(float)
    bands["far_region"] = rng.binomial(lookups.astype(int), 0.05).astype(float)
    bands["peak_60min"], bands["peak_10min"] = (
        rng.poisson(4, lookups.shape) + 1.0,
        rng.poisson(2, lookups.shape) + 1.0,
    )
    if change:
        change(bands)
    for name in ("unlinked", "hollow", "long_open"):
        bands[name] = bands[f"{name}_application"]
    _derive(bands)
    names = np.array([f"E{number:03d}" for number in range(people)], dtype=object)
    roles = np.array(
        ["client_manager" if number % 2 else "counter" for number in range(people)], dtype=object
    )
    branches = np.array([f"B{number % 6}" for number in range(people)], dtype=object)
    return NightFacts(night, names, roles, branches, bands)


def fresh_scorer(**settings: object) -> Scorer:
    """Make a scorer whose past nights are ordinary, and which has yet to weigh them."""

    def facts_of(nights: Sequence[date]) -> list[NightFacts]:
        return [ordinary(night) for night in nights]

    chosen = {"detectors": [], **settings}
    return Scorer(Detection.model_validate(chosen), BusinessCalendar("CN", FIRST, LAST), facts_of, FIRST)


NIGHT = date(2026, 6, 24)


@cache
def _weighed() -> dict[date, PastNight]:
    watch = fresh_scorer()
    watch.score(ordinary(NIGHT))
    return {night: watch.past[night] for night in watch.reference_nights(NIGHT)}


def scorer(**settings: object) -> Scorer:
    """Make a scorer whose past nights are ordinary; those before `NIGHT` are weighed once for all, for that is what takes time."""
    made = fresh_scorer(**settings)
    made.past.update(_weighed())
    return made


def later(days: int) -> date:
    """Return a night some days after the usual one."""
    return NIGHT + timedelta(days=days)
