"""What is normal for a peer group: a rate, and how far ordinary people differ from it, sellers or not.

A variance-based fit is inflated by the very people who are sought. Here each person's count is turned
into its rank under the supposed law (the probability integral transform, between 0 and 1), so the worst
seller counts no more than 1. Rate and dispersion are chosen so that the ranks are uniform in mean and in
spread; people far outside are then left out and the fit repeated.
Source: Dawid 1984 for the transform; docs/detectors.md for the measured robustness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from detectors.base import DetectorError, Floats
from detectors.counts import (
    beta_binomial_cdf,
    beta_binomial_log_pmf,
    beta_binomial_log_tail,
    gamma_poisson_log_pmf,
    gamma_poisson_log_tail,
)

Law: TypeAlias = Literal["beta_binomial", "gamma_poisson"]
_MAX_PEERS = 400
_SUSPECTED = 0.1  # Share of people supposed off the scale in the first round only.
_FEW = 3  # Nobody is set aside for one or two look-ups.
_RHO_START, _LOG_RHO_SD, _LOG_RATE_SD = 0.02, 1.5, 2.0


@dataclass(frozen=True, slots=True)
class PeerNorm:
    """A group's ordinary rate and dispersion (see ``counts``), and on how many people it rests."""

    rate: float
    dispersion: float
    n_peers: int
    law: Law = "beta_binomial"

    def log_tail(self, k: ArrayLike, n: ArrayLike) -> Floats:
        """Log of the mid-p upper tail of k of n under this norm."""
        tail = beta_binomial_log_tail if self.law == "beta_binomial" else gamma_poisson_log_tail
        return tail(k, n, self.rate, self.dispersion)


def _ranks(k: Floats, n: Floats, rate: float, dispersion: float, law: Law) -> tuple[Floats, Floats]:
    """Lower and upper end of each count's place in the law: P(K < k) and P(K ≤ k)."""
    if law == "beta_binomial":
        high = beta_binomial_cdf(k, n, np.full_like(k, rate), np.full_like(k, dispersion))
        at = np.exp(beta_binomial_log_pmf(k, n, rate, dispersion))
    else:
        high = 1 - np.exp(gamma_poisson_log_tail(k + 1, n, rate, dispersion, mid=False))
        at = np.exp(gamma_poisson_log_pmf(k, n, rate, dispersion))
    return np.maximum(high - at, 0.0), high


def _misfit(k: Floats, n: Floats, w: Floats, rate: float, dispersion: float, law: Law) -> Floats:
    """Return (2, n): each person's part in the two equations, 0 on average under the law."""
    low, high = _ranks(k, n, rate, dispersion, law)
    mid, half = (low + high) / 2 - 0.5, (high - low) / 2
    # Mean of (u − ½)² for u uniform over the count's interval; its expectation is exactly 1/12 for any n.
    return np.stack([w * mid * np.sqrt(12), w * (mid**2 + half**2 / 3 - 1 / 12) * np.sqrt(180)])


def _to_theta(rate: float, dispersion: float, law: Law) -> Floats:
    first = np.log(rate / (1 - rate)) if law == "beta_binomial" else np.log(rate)
    return np.array([first, np.log(dispersion)])


def _from_theta(theta: Floats, law: Law) -> tuple[float, float]:
    rate = 1 / (1 + np.exp(-theta[0])) if law == "beta_binomial" else np.exp(theta[0])
    return float(rate), float(np.exp(theta[1]))


def _solve(
    k: Floats, n: Floats, w: Floats, start: Floats, prior: Floats, law: Law, suspected: float = 0.0
) -> Floats:
    """Minimise the two misfits plus a weak prior that only matters for a handful of people.

    ``suspected`` is the share of people supposed to be off the top of the scale; their part is taken out.
    """
    off_scale = suspected * w.sum() * np.array([0.5 * np.sqrt(12), (1 / 4 - 1 / 12) * np.sqrt(180)])
    scale = np.sqrt(len(k)) / np.sqrt(np.sum(w**2) * len(k))

    def residuals(theta: Floats) -> Floats:
        rate, rho = _from_theta(theta, law)
        away = (theta - prior) / np.array([_LOG_RATE_SD, _LOG_RHO_SD])
        parts = _misfit(k, n, w, rate, rho, law).sum(axis=1) - off_scale
        return np.concatenate([parts * scale, away])

    top_rho = np.log(0.9) if law == "beta_binomial" else np.log(20.0)
    bounds = ([-25.0, np.log(1e-5)], [25.0, top_rho])
    fit = optimize.least_squares(
        residuals, start, bounds=bounds, xtol=1e-3, ftol=1e-4, gtol=1e-4, max_nfev=15
    )
    return np.asarray(fit.x, dtype=np.float64)


def fit_peer_norm(
    k: ArrayLike,
    n: ArrayLike,
    *,
    law: Law = "beta_binomial",
    prior: PeerNorm | None = None,
    trim: float = 0.002,
) -> PeerNorm:
    """Estimate a group's rate and dispersion from its people, sellers among them.

    Args:
        k: (n_people,) counts.
        n: (n_people,) trials or exposures; people with n = 0 or NaN are left out.
        law: ``beta_binomial`` for shares, ``gamma_poisson`` for counts per exposure.
        prior: The norm of the wider group (role in the whole bank); decides alone when nobody is left.
        trim: People whose upper tail is below this under the first fit are left out of the second.

    Returns:
        The norm. With few people it leans on ``prior`` (or, without one, on a dispersion of 0.02).

    Raises:
        DetectorError: Without any assessable person and without a prior.
    """
    k_, n_ = (np.array(v, dtype=np.float64).ravel() for v in np.broadcast_arrays(k, n))
    known = np.isfinite(k_) & np.isfinite(n_) & (n_ > 0)
    k_, n_ = k_[known], n_[known]
    if not len(k_):
        if prior is not None:
            return PeerNorm(prior.rate, prior.dispersion, 0, law)
        raise DetectorError("A peer group without anyone to learn from.", "Give the wider group as prior.")
    order = np.lexsort((k_, n_))  # The order of people must not matter, not even in the last digit.
    pick = order[np.linspace(0, len(order) - 1, min(len(order), _MAX_PEERS)).round().astype(int)]
    k_, n_ = k_[pick], n_[pick]
    w = n_ / (n_ + max(float(np.median(n_)), 1.0))
    if prior is None:
        middle = k_ / n_ <= np.quantile(k_ / n_, 0.75)
        rate = (k_[middle].sum() + 0.5) / (n_[middle].sum() + 1.0)
        prior = PeerNorm(min(rate, 0.99) if law == "beta_binomial" else rate, _RHO_START, 0, law)
    anchor = _to_theta(prior.rate, prior.dispersion, law)
    theta = _solve(k_, n_, w, anchor, anchor, law, suspected=_SUSPECTED)
    for _ in range(3):
        rate, rho = _from_theta(theta, law)
        keep = (PeerNorm(rate, rho, 0, law).log_tail(k_, n_) > np.log(trim)) | (k_ < _FEW)
        if keep.sum() < 3:
            break
        theta = _solve(k_[keep], n_[keep], w[keep], theta, anchor, law)
    rate, rho = _from_theta(theta, law)
    return PeerNorm(rate, rho, int(known.sum()), law)
