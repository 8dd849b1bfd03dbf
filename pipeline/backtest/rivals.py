"""The naive rivals of a replay, each cut so that it opens as many new cases as ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pipeline.backtest.replay import ReplayedNight
from pipeline.backtest.rival_scores import FrontEndRule, RawForest, Rival, Volume
from pipeline.backtest.tally import QUIET_DAYS, Tally
from pipeline.bank import Bank


@dataclass(frozen=True)
class Rated:
    """A rival at its cut.

    Attributes:
        tally: What it would have raised.
        cut: Score from which it raises.
        new_cases: How many cases that opens.
    """

    tally: Tally
    cut: float
    new_cases: int


class Rivals:
    """Watches a replay and ranks its people in naive ways; it holds one number a rival, night and person.

    Args:
        bank: The bank that is replayed.
        first: First night.
        last: Last night.
    """

    def __init__(self, bank: Bank, first: date, last: date) -> None:
        self._span = (first, last)
        self._rivals: dict[str, Rival] = {
            "volume": Volume(),
            "front-end": FrontEndRule(bank, first, last),
            "raw IForest": RawForest(bank, bank.settings.detection.seed),
        }
        self._index: dict[str, int] = {}
        self._nights: list[NDArray[np.int32]] = []
        self._people: list[NDArray[np.int32]] = []
        self._scores: dict[str, list[NDArray[np.float32]]] = {name: [] for name in self._rivals}

    def watch(self, night: ReplayedNight) -> None:
        """Let every rival rank the people that our ranking names tonight."""
        rows = night.ranked
        names = [str(name) for name in night.scores.people[rows]]
        numbers = [self._index.setdefault(name, len(self._index)) for name in names]
        self._people.append(np.array(numbers, dtype=np.int32))
        self._nights.append(np.full(len(rows), night.scores.night.toordinal(), dtype=np.int32))
        for name, rival in self._rivals.items():
            self._scores[name].append(rival.score(night.scores.facts)[rows].astype(np.float32))

    def rated(self, cases: int) -> dict[str, Rated]:
        """Cut every rival so that it opens as many new cases, or the nearest number below.

        Args:
            cases: New cases of ours.
        """
        nights, people = np.concatenate(self._nights), np.concatenate(self._people)
        return {
            name: self._rated(nights, people, np.concatenate(scores), cases)
            for name, scores in self._scores.items()
        }

    def _rated(
        self, nights: NDArray[np.int32], people: NDArray[np.int32], scores: NDArray[np.float32], cases: int
    ) -> Rated:
        cut = cut_for(nights, people, scores, cases)
        tally = Tally(*self._span)
        names = np.array(list(self._index), dtype=object)
        for night in np.unique(nights):
            rows = nights == night
            of_night = scores[rows].astype(np.float64)
            tally.add(date.fromordinal(int(night)), names[people[rows]], of_night, of_night >= cut)
        return Rated(tally, cut, len(tally.new_cases()))


def count_cases(nights: NDArray[np.int32], people: NDArray[np.int32]) -> int:
    """Count new cases among alerts.

    Args:
        nights: (n,) day numbers, ascending for each person.
        people: (n,) people, sorted.
    """
    if not len(nights):
        return 0
    same = people[1:] == people[:-1]
    return int(1 + np.sum(~same | (nights[1:] - nights[:-1] > QUIET_DAYS)))


def cut_for(
    nights: NDArray[np.int32], people: NDArray[np.int32], scores: NDArray[np.float32], cases: int
) -> float:
    """Find the cut that opens a number of new cases, or the nearest number below it.

    Lower cuts open more cases until alerts grow so frequent that they run into one. The search goes down from
    the top in growing steps, so that it does not answer with a cut that raises everybody all the time.

    Args:
        nights: (n,) day numbers.
        people: (n,) people.
        scores: (n,) the rival's scores.
        cases: The number wanted.
    """
    order = np.lexsort((nights, people))
    nights, people, scores = nights[order], people[order], scores[order]
    levels = np.unique(scores)[::-1]
    best, most = float(np.inf), 0

    def few_enough(level: int) -> bool:
        nonlocal best, most
        chosen = scores >= levels[level]
        opened = count_cases(nights[chosen], people[chosen])
        if most < opened <= cases:
            best, most = float(levels[level]), opened
        return opened <= cases

    low, high, step = -1, len(levels), 1
    while low + step < high:  # gallop: the answer lies near the top
        if few_enough(low + step):
            low += step
            step *= 2
        else:
            high = low + step
    while high - low > 1:
        middle = (low + high) // 2
        if few_enough(middle):
            low = middle
        else:
            high = middle
    return best
