"""Tails count inside the reference, go on honestly beyond it, and look upwards only."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detectors.base import DetectorError
from detectors.tails import FrozenTails
from detectors.upper_tail import TailRule, UpperTail


def test_p_inside_the_reference_is_the_count_with_half_of_the_ties() -> None:
    tail = UpperTail.fit(np.array([0.0, 0.0, 0.0, 1.0, 2.0, np.nan]))
    p = np.exp(tail.log_p(np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 9.0])))
    np.testing.assert_allclose(p, np.array([6, 4.5, 3, 2.5, 1.5, 1]) / 6)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float64, st.integers(1, 300), elements=st.floats(-1e6, 1e6)),
    arrays(np.float64, 20, elements=st.floats(-1e7, 1e7)),
)
def test_p_falls_as_the_value_rises_and_stays_within_its_bounds(reference, x) -> None:
    rule = TailRule(beyond=50)
    log_p = UpperTail.fit(reference, rule).log_p(np.sort(x))
    assert (np.diff(log_p) <= 1e-12).all()
    assert (log_p <= 0).all()
    assert (log_p >= -np.log(50 * (len(reference) + 1)) - 1e-12).all()


@settings(max_examples=30, deadline=None)
@given(st.floats(0.01, 1000), st.floats(-100, 100), st.integers(0, 5))
def test_unit_and_origin_of_a_feature_change_no_p(unit, origin, seed) -> None:
    rng = np.random.default_rng(seed)
    reference, x = rng.exponential(size=600), np.array([0.5, 3.0, 9.0, 20.0])
    plain = UpperTail.fit(reference).log_p(x)
    moved = UpperTail.fit(reference * unit + origin).log_p(x * unit + origin)
    np.testing.assert_allclose(moved, plain, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("law", ["exponential", "normal"])
def test_continuation_beyond_the_reference_is_not_too_bold(law) -> None:
    rng = np.random.default_rng(8)
    rates = []
    for _ in range(40):
        p = np.exp(UpperTail.fit(getattr(rng, law)(size=1000)).log_p(getattr(rng, law)(size=50_000)))
        rates.append([np.mean(p <= level) / level for level in (1e-4, 3e-4, 1e-3, 1e-2)])
    assert (np.mean(rates, axis=0) < 1.3).all()


def test_a_row_beyond_everything_seen_goes_below_one_in_n() -> None:
    reference = np.random.default_rng(1).exponential(size=1000)
    assert UpperTail.fit(reference).log_p(np.array([30.0]))[0] < -np.log(20 * 1001)
    assert UpperTail.fit(reference, TailRule(beyond=1)).log_p(np.array([30.0]))[0] == -np.log(1001)
    assert UpperTail.fit(np.zeros(1000)).log_p(np.array([30.0]))[0] == -np.log(1001)


def families_data() -> tuple[np.ndarray, dict[str, list[int]]]:
    rng = np.random.default_rng(3)
    X = np.column_stack(
        [rng.normal(size=(3000, 1)) * 0.8 + 0.6 * rng.normal(size=(3000, 4)) for _ in range(4)]
    )
    return X, {name: list(range(4 * i, 4 * i + 4)) for i, name in enumerate("abcd")}


@pytest.mark.parametrize("within", ["fisher", "cauchy"])
def test_families_of_related_features_stay_calibrated(within) -> None:
    X, families = families_data()
    tails = FrozenTails(families, within=within).fit(X[:1500])
    p = np.exp(tails.family_log_p(X[1500:]))
    assert p.shape == (1500, 4)
    for level in (1e-2, 5e-2):
        assert np.mean(p <= level) == pytest.approx(level, rel=0.45)
    assert np.mean(tails.score(X[1500:]) >= -np.log(1e-2)) == pytest.approx(1e-2, abs=8e-3)


def test_unusually_little_raises_nothing_and_nan_adds_nothing() -> None:
    X, families = families_data()
    tails = FrozenTails(families).fit(X)
    low, blank, loud = np.full((1, 16), -9.0), np.full((1, 16), np.nan), np.zeros((1, 16))
    loud[0, 5] = 9.0
    assert tails.score(low)[0] < 1e-3
    assert tails.score(blank)[0] == 0.0
    assert tails.family_names[int(np.argmin(tails.family_log_p(loud)[0]))] == "b"
    hidden = loud.copy()
    hidden[0, 4:8] = np.nan
    assert np.isnan(tails.family_log_p(hidden)[0, 1])
    assert tails.score(hidden)[0] < tails.score(loud)[0]


def test_wrong_shapes_and_infinities_are_refused() -> None:
    X, families = families_data()
    tails = FrozenTails(families).fit(X)
    with pytest.raises(DetectorError, match="16 features"):
        tails.score(X[:, :3])
    with pytest.raises(DetectorError, match="infinite"):
        tails.score(np.full((1, 16), np.inf))
    with pytest.raises(DetectorError, match="before"):
        FrozenTails().score(X)
    with pytest.raises(DetectorError, match="outside the matrix"):
        FrozenTails({"a": [16]}).fit(X)
