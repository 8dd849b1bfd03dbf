"""Evidence adds up over nights, forgets, can be cleared, and keeps its promised run length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from detectors.base import DetectorError
from detectors.cumulative import (
    bernoulli_llr,
    beta_binomial_llr,
    leaky_cusum,
    since,
    threshold_from_arl,
    threshold_from_history,
)


@settings(max_examples=50, deadline=None)
@given(arrays(np.float64, (3, 12), elements=st.floats(0, 20)), st.floats(0.5, 1.0), st.floats(0, 3))
def test_cusum_equals_its_recursion(x, rho, drift) -> None:
    got = leaky_cusum(x, rho, drift)
    for person, row in enumerate(x):
        s = 0.0
        for t, night in enumerate(row):
            s = max(0.0, rho * s + night - drift)
            assert got[person, t] == pytest.approx(s, abs=1e-9)


def test_nights_in_two_pieces_are_the_nights_in_one() -> None:
    x = np.random.default_rng(1).exponential(size=(5, 20))
    whole = leaky_cusum(x)
    first = leaky_cusum(x[:, :8])
    np.testing.assert_array_equal(leaky_cusum(x[:, 8:], start=first[:, -1]), whole[:, 8:])


def test_absence_keeps_and_review_clears() -> None:
    x = np.array([[5.0, np.nan, np.nan, 1.3, 0.0]])
    s = leaky_cusum(x, rho=1.0, drift=1.3)
    np.testing.assert_allclose(s, [[3.7, 3.7, 3.7, 3.7, 2.4]])
    resets = np.array([[False, False, True, False, False]])
    np.testing.assert_allclose(leaky_cusum(x, 1.0, 1.3, resets=resets), [[3.7, 3.7, 0, 0, 0]])


def test_since_names_the_night_the_climb_began() -> None:
    x = np.array([[0.0, 9.0, np.nan, 2.0], [0.0, 0.0, 0.0, 0.0], [5.0, 5.0, 5.0, 5.0]])
    assert since(x, leaky_cusum(x)).tolist() == [1, -1, 0]


def test_small_and_slow_seller_is_found_in_days_by_evidence() -> None:
    """The arithmetic of science.md 2.5: 20 look-ups a day, 5 % unexplained; three sold a day on top."""
    rng = np.random.default_rng(2)
    n = np.full((200, 40), 23)
    k = rng.binomial(20, 0.05, n.shape) + 3
    llr = bernoulli_llr(k, n, 0.05, 0.17)
    s = leaky_cusum(llr, rho=1.0, drift=0.0)
    days = np.argmax(s >= threshold_from_arl(10_000), axis=1) + 1
    assert 3 <= np.median(days) <= 6
    honest = leaky_cusum(bernoulli_llr(rng.binomial(23, 0.05, n.shape), n, 0.05, 0.17), rho=1.0, drift=0.0)
    assert (honest >= threshold_from_arl(10_000)).any(axis=1).mean() < 0.02


def test_sloppy_nights_weigh_less_when_people_differ_by_night() -> None:
    assert beta_binomial_llr(8, 20, 0.05, 0.17, 0.1) < bernoulli_llr(8, 20, 0.05, 0.17)
    assert beta_binomial_llr(8, 20, 0.05, 0.17, 0.0) == pytest.approx(bernoulli_llr(8, 20, 0.05, 0.17))
    assert bernoulli_llr(0, 0, 0.05, 0.17) == 0


def test_likelihood_ratio_cusum_keeps_its_average_run_length() -> None:
    rng = np.random.default_rng(3)
    x = bernoulli_llr(rng.binomial(20, 0.05, (400, 500)), 20, 0.05, 0.2)
    crossings = (leaky_cusum(x, 1.0, 0.0).max(axis=1) >= threshold_from_arl(5000)).sum()
    assert crossings <= 1.5 * x.size / 5000
    with pytest.raises(DetectorError, match="raises everybody"):
        threshold_from_arl(1)


def test_threshold_from_history_holds_on_nights_to_come() -> None:
    rng = np.random.default_rng(4)
    h = threshold_from_history(rng.exponential(size=(300, 120)), arl=1000, rho=0.9)
    assert h == threshold_from_history(
        np.random.default_rng(4).exponential(size=(300, 120)), arl=1000, rho=0.9
    )
    x, s, count = rng.exponential(size=(300, 400)), np.zeros(300), 0
    for night in x.T:
        s = np.maximum(0.0, 0.9 * s + night - 1.3)
        count += (s >= h).sum()
        s[s >= h] = 0
    assert count == pytest.approx(x.size / 1000, rel=0.5)
