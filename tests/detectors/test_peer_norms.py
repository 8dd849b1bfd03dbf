"""Peers' norms stand against sellers among them, and a person's own norm leans on them."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.base import DetectorError
from detectors.peer_norms import PeerNorm, fit_peer_norm
from detectors.shrinkage import leave_one_out, shrink_to_peers


def group(seed: int, m: int, n_mean: int, p: float, rho: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    strength = 1 / rho - 1
    n = rng.poisson(n_mean, m) + 1
    return rng.binomial(n, rng.beta(p * strength, (1 - p) * strength, m)), n


@pytest.mark.parametrize(("p", "rho", "n_mean"), [(0.03, 0.01, 200), (0.03, 0.03, 40), (0.2, 0.05, 100)])
def test_clean_group_gives_back_its_law(p, rho, n_mean) -> None:
    fits = [fit_peer_norm(*group(seed, 200, n_mean, p, rho)) for seed in range(5)]
    assert np.median([f.rate for f in fits]) == pytest.approx(p, rel=0.12)
    assert np.median([f.dispersion for f in fits]) == pytest.approx(rho, rel=0.35)


def test_gamma_poisson_group_gives_back_its_law() -> None:
    rng = np.random.default_rng(3)
    days = rng.integers(20, 60, 300)
    k = rng.poisson(days * rng.gamma(1 / 0.2, 0.2 * 4.0, 300))
    fit = fit_peer_norm(k, days, law="gamma_poisson")
    assert fit.rate == pytest.approx(4.0, rel=0.1)
    assert fit.dispersion == pytest.approx(0.2, rel=0.35)


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_sellers_do_not_inflate_the_norm_and_still_stand_out(share) -> None:
    rng = np.random.default_rng(5)
    k, n = group(5, 200, 150, 0.035, 0.012)
    clean = fit_peer_norm(k, n)
    sellers = np.arange(int(share * len(k)))
    k[sellers] = rng.binomial(n[sellers], 0.3)
    fit = fit_peer_norm(k, n)
    variance_based = max(np.var(k / n) / (np.mean(k / n) * (1 - np.mean(k / n))), 1e-6)
    assert fit.rate == pytest.approx(clean.rate, rel=0.15)
    assert fit.dispersion < 1.6 * clean.dispersion
    assert variance_based > 1.6 * fit.dispersion
    # 30 % of 150 against 3.5 %: less than one in a million.
    assert fit.log_tail(45, 150) < np.log(1e-6)


def test_norm_does_not_depend_on_the_order_of_people() -> None:
    k, n = group(9, 60, 50, 0.05, 0.02)
    order = np.random.default_rng(1).permutation(len(k))
    assert fit_peer_norm(k, n) == fit_peer_norm(k[order], n[order])


def test_few_people_lean_on_the_wider_group_and_nobody_is_the_wider_group() -> None:
    wide = PeerNorm(0.04, 0.02, 500)
    assert fit_peer_norm([np.nan], [10], prior=wide).rate == wide.rate
    assert fit_peer_norm([0, 1], [3, 4], prior=wide).dispersion == pytest.approx(0.02, rel=0.3)
    with pytest.raises(DetectorError, match="without anyone"):
        fit_peer_norm([0], [0])


def test_all_zero_and_all_one_counts_give_a_usable_norm() -> None:
    for k, n in ((np.zeros(40), np.full(40, 30)), (np.full(40, 30), np.full(40, 30))):
        fit = fit_peer_norm(k, n)
        assert 0 < fit.rate < 1
        assert 0 < fit.dispersion < 1
        assert np.isfinite(fit.log_tail(k, n)).all()


def test_own_norm_moves_from_the_peers_to_the_person_as_history_grows() -> None:
    peers = PeerNorm(0.03, 0.02, 100)
    own = shrink_to_peers([np.nan, 1, 200], [np.nan, 10, 2000], peers)
    assert own.rate[0] == pytest.approx(0.03)
    assert 0.03 < own.rate[1] < 0.05
    assert own.rate[2] == pytest.approx(0.1, rel=0.03)
    assert own.dispersion[0] >= own.dispersion[1] >= own.dispersion[2] == 0.002


def test_own_norm_of_a_slow_seller_is_held_back_to_the_peers() -> None:
    peers = PeerNorm(0.03, 0.02, 100)
    free = shrink_to_peers(600, 2000, peers).rate
    held = shrink_to_peers(600, 2000, peers, most_weight=1.0).rate
    assert free > 0.29
    assert held == pytest.approx((0.03 + 0.3) / 2, abs=0.01)


def test_gamma_poisson_own_norm_is_the_posterior_mean() -> None:
    peers = PeerNorm(4.0, 0.25, 100, "gamma_poisson")
    own = shrink_to_peers(20, 10, peers)
    assert own.rate == pytest.approx((4 + 20) / (1 + 10))
    assert own.dispersion == pytest.approx(1 / 24)


def test_nobody_vouches_for_themselves() -> None:
    k = np.array([1, 0, 2, 1, 0, 1, 40])
    n = np.full(7, 50)
    others = leave_one_out(k, n)
    assert others.rate[6] == pytest.approx(fit_peer_norm(k[:6], n[:6]).rate)
    assert others.rate[6] < others.rate[0]
