"""P-values are right on clean nights, per class, and say when they go beyond what was seen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.base import DetectorError
from detectors.calibration import (
    ConformalCalibrator,
    benjamini_hochberg,
    expected_false_alerts,
    population_stability_index,
    without_contamination,
)


@pytest.mark.parametrize(("law", "trim"), [("exponential", None), ("exponential", 0.05), ("normal", None)])
def test_clean_nights_reach_p_at_the_stated_rate(law, trim) -> None:
    rng = np.random.default_rng(21)
    rates = {1e-3: [], 1e-2: [], 5e-2: []}
    for _ in range(60):
        past, tonight = getattr(rng, law)(size=3000), getattr(rng, law)(size=10_000)
        p = ConformalCalibrator(trim_expected=trim).fit(past).calibrate(tonight).p
        for level, seen in rates.items():
            seen.append(np.mean(p <= level))
    for level, seen in rates.items():
        standard_error = np.std(seen) / np.sqrt(len(seen))
        assert np.mean(seen) == pytest.approx(level, abs=4 * standard_error)


def test_each_class_is_measured_by_its_own_and_small_ones_by_all() -> None:
    rng = np.random.default_rng(2)
    past = np.concatenate([rng.exponential(size=1000), 10 + rng.exponential(size=1000), [5.0] * 10])
    classes = ["clerk"] * 1000 + ["collector"] * 1000 + ["new"] * 10
    calibrator = ConformalCalibrator(min_class=200).fit(past, classes)
    got = calibrator.calibrate([10.5, 10.5, 10.5, np.nan], ["clerk", "collector", "new", "clerk"])
    assert got.p[0] < 2e-3
    assert got.p[1] > 0.3
    assert 0.2 < got.p[2] < 0.5
    assert np.isnan(got.p[3])
    assert got.pooled.tolist() == [False, False, True, False]
    assert got.n_reference.tolist() == [1000, 1000, 2010, 1000]
    assert got.extrapolated.tolist() == [True, False, False, False]


def test_guilty_past_rows_are_left_out_and_do_not_shield_the_next() -> None:
    rng = np.random.default_rng(4)
    past = np.concatenate([rng.exponential(size=4900), rng.uniform(15, 30, size=100)])
    kept = without_contamination(past)
    assert kept.max() < 15
    assert len(kept) >= 4895
    dirty = ConformalCalibrator().fit(past).calibrate([14.0]).p[0]
    clean = ConformalCalibrator(trim_expected=0.05).fit(past).calibrate([14.0]).p[0]
    known = ConformalCalibrator().fit(past, exclude=np.arange(5000) >= 4900).calibrate([14.0]).p[0]
    assert dirty > 0.015
    assert clean < 1e-4
    assert known < 1e-4


def test_no_past_is_an_error_that_names_the_way_out() -> None:
    with pytest.raises(DetectorError, match="review queue"):
        ConformalCalibrator().fit([np.nan])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_bh_equals_its_definition(p) -> None:
    values = np.array(p)
    adjusted = benjamini_hochberg(values)
    ordered = np.sort(values)
    for q in (0.01, 0.1, 0.5):
        below = np.flatnonzero(ordered <= q * np.arange(1, len(p) + 1) / len(p) + 1e-15)
        expected = below[-1] + 1 if len(below) else 0
        assert abs(int((adjusted <= q + 1e-12).sum()) - expected) <= (adjusted == pytest.approx(q)) * len(p)


def test_bh_keeps_the_share_of_false_alerts() -> None:
    rng = np.random.default_rng(5)
    shares = []
    for _ in range(200):
        p = np.concatenate([rng.random(480), rng.random(20) * 1e-4])
        found = np.flatnonzero(benjamini_hochberg(p) <= 0.1)
        shares.append(np.mean(found < 480))
    assert np.mean(shares) < 0.115
    assert np.isnan(benjamini_hochberg([np.nan, 0.5])[0])


def test_expected_false_alerts_is_rate_times_people() -> None:
    assert expected_false_alerts(0.001, 5000) == pytest.approx(5.0)


def test_psi_is_small_when_steady_and_great_after_a_shift() -> None:
    rng = np.random.default_rng(6)
    a = rng.normal(size=5000)
    assert population_stability_index(a, rng.normal(size=5000)) < 0.02
    assert population_stability_index(a, 1 + rng.normal(size=5000)) > 0.25
    half_lost = np.where(rng.random(5000) < 0.5, np.nan, a)
    assert population_stability_index(a, half_lost) > 0.25
    assert np.isnan(population_stability_index(a, []))
