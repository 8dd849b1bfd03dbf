"""Scores with a part left out: what each family, window or detector is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from pipeline.backtest.replay import ReplayedNight, count, replay, replay_night
from pipeline.backtest.tally import Tally
from pipeline.bank import Bank
from pipeline.features.catalogue import FAMILIES, FEATURES
from pipeline.features.spec import WINDOWS
from pipeline.scoring.alerting import AlertHistory
from pipeline.scoring.family_limits import PATTERN
from pipeline.scoring.scorer import FAMILY_COLUMNS, Floats, Frozen, Scorer
from pipeline.settings import Detection

COLUMN_WINDOWS = tuple(days for feature in FEATURES for days in feature.windows)
"""Window of each column of the surprise matrix, in the catalogue's order."""


@dataclass(frozen=True)
class Ablation:
    """What is left out.

    Attributes:
        name: How the tables call it.
        families: Families that say nothing; `pattern` is one.
        windows: Windows, in working days, that are not read.
        detectors: PyOD detectors of the pattern family that are not fitted.
    """

    name: str
    families: frozenset[str] = frozenset()
    windows: frozenset[int] = frozenset()
    detectors: frozenset[str] = frozenset()


def ablations(settings: Detection) -> list[Ablation]:
    """List every family, detector and span of windows, to be left out one at a time."""
    listed = [Ablation(f"without {name}", families=frozenset({name})) for name in (*FAMILIES, PATTERN)]
    if len(settings.detectors) > 1:
        listed += [Ablation(f"without {kind}", detectors=frozenset({kind})) for kind in settings.detectors]
    listed += [
        Ablation("night alone", windows=frozenset(WINDOWS[1:])),
        Ablation("without the long windows", windows=frozenset(WINDOWS[3:])),
        Ablation("without the short windows", windows=frozenset(WINDOWS[:2])),
    ]
    return listed


class AblatedScorer(Scorer):
    """A scorer that leaves a part out, and shares what it knows of the past with the whole one.

    Args:
        whole: The scorer with everything.
        left_out: What to leave out.
    """

    def __init__(self, whole: Scorer, left_out: Ablation) -> None:
        kept = [kind for kind in whole.settings.detectors if kind not in left_out.detectors]
        settings = whole.settings.model_copy(update={"detectors": kept})
        super().__init__(settings, whole.calendar, whole.facts_of, whole.first_day)
        self.past = whole.past
        self._left_out = left_out
        columns = np.isin(COLUMN_WINDOWS, list(left_out.windows))
        for family in left_out.families - {PATTERN}:
            columns[FAMILY_COLUMNS[family]] = True
        self._kept = ~columns

    def _pattern(self, past: Floats) -> Callable[[Floats], Floats] | None:
        return None if PATTERN in self._left_out.families else super()._pattern(past * self._kept)

    def _loudest_mass(self, surprise: Floats) -> dict[str, list[Floats]]:
        return super()._loudest_mass(surprise * self._kept)

    def _loudest(self, surprise: Floats, frozen: Frozen) -> dict[str, Floats]:
        loudest = super()._loudest(surprise * self._kept, frozen)
        silent = {name for name, columns in FAMILY_COLUMNS.items() if not self._kept[columns].any()}
        return {name: nats for name, nats in loudest.items() if name not in silent}


def replay_without(
    bank: Bank,
    first: date,
    last: date,
    left_out: Iterable[Ablation],
    watch: Callable[[ReplayedNight], None] = lambda night: None,
) -> dict[str, Tally]:
    """Replay the nights once with everything and once without each part; the facts are computed once.

    Args:
        bank: The bank, its groundwork laid for these nights.
        first: First night.
        last: Last night.
        left_out: The parts.
        watch: Shown each night as the whole one sees it.

    Returns:
        Name → what was raised; `everything` comes first.
    """
    parts = [(part, AblatedScorer(bank.scorer, part), AlertHistory()) for part in left_out]
    tallies = {"everything": Tally(first, last)} | {part.name: Tally(first, last) for part, _, _ in parts}
    for night in replay(bank, first, last):
        count(tallies["everything"], night)
        watch(night)
        for part, scorer, history in parts:
            scores = scorer.score(night.scores.facts)
            count(tallies[part.name], replay_night(scores, history, bank.settings.alerting))
    return tallies
