"""What is planted in a person's figures comes first among the reasons, family by family."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from pipeline.calendar import BusinessCalendar
from pipeline.features.catalogue import FAMILIES, FEATURES
from pipeline.features.scattering import FAR_PLACES, SCATTERED
from pipeline.features.spec import Feature, Model
from pipeline.features.windows import NightFacts
from pipeline.scoring.explain import reasons_of
from pipeline.scoring.family_limits import CONTEXT, MASS
from pipeline.scoring.scorer import NightScores, Scorer
from pipeline.settings import Alerting, Detection
from tests.scoring.made_nights import FIRST, LAST, later, ordinary

NIGHTS = 4
VICTIMS = 5
"""People of one night in whom the same is planted; few enough that they do not set what is ordinary."""
SAME_LOOKUPS = {"waiting": {"waiting", "linkage"}, "linkage": {"waiting", "linkage"}}
"""Families that tell of the same look-ups: whichever comes first, the officer reads that no record was found."""
A_FULL_DAY = 60
NEVER_HONEST = {"absence", "mismatch", "watched"}

Injected = dict[str, list[tuple[NightScores, list[int]]]]
CHOSEN: dict[str, Feature] = {}
for _feature in FEATURES:
    if (
        _feature.model is not Model.EVEN
    ):  # told of the unlinked ones' spread alone: nothing to plant by itself
        CHOSEN.setdefault(_feature.family, _feature)


def _measured(bands: dict[str, np.ndarray], name: str) -> str:
    """Name the counted measure behind one that is derived of classes."""
    return next((known for known in (f"{name}_application", name) if known in bands), "unlinked_application")


def _lived_in(bands: dict[str, np.ndarray], seed: int) -> None:
    """Give every measure that an ordinary bank shows a little of something, so that each has a normal."""
    rng = np.random.default_rng(seed)
    lookups = bands["lookups"].astype(int)
    for feature in CHOSEN.values():
        base, top = _measured(bands, feature.denominator), _measured(bands, feature.numerator)
        if not bands[base].any():
            bands[base] = bands["lookups"].copy()
        if feature.model is Model.SHARE and not bands[top].any():
            rare = 0.001 if feature.family in NEVER_HONEST else 0.03
            bands[top] = rng.binomial(lookups, rare).astype(float)
    for place in FAR_PLACES:
        bands[place] = rng.binomial(lookups, 0.004).astype(float)


def _planted(bands: dict[str, np.ndarray], feature: Feature, rows: Sequence[int]) -> None:
    if feature.numerator == SCATTERED:
        for place in FAR_PLACES:
            bands[place][rows, :3] += np.ceil(0.1 * bands["lookups"][rows, :3])
        return
    if feature.family == "waiting":
        bands["pending_application"][rows, 1:3] = np.ceil(0.6 * bands["lookups"][rows, 1:3])
        return
    top, base = _measured(bands, feature.numerator), _measured(bands, feature.denominator)
    if feature.family == "today":
        bands[base][rows, 0] = A_FULL_DAY
    factor = 5.0 if feature.model is Model.PEAK else 4.0
    for row in rows:
        if feature.model is Model.SHARE:
            bands[top][row, :3] = np.ceil(0.6 * bands[base][row, :3])
        else:
            bands[top][row, :3] = np.ceil(factor * np.maximum(bands[top][row, :3], 2.0))


def _night(night: date, feature: Feature | None = None, rows: Sequence[int] = ()) -> NightFacts:
    def change(bands: dict[str, np.ndarray]) -> None:
        _lived_in(bands, night.toordinal())
        if feature is not None:
            _planted(bands, feature, rows)

    return ordinary(night, change)


@pytest.fixture(scope="module")
def injected() -> Injected:
    """Return family → nights with their victims; night by night, for the past is weighed anew for each."""
    watch = Scorer(
        Detection.model_validate({"detectors": []}),
        BusinessCalendar("CN", FIRST, LAST),
        lambda nights: [_night(night) for night in nights],
        FIRST,
    )
    found: Injected = {family: [] for family in CHOSEN}
    for shift in range(NIGHTS):
        rows = [(11 * shift + 17 * number) % 80 for number in range(VICTIMS)]
        for family, feature in CHOSEN.items():
            found[family].append((watch.score(_night(later(shift - 30), feature, rows)), rows))
    return found


def _first_family(scores: NightScores, row: int) -> str:
    reasons = reasons_of(scores, row)
    return reasons[0].family if reasons else ""


@pytest.mark.parametrize("family", sorted((set(CHOSEN) - CONTEXT) | {"volume"}))
def test_the_planted_family_makes_a_case_and_comes_first(injected: Injected, family: str) -> None:
    first = 0
    for scores, rows in injected[family]:
        assert (scores.score[rows] > Alerting().open_nats).mean() >= 0.75
        first += sum(_first_family(scores, row) in SAME_LOOKUPS.get(family, {family}) for row in rows)
    assert first >= 0.95 * NIGHTS * VICTIMS


@pytest.mark.parametrize("family", sorted(set(CHOSEN) & CONTEXT - MASS))
def test_context_by_itself_makes_no_case_however_much_of_it_is_planted(
    injected: Injected, family: str
) -> None:
    for scores, rows in injected[family]:
        assert (scores.score[rows] < Alerting().open_nats).all()


def test_every_family_of_single_measures_is_tried() -> None:
    assert set(CHOSEN) == set(FAMILIES) - {"evenness"}
