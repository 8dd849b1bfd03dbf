"""Nats on the scale of the past."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.counts import beta_binomial_log_tail
from detectors.evidence_scale import OUTER, EvidenceScale
from detectors.surprise import share_surprise


def test_nats_that_are_right_already_stay_as_they_are() -> None:
    past = np.random.default_rng(1).exponential(size=20_000)
    scale = EvidenceScale.fit(past)
    np.testing.assert_allclose(scale(np.array([1.0, 3.0, 6.0])), [1.0, 3.0, 6.0], atol=0.3)


def test_overstated_nats_are_discounted() -> None:
    past = 3 * np.random.default_rng(1).exponential(size=20_000)
    assert EvidenceScale.fit(past, least_slope=0.2)(np.array([9.0]))[0] == pytest.approx(3.0, abs=0.4)


def test_a_few_guilty_past_rows_do_not_dull_the_scale() -> None:
    rng = np.random.default_rng(2)
    clean = rng.exponential(size=10_000)
    guilty = np.concatenate([clean, rng.uniform(20, 60, 250)])
    at = np.array([8.0])
    assert (
        EvidenceScale.fit(guilty, points=OUTER)(at)[0] > 0.6 * EvidenceScale.fit(clean, points=OUTER)(at)[0]
    )


@given(st.lists(st.floats(0, 40), min_size=100, max_size=300), st.integers(0, 2**31))
def test_more_nominal_nats_never_mean_less(past: list[float], seed: int) -> None:
    scale = EvidenceScale.fit(np.array(past))
    at = np.sort(np.random.default_rng(seed).uniform(0, 80, 50))
    assert (np.diff(scale(at)) >= -1e-9).all()


def test_the_fast_surprise_agrees_with_the_exact_tail() -> None:
    rng = np.random.default_rng(3)
    n = rng.integers(1, 3000, 500).astype(float)
    rate, rho = rng.beta(1, 20, 500) + 1e-3, rng.uniform(0.004, 0.1, 500)
    k = np.minimum(np.floor(n * rate * rng.uniform(1.2, 6, 500)) + 1, n)
    exact = -beta_binomial_log_tail(k, n, rate, rho)
    np.testing.assert_allclose(share_surprise(k, n, rate, rho), exact, atol=0.8)
    assert np.median(np.abs(share_surprise(k, n, rate, rho) - exact)) < 0.05


def test_the_fast_surprise_of_many_is_that_of_each() -> None:
    rng = np.random.default_rng(4)
    n = rng.integers(1, 200, 1300).astype(float)
    k = np.minimum(rng.poisson(n * 0.2), n)
    rate, rho = np.full(1300, 0.05), rng.uniform(0.004, 0.1, 1300)
    each = [share_surprise(*one).item() for one in zip(k, n, rate, rho, strict=True)]
    assert share_surprise(k, n, rate, rho).tolist() == each


def test_less_than_ordinary_never_surprises() -> None:
    assert share_surprise(1, 100, 0.05, 0.01) == 0.0
    assert np.isnan(share_surprise(0, 0, 0.05, 0.01))
