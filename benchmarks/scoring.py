"""What a night's scoring costs: the catalogue over invented people, frozen on past nights, then one night scored.

Run from the root: python -m benchmarks.scoring [--employees 10000] [--nights 20] [--pattern]
Seconds are CPU seconds (user and system); the rival is one isolation forest over the same measurements, fitted and scored.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import TypeVar

import numpy as np

from detectors.registry import make_detector
from pipeline.calendar import BusinessCalendar
from pipeline.features.catalogue import FEATURES, MEASURES
from pipeline.features.windows import BANDS, NightFacts, _derive
from pipeline.scoring.scorer import Scorer
from pipeline.settings import Detection

FIRST, LAST = date(2026, 1, 5), date(2026, 6, 30)
ROLES = 12
Result = TypeVar("Result")
DAYS_PER_BAND = np.array([1, 4, 15, 40, 60, 10])


def invented(night: date, people: int) -> NightFacts:
    """Facts of one night: six look-ups a person and day, each mark on a few of them."""
    rng = np.random.default_rng(night.toordinal())
    lookups = rng.poisson(6 * DAYS_PER_BAND, (people, BANDS)).astype(np.float64)
    bands = {name: rng.binomial(lookups.astype(np.int64), 0.02).astype(np.float64) for name in MEASURES}
    for name in ("lookups", "typed", "attempts", "copies_or_lookups", "region_known", "terminal_known"):
        bands[name] = lookups
    bands["active"] = np.minimum(lookups, DAYS_PER_BAND)
    bands["closed_application"] = bands["supported_application"] = lookups
    _derive(bands)
    names = np.array([f"E{number:07d}" for number in range(people)], dtype=object)
    roles = np.array([f"role {number % ROLES}" for number in range(people)], dtype=object)
    branches = np.array([f"B{number // 15}" for number in range(people)], dtype=object)
    return NightFacts(night, names, roles, branches, bands)


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(what: str, act: Callable[[], Result]) -> tuple[Result, float]:
    wall, begun = time.perf_counter(), cpu()
    result = act()
    spent = cpu() - begun
    print(f"{what:<46}{spent:9.1f} s CPU {time.perf_counter() - wall:9.1f} s wall")
    return result, spent


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--employees", type=int, default=10_000)
    parser.add_argument("--nights", type=int, default=20, help="past nights that are measured against")
    parser.add_argument("--pattern", action="store_true", help="with the PyOD detectors too")
    args = parser.parse_args()
    settings = Detection() if args.pattern else Detection.model_validate({"detectors": []})
    calendar = BusinessCalendar("CN", FIRST, LAST + timedelta(days=30))

    def facts_of(nights: Sequence[date]) -> Iterator[NightFacts]:
        return (invented(night, args.employees) for night in nights)

    scorer = Scorer(settings, calendar, facts_of, FIRST)
    night = LAST
    while len(scorer.reference_nights(night)) > args.nights:
        night -= timedelta(days=1)
    tonight, making = timed("inventing one night", lambda: invented(night, args.employees))
    n = len(scorer.reference_nights(night))
    print(
        f"{args.employees} people, {sum(len(one.windows) for one in FEATURES)} measurements, {n} past nights"
    )
    timed("first night: past, frozen scales and score", lambda: scorer.score(tonight))
    print(f"{'  of which inventing the past':<46}{making * n:9.1f} s CPU, about")
    scores, again = timed("a night whose past is known", lambda: scorer.score(tonight))
    surprise = scores.surprise
    _, rival = timed(
        "rival: one isolation forest",
        lambda: make_detector("iforest").fit(surprise[: min(len(surprise), 20_000)]).score(surprise),
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"a night costs {again / rival:.2f} of the rival; peak memory {peak:.1f} GB")


if __name__ == "__main__":
    main()
