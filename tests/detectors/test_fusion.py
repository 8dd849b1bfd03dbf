"""Fusion is right on clean data, keeps one loud family, adds up quiet ones, and knows what is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from detectors.base import DetectorError
from detectors.fusion import METHODS, covariance_of, fuse, fuse_log


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_families", [1, 3, 8])
def test_fused_p_of_independent_families_is_right(method, n_families) -> None:
    p = fuse(np.random.default_rng(2).random((60_000, n_families)), method)
    for level in (1e-3, 1e-2, 5e-2):
        spread = 4 * np.sqrt(level / len(p))
        assert np.mean(p <= level) == pytest.approx(level, abs=spread + 0.08 * level)


def test_fisher_equals_scipys() -> None:
    P = np.random.default_rng(4).random((50, 5))
    expected = [stats.combine_pvalues(row, "fisher").pvalue for row in P]
    np.testing.assert_allclose(fuse(P, "fisher"), expected, rtol=1e-10)
    expected = [stats.combine_pvalues(row, "stouffer", weights=[1, 2, 3, 4, 5]).pvalue for row in P]
    np.testing.assert_allclose(fuse(P, "stouffer", weights=[1, 2, 3, 4, 5]), expected, rtol=1e-9)


def test_related_families_are_not_counted_twice() -> None:
    rng = np.random.default_rng(6)
    z = 0.8 * rng.normal(size=(60_000, 1)) + 0.6 * rng.normal(size=(60_000, 6))
    log_p = special.log_ndtr(-z)
    covariance = covariance_of(log_p[:4000])
    naive = np.mean(fuse_log(log_p, "fisher") <= np.log(1e-3))
    aware = np.mean(fuse_log(log_p, "fisher", covariance=covariance) <= np.log(1e-3))
    assert naive > 5e-3
    assert aware == pytest.approx(1e-3, rel=0.4)
    assert covariance[0, 1] == pytest.approx(np.cov(-2 * log_p[:, :2].T)[0, 1], rel=0.1)


@pytest.mark.parametrize("method", ["fisher", "cauchy", "harmonic"])
def test_one_loud_family_is_enough(method) -> None:
    row = [[1e-9] + [0.5] * 7]
    assert fuse(row, method)[0] < 1e-4


@pytest.mark.parametrize("method", ["fisher", "stouffer"])
def test_many_quiet_families_add_up(method) -> None:
    assert fuse([[0.05] * 8], method)[0] < 1e-3
    assert fuse([[0.05] * 2], method)[0] > 5e-3


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-800, -0.001), min_size=1, max_size=6),
    st.integers(0, 5),
    st.sampled_from(sorted(METHODS)),
)
def test_more_evidence_never_raises_p_and_order_does_not_matter(log_p, which, method) -> None:
    row = np.array([log_p])
    fused = fuse_log(row, method)[0]
    assert fused <= 0
    assert np.isfinite(fused)
    louder = row.copy()
    louder[0, which % len(log_p)] -= 5.0
    assert fuse_log(louder, method)[0] <= fused + 1e-6 * abs(fused) + 1e-9
    assert fuse_log(row[:, ::-1], method)[0] == pytest.approx(fused, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_a_family_that_cannot_be_assessed_drops_out(method) -> None:
    with_hole = fuse([[0.01, np.nan, 0.2], [np.nan] * 3], method)
    assert with_hole[0] == pytest.approx(fuse([[0.01, 0.2]], method)[0])
    assert np.isnan(with_hole[1])
    assert fuse([[0.01, 0.3, 0.2]], method, weights=[1, 0, 1])[0] == pytest.approx(with_hole[0])


@pytest.mark.parametrize("method", METHODS)
def test_evidence_below_the_least_float_keeps_its_order(method) -> None:
    fused = fuse_log([[-2000.0, -0.7], [-2500.0, -0.7]], method)
    assert np.isfinite(fused).all()
    assert fused[1] < fused[0] < -500


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(DetectorError, match="outside"):
        fuse([[0.0, 0.5]])
    with pytest.raises(DetectorError, match="Unknown fusion method"):
        fuse([[0.1]], "average")
    with pytest.raises(DetectorError, match="negative"):
        fuse([[0.1, 0.1]], weights=[1, -1])
