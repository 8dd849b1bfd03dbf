"""Count tails agree with SciPy where SciPy is exact, and go on where it ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from detectors.base import DetectorError
from detectors.counts import (
    beta_binomial_cdf,
    beta_binomial_log_pmf,
    beta_binomial_log_tail,
    gamma_poisson_log_pmf,
    gamma_poisson_log_tail,
)

K, N, P, RHO = np.meshgrid([0, 1, 3, 10, 30], [30, 100, 1000], [0.01, 0.05, 0.4], [0.001, 0.02, 0.3, 0.7])


def test_beta_binomial_tail_equals_the_sum_of_its_terms_on_a_grid() -> None:
    log_tail = beta_binomial_log_tail(K, N, P, RHO, mid=False)
    for k, n, p, rho, got in zip(*(v.ravel() for v in (K, N, P, RHO, log_tail)), strict=True):
        a, b = p * (1 / rho - 1), (1 - p) * (1 / rho - 1)
        expected = special.logsumexp(stats.betabinom.logpmf(np.arange(k, n + 1), n, a, b))
        assert got == pytest.approx(min(expected, 0.0), rel=1e-8, abs=1e-10)


def test_gamma_poisson_tail_equals_scipys_on_a_grid() -> None:
    expected = stats.nbinom.sf(K - 1, 1 / RHO, 1 / (1 + RHO * N * P))
    got = np.exp(gamma_poisson_log_tail(K, N, P, RHO, mid=False))
    np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-200)


def test_without_dispersion_the_tails_are_binomial_and_poisson() -> None:
    np.testing.assert_allclose(
        np.exp(beta_binomial_log_tail(K, N, P, 0.0, mid=False)), stats.binom.sf(K - 1, N, P), rtol=1e-11
    )
    np.testing.assert_allclose(
        np.exp(gamma_poisson_log_tail(K, N, P, 0.0, mid=False)), stats.poisson.sf(K - 1, N * P), rtol=1e-11
    )


@pytest.mark.parametrize(
    ("args", "expected"),
    [  # Computed with 60 digits.
        ((900, 1000, 0.001, 0.001), -1049.154198167669),
        ((500, 500, 0.001, 0.0005), -1240.434014930975),
        ((300, 2000, 0.01, 0.0001), -352.4470330247658),
    ],
)
def test_beta_binomial_tail_is_right_far_below_the_least_float(args, expected) -> None:
    assert beta_binomial_log_tail(*args, mid=False) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ((2000, 10, 1.0, 0.001), -7335.902697479757),
        ((3000, 20, 1.0, 0.01), -4958.193383832778),
        ((1000, 5, 1.0, 0.0), -4307.6852585574825),
    ],
)
def test_gamma_poisson_tail_is_right_far_below_the_least_float(args, expected) -> None:
    assert gamma_poisson_log_tail(*args, mid=False) == pytest.approx(expected, rel=1e-11)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 80), st.floats(0.001, 0.6), st.floats(0.0, 0.6), st.sampled_from(["beta", "gamma"]))
def test_mid_p_falls_with_the_count_and_averages_to_a_half(n, p, rho, law) -> None:
    k = np.arange(0, n + 1 if law == "beta" else 400 + 20 * n)
    tail, pmf = (
        (beta_binomial_log_tail, beta_binomial_log_pmf)
        if law == "beta"
        else (gamma_poisson_log_tail, gamma_poisson_log_pmf)
    )
    log_tail = tail(k, n, p, rho)
    assert (np.diff(log_tail) < 1e-12).all()
    weight = np.exp(pmf(k, n, p, rho))
    if weight.sum() > 1 - 1e-9:  # The count's range holds (nearly) all of the law.
        assert np.sum(weight * np.exp(log_tail)) == pytest.approx(0.5, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 200), st.floats(0.001, 0.9), st.floats(0.0001, 0.6))
def test_cdf_from_below_and_tail_from_above_meet(n, p, rho) -> None:
    k = np.arange(n, dtype=float)
    above = np.exp(beta_binomial_log_tail(k + 1, n, p, rho, mid=False))
    below = beta_binomial_cdf(k, np.full_like(k, n), np.full_like(k, p), np.full_like(k, rho))
    np.testing.assert_allclose(below + above, 1.0, atol=1e-9)


def test_nothing_to_assess_is_not_a_number_rather_than_a_verdict() -> None:
    assert np.isnan(beta_binomial_log_tail([0, np.nan, 1], [0, 10, np.nan], 0.1, 0.01)).all()
    assert np.isnan(gamma_poisson_log_tail([1, 1], [0, 5], [0.1, np.nan], 0.01)).all()


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(DetectorError, match="0 ≤ k ≤ n"):
        beta_binomial_log_tail(5, 4, 0.1, 0.01)
    with pytest.raises(DetectorError, match="≥ 0"):
        gamma_poisson_log_tail(-1, 4, 0.1, 0.01)


def test_shape_of_the_result_is_the_broadcast_shape() -> None:
    assert beta_binomial_log_tail(np.ones((3, 1)), np.full((1, 4), 9), 0.1, 0.01).shape == (3, 4)
