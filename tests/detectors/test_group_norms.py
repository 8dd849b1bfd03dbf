"""Norms of many groups: near the truth for honest groups, hardly moved by sellers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.group_norms import _ORDINARY, _SPREADS, CUT, _Scatter, _three_quarters, _variance, group_norms


def _group(share_of_sellers: float, seed: int = 5, people: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = rng.poisson(120, people).astype(float)
    k = rng.binomial(n.astype(int), rng.beta(3.0, 97.0, people)).astype(float)
    sellers = rng.random(people) < share_of_sellers
    k[sellers] = np.round(0.3 * n[sellers])
    return k, n


def test_an_honest_group_s_rate_and_spread_are_found() -> None:
    k, n = _group(0.0)
    norms = group_norms(k, n, np.zeros(len(k), dtype=np.int64), 1, shares=True)
    assert norms.rate[0] == pytest.approx(0.03, rel=0.15)
    assert 0.004 <= norms.dispersion[0] < 0.03


@pytest.mark.parametrize("sellers", [0.05, 0.1, 0.2])
def test_sellers_in_the_group_move_its_norm_little(sellers: float) -> None:
    k, n = _group(sellers)
    norms = group_norms(k, n, np.zeros(len(k), dtype=np.int64), 1, shares=True)
    assert norms.rate[0] < 0.055
    assert norms.dispersion[0] < 0.06


def test_the_order_of_people_changes_nothing() -> None:
    k, n = _group(0.1)
    order = np.random.default_rng(1).permutation(len(k))
    group = np.arange(len(k)) % 4
    one = group_norms(k, n, group, 4, shares=True)
    other = group_norms(k[order], n[order], group[order], 4, shares=True)
    np.testing.assert_allclose(one.rate, other.rate, rtol=1e-12)
    np.testing.assert_allclose(one.dispersion, other.dispersion)


def test_a_group_of_two_leans_on_the_bank() -> None:
    k, n = _group(0.0)
    group = np.zeros(len(k), dtype=np.int64)
    group[:2] = 1
    k[:2], n[:2] = 8, 10
    norms = group_norms(k, n, group, 2, shares=True)
    assert norms.rate[1] < 0.4


def test_people_without_exposure_say_nothing() -> None:
    norms = group_norms(np.array([0.0, 5.0]), np.array([0.0, 100.0]), np.array([0, 0]), 1, shares=True)
    assert norms.n_people[0] == 1


def test_what_is_rare_is_not_granted_the_spread_of_what_is_common() -> None:
    rng = np.random.default_rng(8)
    n = np.full(300, 400.0)
    k = rng.binomial(400, 0.002, 300).astype(float)
    norms = group_norms(k, n, np.zeros(300, dtype=np.int64), 1, shares=True)
    assert norms.rate[0] == pytest.approx(0.002, rel=0.2)
    assert norms.dispersion[0] <= 0.25 * norms.rate[0]


@given(st.lists(st.floats(0, 1) | st.sampled_from([0.0, 1 / 3, 0.5]), min_size=1, max_size=60))
def test_the_upper_quartile_is_numpy_s_to_the_last_bit(values: list[float]) -> None:
    assert _three_quarters(np.array(values)) == np.quantile(np.array(values), 0.75)


@pytest.mark.parametrize("shares", [True, False])
@pytest.mark.parametrize("scattered", [0.3, 1.0, 3.0, 9.0])
def test_the_spread_of_a_group_and_of_all_is_the_least_that_fits(shares: bool, scattered: float) -> None:
    rng = np.random.default_rng(13)
    n = rng.poisson(60, 90).astype(float) + 1
    group, p = np.arange(90) % 3, rng.beta(3, 30, 90)
    k = np.clip(n * p + scattered * rng.normal(0, 1 + group, 90) * np.sqrt(n * p), 0, n)
    of_groups, of_all = _Scatter(k, n, group, 3, shares).spreads(p)
    for found, some in [*((of_groups[one], group == one) for one in range(3)), (of_all, group < 3)]:
        shown = [
            np.mean(np.minimum((k - n * p) ** 2 / _variance(n, p, np.full(90, one), shares), CUT**2)[some])
            for one in _SPREADS
        ]
        fits = [one for one, scatter in zip(_SPREADS, shown, strict=True) if scatter <= _ORDINARY]
        assert found == min(fits, default=_SPREADS[-1])
