"""How surprising is a count: upper tails of beta-binomial and gamma-Poisson counts, in logarithms.

``k`` of ``n`` look-ups are unexplained (beta-binomial), or ``k`` things happen in an exposure (gamma-
Poisson, also called negative binomial). ``rate`` is what is normal, ``dispersion`` how much ordinary
people differ from it: rho = 1 / (a + b + 1) of the beta, or 1 / shape of the gamma; 0 gives the plain
binomial and Poisson.

NaN in any argument, and n = 0, give NaN: nothing to assess. All functions broadcast.
Source: mid-p after Lancaster 1961; the laws as in Johnson, Kemp & Kotz, ch. 5 and 6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from detectors.base import DetectorError, Floats
from detectors.log_probability import log1m_exp, log_beta_inc, log_gamma_p

_NO_DISPERSION = 1e-7  # Below it the compound laws equal the plain ones to nine digits.
_EDGE = 1e-12


def _arrays(*values: ArrayLike) -> list[Floats]:
    return [np.array(v, dtype=np.float64).ravel() for v in np.broadcast_arrays(*values)]


def _mid(log_above: Floats, log_at: Floats) -> Floats:
    return np.asarray(np.logaddexp(log_above, log_at - np.log(2)), dtype=np.float64)


def beta_binomial_log_pmf(k: ArrayLike, n: ArrayLike, rate: ArrayLike, dispersion: ArrayLike) -> Floats:
    """Log of P(K = k)."""
    k_, n_, p, rho = (np.asarray(v, dtype=np.float64) for v in np.broadcast_arrays(k, n, rate, dispersion))
    p = np.clip(p, _EDGE, 1 - _EDGE)
    choose = -np.log(n_ + 1) - special.betaln(n_ - k_ + 1, k_ + 1)
    strength = 1 / np.maximum(rho, _NO_DISPERSION) - 1
    a, b = p * strength, (1 - p) * strength
    compound = special.betaln(k_ + a, n_ - k_ + b) - special.betaln(a, b)
    plain = k_ * np.log(p) + (n_ - k_) * np.log1p(-p)
    return np.asarray(choose + np.where(rho > _NO_DISPERSION, compound, plain), dtype=np.float64)


def _sum_of_ratios(k: Floats, n: Floats, a: Floats, b: Floats, upward: bool) -> Floats:
    """Sum pmf(j) / pmf(k) over j ≥ k (upward) or j ≤ k, stopping where the rest cannot matter."""
    if not upward:  # Counting the other outcome turns the sum round: K' = n − K.
        return _sum_of_ratios(n - k, n, b, a, upward=True)
    result = np.ones_like(k)
    live = np.flatnonzero(k < n)
    j, n, a, b = (np.asarray(v[live], dtype=np.float64) for v in (k, n, a, b))
    total, term = np.ones_like(j), np.ones_like(j)
    chunk = 4
    while len(live):
        chunk = min(2 * chunk, 64)
        for _ in range(chunk):  # Past j = n the factor n − j is 0, so further steps add nothing.
            term *= np.maximum(n - j, 0) * (j + a) / ((j + 1) * (np.maximum(n - j - 1, 0) + b))
            total += term
            j += 1
        # A law with its mode behind it only falls from here on, so the rest is at most (n − j) x term.
        done = (j >= n) | ((b >= 1) & ((n - j) * term < 1e-17 * total))
        result[live[done]] = total[done]
        live = live[~done]
        j, n, a, b, total, term = (np.asarray(v[~done]) for v in (j, n, a, b, total, term))
    return result


def _beta_binomial_at_least(k: Floats, n: Floats, p: Floats, rho: Floats) -> Floats:
    """Log of P(K ≥ k), summed on the smaller side."""
    result = np.zeros_like(k)
    result[k > n] = -np.inf
    some = (k > 0) & (k <= n)
    plain = some & (rho <= _NO_DISPERSION)
    result[plain] = log_beta_inc(k[plain], n[plain] - k[plain] + 1, p[plain])
    strength = 1 / np.maximum(rho, _NO_DISPERSION) - 1
    a, b = p * strength, (1 - p) * strength
    for upward in (True, False):
        side = some & ~plain & ((k > n * p) == upward)
        if not side.any():
            continue
        start = k[side] if upward else k[side] - 1
        args = (start, n[side], a[side], b[side])
        log_sum = beta_binomial_log_pmf(start, n[side], p[side], rho[side]) + np.log(
            _sum_of_ratios(*args, upward=upward)
        )
        result[side] = log_sum if upward else log1m_exp(np.minimum(log_sum, 0.0))
    return np.minimum(result, 0.0)


def beta_binomial_cdf(k: Floats, n: Floats, rate: Floats, dispersion: Floats) -> Floats:
    """P(K ≤ k) summed from below: fast for small counts, rough near 1 (for fits, not for evidence)."""
    rho = np.maximum(dispersion, _NO_DISPERSION)
    p = np.clip(rate, _EDGE, 1 - _EDGE)
    log_at = beta_binomial_log_pmf(k, n, p, rho)
    # So far out that the mode, seen from here, would overflow: the answer is 0 or 1.
    out = np.where(k > n * p, 1.0, 0.0)
    near = log_at > -500
    total = _sum_of_ratios(
        k[near], n[near], (p * (1 / rho - 1))[near], ((1 - p) * (1 / rho - 1))[near], False
    )
    out[near] = np.minimum(np.exp(log_at[near]) * total, 1.0)
    return out


def beta_binomial_log_tail(
    k: ArrayLike, n: ArrayLike, rate: ArrayLike, dispersion: ArrayLike, *, mid: bool = True
) -> Floats:
    """Log of the probability that an ordinary person has k or more of n.

    Args:
        k: Count, 0 ≤ k ≤ n.
        n: Number of trials (look-ups).
        rate: Ordinary share, in [0, 1].
        dispersion: rho in [0, 1); 0 = everyone has exactly ``rate``.
        mid: Count only half of P(K = k), so that p is right on average for discrete counts.
    """
    shape = np.broadcast(k, n, rate, dispersion).shape
    k_, n_, p, rho = _arrays(k, n, rate, dispersion)
    known = np.isfinite(k_) & np.isfinite(n_) & np.isfinite(p) & np.isfinite(rho) & (n_ > 0)
    k_, n_, p, rho = k_[known], n_[known], np.clip(p[known], _EDGE, 1 - _EDGE), rho[known]
    if ((k_ < 0) | (k_ > n_) | (rho < 0) | (rho >= 1)).any():
        raise DetectorError("Count evidence needs 0 ≤ k ≤ n and 0 ≤ dispersion < 1.", "Check the columns.")
    out = np.full(known.shape, np.nan)
    if mid:
        above = _beta_binomial_at_least(k_ + 1, n_, p, rho)
        out[known] = np.minimum(_mid(above, beta_binomial_log_pmf(k_, n_, p, rho)), 0.0)
    else:
        out[known] = _beta_binomial_at_least(k_, n_, p, rho)
    return out.reshape(shape)


def gamma_poisson_log_pmf(
    k: ArrayLike, exposure: ArrayLike, rate: ArrayLike, dispersion: ArrayLike
) -> Floats:
    """Log of P(K = k) with mean rate x exposure and variance mean + dispersion x mean²."""
    k_, e, lam, d = (
        np.asarray(v, dtype=np.float64) for v in np.broadcast_arrays(k, exposure, rate, dispersion)
    )
    mean = np.maximum(e * lam, _EDGE)
    r = 1 / np.maximum(d, _NO_DISPERSION)
    # log1p keeps digits when the shape is much greater than the mean.
    compound = (
        special.gammaln(k_ + r) - special.gammaln(r) + k_ * np.log(mean / (mean + r)) - r * np.log1p(mean / r)
    )
    plain = k_ * np.log(mean) - mean
    return np.asarray(
        np.where(d > _NO_DISPERSION, compound, plain) - special.gammaln(k_ + 1), dtype=np.float64
    )


def gamma_poisson_log_tail(
    k: ArrayLike, exposure: ArrayLike, rate: ArrayLike, dispersion: ArrayLike, *, mid: bool = True
) -> Floats:
    """Log of the probability that an ordinary person has k or more in this exposure.

    Args:
        k: Count ≥ 0.
        exposure: Days, look-ups or other base, above 0.
        rate: Ordinary count per unit of exposure.
        dispersion: 1 / gamma shape, ≥ 0; 0 = Poisson.
        mid: Count only half of P(K = k).
    """
    shape = np.broadcast(k, exposure, rate, dispersion).shape
    k_, e, lam, d = _arrays(k, exposure, rate, dispersion)
    known = np.isfinite(k_) & np.isfinite(e) & np.isfinite(lam) & np.isfinite(d) & (e > 0)
    k_, e, lam, d = k_[known], e[known], lam[known], d[known]
    if ((k_ < 0) | (lam < 0) | (d < 0)).any():
        raise DetectorError("Count evidence needs k, rate and dispersion ≥ 0.", "Check the columns.")
    mean = np.maximum(e * lam, _EDGE)
    start = k_ + 1 if mid else k_
    log_tail = np.zeros_like(k_)
    some, wide = start > 0, d > _NO_DISPERSION
    sel = some & ~wide
    log_tail[sel] = log_gamma_p(start[sel], mean[sel])
    sel = some & wide
    r = 1 / d[sel]
    log_tail[sel] = log_beta_inc(start[sel], r, mean[sel] / (mean[sel] + r))
    out = np.full(known.shape, np.nan)
    if mid:
        log_tail = np.minimum(_mid(log_tail, gamma_poisson_log_pmf(k_, e, lam, d)), 0.0)
    out[known] = np.minimum(log_tail, 0.0)
    return out.reshape(shape)
