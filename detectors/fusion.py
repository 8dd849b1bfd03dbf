"""Many p-values into one: one loud family is enough, and many quiet ones add up.

Everything is computed in logarithms, so evidence far below 1e-300 keeps its order. NaN is "family not
assessable": it drops out and the degrees adjust; a row without any p-value gives NaN.

Which method: ``fisher`` (with the covariance of the families, so that related ones are not counted twice)
for evidence that adds up; ``cauchy`` where the dependence is unknown and one loud family must be enough;
``stouffer`` when many families each say a little; ``harmonic`` as a check.
Source: Fisher 1932; Brown 1975, Kost & McDermott 2002; Liu & Xie 2020 (Cauchy); Wilson 2019 (harmonic
mean).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from detectors.base import DetectorError, Floats
from detectors.log_probability import log_chi2_sf

_HIGHEST_P = 0.99  # Cauchy: a family that is quiet beyond measure must not outweigh a loud one.


def _fisher(log_p: Floats, w: Floats, covariance: Floats | None) -> Floats:
    """Weighted sum of −2 ln p as a chi-square with matched mean and variance (Satterthwaite, Brown)."""
    statistic = -2 * np.sum(w * np.where(w > 0, log_p, 0.0), axis=1)
    mean = 2 * w.sum(axis=1)
    variance = 4 * np.sum(w**2, axis=1)
    if covariance is not None:
        off = np.maximum(covariance, 0.0) * (1 - np.eye(len(covariance)))
        variance = variance + np.einsum("ni,ij,nj->n", w, off, w)
    return log_chi2_sf(statistic * 2 * mean / variance, 2 * mean**2 / variance)


def _cauchy(log_p: Floats, w: Floats, covariance: Floats | None) -> Floats:
    p = np.minimum(np.exp(log_p), _HIGHEST_P)
    share = w / w.sum(axis=1, keepdims=True)
    # Near zero cot(pi p) = 1 / (pi p): kept as a logarithm, for p may be smaller than a float.
    deep = log_p < -30
    plain = np.sum(np.where(deep, 0.0, share / np.tan(np.pi * np.where(deep, 0.5, p))), axis=1)
    with np.errstate(divide="ignore"):
        log_deep = special.logsumexp(np.where(deep, np.log(share) - log_p - np.log(np.pi), -np.inf), axis=1)
    small = log_deep > 20
    exact = 0.5 - np.arctan(plain + np.exp(np.where(small, 0.0, log_deep))) / np.pi
    big = plain + np.where(small, 0.0, np.exp(np.minimum(log_deep, 20)))
    exact = np.where(big > 1e6, 1 / (np.pi * np.maximum(big, 1.0)), exact)
    return np.asarray(np.where(small, -log_deep - np.log(np.pi), np.log(exact)), dtype=np.float64)


def _stouffer(log_p: Floats, w: Floats, covariance: Floats | None) -> Floats:
    z = -special.ndtri_exp(np.minimum(log_p, -1e-12))
    variance = np.sum(w**2, axis=1)
    if covariance is not None:
        # The covariance is of −2 ln p; its correlation stands in for that of z.
        spread = np.sqrt(np.diag(covariance))
        r = np.maximum(covariance / np.outer(spread, spread), 0.0) * (1 - np.eye(len(covariance)))
        variance = variance + np.einsum("ni,ij,nj->n", w, r, w)
    total = np.sum(w * np.where(w > 0, z, 0.0), axis=1)
    return np.asarray(special.log_ndtr(-total / np.sqrt(variance)), dtype=np.float64)


def _harmonic(log_p: Floats, w: Floats, covariance: Floats | None) -> Floats:
    """Harmonic mean p, made exact by its Landau limit (for tiny values the mean is its own p-value)."""
    from scipy import stats

    share = w / w.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        log_mean = -special.logsumexp(np.log(share) - log_p, axis=1)
    count = np.maximum((w > 0).sum(axis=1), 1)
    inverse = np.exp(np.minimum(-log_mean, 30.0))
    exact = stats.landau.logsf(inverse, loc=np.log(count) + 0.874, scale=np.pi / 2)
    return np.asarray(np.where(count == 1, log_mean, np.where(-log_mean > 25, log_mean, exact)))


METHODS: dict[str, Callable[[Floats, Floats, Floats | None], Floats]] = {
    "fisher": _fisher,
    "cauchy": _cauchy,
    "stouffer": _stouffer,
    "harmonic": _harmonic,
}


def fuse_log(
    log_p: ArrayLike,
    method: str = "fisher",
    weights: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
) -> Floats:
    """Combine the families' log p-values, row by row.

    Args:
        log_p: (n_rows, n_families) natural logarithms, ≤ 0; NaN = not assessable.
        method: One of ``METHODS``.
        weights: (n_families,) or (n_rows, n_families), ≥ 0; default all 1.
        covariance: (n_families, n_families) of −2 ln p on clean rows (``covariance_of``); used by fisher and
            stouffer. Negative entries count as 0.

    Returns:
        (n_rows,) log of the combined p; NaN where no family could be assessed.

    Raises:
        DetectorError: On an unknown method, a wrong shape, or a negative weight.
    """
    matrix = np.asarray(log_p, dtype=np.float64)
    if matrix.ndim != 2:
        raise DetectorError(f"Fusion takes (rows, families), got {matrix.ndim} dimension(s).")
    if method not in METHODS:
        raise DetectorError(f"Unknown fusion method {method!r}.", f"One of: {', '.join(METHODS)}.")
    w = np.broadcast_to(np.asarray(1.0 if weights is None else weights, dtype=np.float64), matrix.shape)
    if (w < 0).any() or not np.isfinite(w).all():
        raise DetectorError("A fusion weight is negative or not finite.", "Use 0 to leave a family out.")
    c = None if covariance is None else np.asarray(covariance, dtype=np.float64)
    if c is not None and c.shape != (matrix.shape[1],) * 2:
        raise DetectorError(f"The covariance has shape {c.shape} for {matrix.shape[1]} families.")
    w = np.where(np.isnan(matrix), 0.0, w)
    out = np.full(len(matrix), np.nan)
    some = w.sum(axis=1) > 0
    if some.any():
        filled = np.minimum(np.where(w[some] > 0, matrix[some], 0.0), 0.0)
        out[some] = np.minimum(METHODS[method](filled, w[some], c), 0.0)
    return out


def fuse(
    p_matrix: ArrayLike,
    method: str = "fisher",
    weights: ArrayLike | None = None,
    covariance: ArrayLike | None = None,
) -> Floats:
    """Combine p-values; the same as ``fuse_log`` for p in (0, 1]."""
    p = np.asarray(p_matrix, dtype=np.float64)
    if (p <= 0).any() or (p > 1).any():
        raise DetectorError(
            "A p-value outside (0, 1].", "Zero is never a p-value; use fuse_log for tiny ones."
        )
    return np.exp(fuse_log(np.log(p), method, weights, covariance))


def covariance_of(log_p: ArrayLike) -> Floats:
    """Estimate the covariance of −2 ln p between families from clean rows, robustly.

    Ranks are compared, not values, so a few guilty rows change little; Kost and McDermott's polynomial turns
    the correlation into the covariance. Pairs never seen together count as unrelated.

    Args:
        log_p: (n_rows, n_families) of past rows; NaN = not assessable.

    Returns:
        (n_families, n_families) with 4 on the diagonal.
    """
    matrix = np.asarray(log_p, dtype=np.float64)
    m = matrix.shape[1]
    z = np.full(matrix.shape, np.nan)
    for j in range(m):
        known = np.flatnonzero(~np.isnan(matrix[:, j]))
        if len(known) > 2:
            _, place, size = np.unique(-matrix[known, j], return_inverse=True, return_counts=True)
            middle = np.cumsum(size) - (size - 1) / 2
            z[known, j] = special.ndtri((middle[place] - 0.5) / len(known))
    both = (~np.isnan(z)).astype(np.float64)
    filled = np.nan_to_num(z)
    cross, square = filled.T @ filled, (filled**2).T @ both
    scale = np.sqrt(square * square.T)
    r = np.clip(
        np.divide(cross, scale, out=np.zeros((m, m)), where=(scale > 0) & (both.T @ both > 10)), -1, 1
    )
    c = np.asarray(3.263 * r + 0.710 * r**2 + 0.027 * r**3, dtype=np.float64)
    np.fill_diagonal(c, 4.0)
    return c
