"""Surprise of a share in nats, fast: the same upper tail as `counts`, to within 0.4 nats, for whole matrices.

Only what lies above the ordinary rate surprises; the rest is 0 nats, for unusually little never alerts. Above it the terms of the
beta-binomial law fall, so the first few dozen are summed and the rest is closed as a geometric series with the last ratio, which
can only overstate the tail (never the surprise).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from detectors.base import Floats
from detectors.counts import beta_binomial_log_pmf

_TERMS = 40
_ROWS = 512
"""Rows whose ratios are held at once: few calls for a small bank, and no more than the cache holds for a great one."""


def share_surprise(k: ArrayLike, n: ArrayLike, rate: ArrayLike, dispersion: ArrayLike) -> Floats:
    """Return -log of the mid-p upper tail of k of n.

    Args:
        k: Counts, at most n.
        n: Trials; NaN or 0 gives NaN (nothing to assess).
        rate: Ordinary share.
        dispersion: rho of the beta-binomial, above 0.

    Returns:
        Nats, 0 where k does not exceed the ordinary; shape of the broadcast arguments.
    """
    shape = np.broadcast(k, n, rate, dispersion).shape
    k_, n_, p, rho = (
        np.array(v, dtype=np.float64).ravel() for v in np.broadcast_arrays(k, n, rate, dispersion)
    )
    nats = np.where((n_ > 0) & np.isfinite(p) & np.isfinite(rho), 0.0, np.nan)
    rows = np.flatnonzero((nats == 0.0) & (k_ > n_ * p))
    if not len(rows):
        return nats.reshape(shape)
    k_, n_, p, rho = k_[rows], n_[rows], p[rows], rho[rows]
    total = np.concatenate(
        [_series(*(one[at : at + _ROWS] for one in (k_, n_, p, rho))) for at in range(0, len(rows), _ROWS)]
    )
    log_tail = beta_binomial_log_pmf(k_, n_, p, rho) + np.log(total)
    nats[rows] = np.maximum(-log_tail, 0.0)
    return nats.reshape(shape)


def _series(k: Floats, n: Floats, p: Floats, rho: Floats) -> Floats:
    """Sum pmf(j) / pmf(k) over j ≥ k, with half of the first: row by row, each term from the one before."""
    strength = 1 / rho - 1
    a, b = p * strength, (1 - p) * strength
    j = k + np.arange(_TERMS)[:, None]
    ratio = np.maximum(n - j, 0.0) * (j + a) / ((j + 1) * (np.maximum(n - j - 1, 0.0) + b))
    term, total = np.ones_like(k), np.full_like(k, 0.5)
    for one in ratio:
        term *= one
        total += term
    last = ratio[-1]
    total += np.where(n - k > _TERMS, term * last / np.maximum(1 - np.minimum(last, 0.999), 1e-3), 0.0)
    return total
