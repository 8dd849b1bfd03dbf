"""Calibration rests on scores by detectors that have not seen the row."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.base import DetectorError
from detectors.calibration import ConformalCalibrator
from detectors.held_out import held_out_scores
from detectors.registry import make_detector


def make():
    return make_detector("knn", n_neighbors=1)


def test_held_out_scores_calibrate_a_neighbour_detector_and_its_own_do_not() -> None:
    rng = np.random.default_rng(1)
    past, tonight = rng.normal(size=(1500, 4)), rng.normal(size=(4000, 4))
    detector = make().fit(past)
    right = ConformalCalibrator().fit(held_out_scores(make, past)).calibrate(detector.score(tonight)).p
    wrong = ConformalCalibrator().fit(detector.score(past)).calibrate(detector.score(tonight)).p
    assert np.mean(right <= 0.05) == pytest.approx(0.05, abs=0.015)
    assert np.mean(wrong <= 0.05) > 0.5


def test_all_nights_of_one_person_are_held_out_together() -> None:
    rng = np.random.default_rng(2)
    own_way = rng.normal(size=(60, 4)).repeat(10, axis=0) * 3
    X = own_way + 0.05 * rng.normal(size=(600, 4))
    people = [f"E{i // 10:03d}" for i in range(600)]
    assert np.median(held_out_scores(make, X, people)) > 5 * np.median(held_out_scores(make, X))


def test_too_few_people_for_the_folds_is_said() -> None:
    with pytest.raises(DetectorError, match="too few people"):
        held_out_scores(make, np.zeros((9, 2)), ["a"] * 9)
