"""Leaving a part out, on a small simulated bank."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from pipeline.backtest.ablations import COLUMN_WINDOWS, AblatedScorer, Ablation, ablations, replay_without
from pipeline.bank import open_bank
from pipeline.casebook.engine import open_casebook
from pipeline.features.catalogue import FAMILIES
from pipeline.scoring.family_limits import PATTERN
from pipeline.scoring.scorer import FAMILY_COLUMNS
from pipeline.settings import Detection, load_settings
from tests.backtest.conftest import LAST

NIGHT = date.fromisoformat(LAST)


@pytest.fixture(scope="module")
def bank(bank_home):
    settings = load_settings(bank_home.home.config)
    engine = open_casebook(bank_home.home, settings)
    with open_bank(bank_home.home, settings, engine, NIGHT, NIGHT) as opened:
        yield opened
    engine.dispose()


@pytest.fixture(scope="module")
def whole(bank):
    return bank.score(NIGHT)


def test_nothing_left_out_changes_nothing(bank, whole):
    same = AblatedScorer(bank.scorer, Ablation("nothing")).score(whole.facts)
    assert np.array_equal(same.score, whole.score)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_left_out_says_nothing_and_the_others_still_make_up_the_score(bank, whole, family):
    without = AblatedScorer(bank.scorer, Ablation("", families=frozenset({family}))).score(whole.facts)
    assert set(without.families) == set(whole.families) - {family}
    told = np.sum(list(without.families.values()), axis=0)
    assert np.allclose(told[told > 0], without.score[told > 0])


def test_without_the_families_that_speak_of_somebody_little_is_left_of_their_score(bank, whole):
    person = int(np.argmax(whole.score))
    speaking = frozenset(name for name, points in whole.families.items() if points[person] > 0)
    without = AblatedScorer(bank.scorer, Ablation("", families=speaking)).score(whole.facts)
    assert without.score[person] < whole.score[person] / 2


def test_every_column_has_the_window_of_its_measurement(whole):
    assert [relative.days for relative in whole.relatives] == list(COLUMN_WINDOWS)


def test_the_list_names_every_family_and_detector_once():
    listed = ablations(Detection())
    assert [set(part.families) for part in listed if part.families] == [
        {name} for name in (*FAMILIES, PATTERN)
    ]
    assert [set(part.detectors) for part in listed if part.detectors] == [{k} for k in Detection().detectors]
    assert len({part.name for part in listed}) == len(listed)
    assert set(FAMILY_COLUMNS) == set(FAMILIES)


def test_a_replay_gives_everything_first_and_each_part_beside_it(bank):
    parts = [Ablation("night alone", windows=frozenset({5, 20, 60, 250}))]
    tallies = replay_without(bank, NIGHT, NIGHT, parts)
    assert list(tallies) == ["everything", "night alone"]
    assert tallies["everything"].worst != tallies["night alone"].worst
