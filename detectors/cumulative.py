"""Evidence over nights: a little every night becomes a lot.

A leaky CUSUM forgets slowly and never falls below 0, so good nights cannot be saved up. For counts the
nightly increment is a log-likelihood ratio: reports sold at three a day stand out in days. Times are
column numbers, no clock.
Source: Page 1954; Wald 1947; ARL ≥ e^h for likelihood-ratio CUSUMs (Lorden 1971).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from detectors.base import Bools, DetectorError, Floats
from detectors.counts import beta_binomial_log_pmf


def leaky_cusum(
    x: ArrayLike,
    rho: float = 0.98,
    drift: float = 1.3,
    start: ArrayLike | None = None,
    resets: ArrayLike | None = None,
) -> Floats:
    """Return S_t = max(0, rho S_(t−1) + x_t − drift) for every person and night.

    Args:
        x: (n_employees, n_nights) evidence in nats; NaN (absent, not assessable) leaves S as it was.
        rho: Memory, in (0, 1]; 0.8 forgets half in three nights, 0.98 in 34.
        drift: What an ordinary night may bring; above its mean (1 for −log p), or S never comes down.
        start: (n_employees,) S before the first night.
        resets: (n_employees, n_nights) True where a review ended before that night: S starts again at 0.

    Returns:
        (n_employees, n_nights) S after each night.
    """
    values = np.asarray(x, dtype=np.float64)
    if values.ndim != 2 or not 0 < rho <= 1:
        raise DetectorError(f"A CUSUM takes (employees, nights) and 0 < rho ≤ 1, got {values.shape}, {rho}.")
    s = np.zeros(len(values)) if start is None else np.array(start, dtype=np.float64)
    cleared = None if resets is None else np.asarray(resets, dtype=np.bool_)
    out = np.empty_like(values)
    for t in range(values.shape[1]):
        if cleared is not None:
            s = np.where(cleared[:, t], 0.0, s)
        night = values[:, t]
        s = np.where(np.isnan(night), s, np.maximum(0.0, rho * s + night - drift))
        out[:, t] = s
    return out


def since(x: ArrayLike, s: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Return, per person, the night at which the last climb began; −1 where S is 0 at the end.

    Args:
        x: (n_employees, n_nights) the evidence.
        s: (n_employees, n_nights) the CUSUM over it.
    """
    level = np.asarray(s, dtype=np.float64)
    zero = level <= 0
    last_zero = np.where(zero.any(axis=1), level.shape[1] - 1 - np.argmax(zero[:, ::-1], axis=1), -1)
    known = ~np.isnan(np.asarray(x, dtype=np.float64))
    after = np.arange(level.shape[1])[None, :] > last_zero[:, None]
    first = np.argmax(after & known, axis=1)
    return np.where(level[:, -1] > 0, first, -1).astype(np.int64)


def bernoulli_llr(k: ArrayLike, n: ArrayLike, p0: ArrayLike, p1: ArrayLike) -> Floats:
    """Return the log-likelihood ratio of share p1 (leaking) against p0 (ordinary) for k of n look-ups.

    Args:
        k: Unexplained look-ups.
        n: Assessable look-ups; 0 gives 0, NaN gives NaN.
        p0: Ordinary share.
        p1: Supposed share, above p0.
    """
    k_, n_, a, b = (np.asarray(v, dtype=np.float64) for v in np.broadcast_arrays(k, n, p0, p1))
    a, b = np.clip(a, 1e-9, 1 - 1e-9), np.clip(b, 1e-9, 1 - 1e-9)
    return np.asarray(k_ * np.log(b / a) + (n_ - k_) * np.log((1 - b) / (1 - a)), dtype=np.float64)


def beta_binomial_llr(
    k: ArrayLike, n: ArrayLike, p0: ArrayLike, p1: ArrayLike, dispersion: ArrayLike
) -> Floats:
    """Return the same ratio where a person's ordinary share differs from night to night.

    A sloppy night weighs less than under ``bernoulli_llr``.

    Args:
        k: Unexplained look-ups.
        n: Assessable look-ups; 0 gives 0.
        p0: Ordinary share.
        p1: Supposed share.
        dispersion: rho of both laws.
    """
    ratio = beta_binomial_log_pmf(k, n, p1, dispersion) - beta_binomial_log_pmf(k, n, p0, dispersion)
    return np.asarray(ratio, dtype=np.float64)


def threshold_from_arl(arl: float) -> float:
    """Return h so that a clean person crosses it at most once in ``arl`` nights: h = ln(arl).

    A bound for likelihood-ratio CUSUMs with independent nights; check it with ``threshold_from_history``.
    """
    if arl <= 1:
        raise DetectorError(f"An average run length of {arl} nights raises everybody.", "Give more than 1.")
    return float(np.log(arl))


def threshold_from_history(
    x: ArrayLike, arl: float, rho: float = 0.98, drift: float = 1.3, *, block: int = 10, seed: int = 20260101
) -> float:
    """Return h measured on clean history: runs of nights are redrawn, and first crossings counted.

    Args:
        x: (n_employees, n_nights) clean evidence in nats; NaN = absent.
        arl: Nights of one clean person per false crossing.
        rho: Memory of the CUSUM.
        drift: Drift of the CUSUM.
        block: Nights drawn together, so that a bad week stays a week.
        seed: Seed of the draw.

    Returns:
        The least h at which crossings (each followed by a reset to 0) come at most once in ``arl``
        nights. Never above what ``n_employees x n_nights`` nights drawn anew can show.
    """
    values = np.asarray(x, dtype=np.float64)
    people, nights = values.shape
    length = min(block, nights)
    rng = np.random.default_rng(seed)
    n_blocks = -(-max(nights, 4 * length) // length)
    who = rng.integers(0, people, size=(people, n_blocks))
    first = rng.integers(0, nights - length + 1, size=(people, n_blocks))
    drawn = values[who[:, :, None], first[:, :, None] + np.arange(length)].reshape(people, -1)
    low, high = 0.0, float(leaky_cusum(drawn, rho, drift).max()) + 1e-9
    for _ in range(30):
        h = (low + high) / 2
        if _crossings(drawn, rho, drift, h) * arl <= drawn.size:
            high = h
        else:
            low = h
    return high


def _crossings(x: Floats, rho: float, drift: float, h: float) -> int:
    s, count = np.zeros(len(x)), 0
    for night in x.T:
        s = np.where(np.isnan(night), s, np.maximum(0.0, rho * s + night - drift))
        crossed: Bools = s >= h
        count += int(crossed.sum())
        s = np.where(crossed, 0.0, s)
    return count
