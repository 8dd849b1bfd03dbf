"""The one whom the victims have in common is found, and a busy desk is not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from detectors.base import DetectorError
from detectors.common_point import hypergeometric_common_point, poisson_binomial_common_point


def test_common_point_stands_out_and_volume_alone_does_not() -> None:
    rng = np.random.default_rng(1)
    volume = rng.integers(100, 2000, 50)
    victims, customers = 12, 40_000
    met = rng.hypergeometric(victims, customers - victims, volume)
    met[7], volume[7] = 9, 300
    volume[8], met[8] = 8000, 3
    got = hypergeometric_common_point(met, volume, victims, customers)
    assert np.argmin(got.log_p) == 7
    assert got.adjusted_p[7] < 1e-8
    assert (np.delete(got.adjusted_p, 7) > 0.05).all()
    assert got.expected[8] == pytest.approx(2.4)
    assert got.log_p[met == 0].tolist() == [0.0] * int((met == 0).sum())


def test_poisson_binomial_is_the_binomial_when_all_odds_are_equal() -> None:
    met = np.array([0, 1, 4, 10])
    got = poisson_binomial_common_point(met, np.full((4, 10), 0.02))
    np.testing.assert_allclose(np.exp(got.log_p), stats.binom.sf(met - 1, 10, 0.02), rtol=1e-12)


def test_meeting_the_customers_of_ones_own_branch_is_no_surprise() -> None:
    odds = np.array([[0.9] * 6, [0.01] * 6])
    got = poisson_binomial_common_point([6, 6], odds)
    assert np.exp(got.log_p[0]) > 0.5
    assert np.exp(got.log_p[1]) < 1e-11


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(DetectorError, match="More victims"):
        hypergeometric_common_point([5], [4], 10, 100)
    with pytest.raises(DetectorError, match="between 0 and 1"):
        poisson_binomial_common_point([1], np.array([[1.5]]))
