"""Logarithms of tail probabilities far below what a float holds.

SciPy's regularised incomplete beta and gamma functions are exact to about 1e-300 and then become zero.
Evidence that adds up over weeks goes beyond, so below ``_SMALL`` the same functions are continued in
logarithms by continued fractions (modified Lentz), which converge fast exactly there.

Source: Abramowitz & Stegun 26.5.8 and 6.5.31; Lentz 1976.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from detectors.base import Floats

_SMALL = 1e-250
_TINY = 1e-300
_MAX_STEPS = 5000


def _lentz(first: Floats, term: Callable[[int], tuple[Floats, Floats]]) -> Floats:
    """Evaluate first + a1/(b1 + a2/(b2 + …)) for arrays; ``term(j)`` gives (a_j, b_j)."""
    value = np.where(first == 0, _TINY, first)
    c, d = value.copy(), np.zeros_like(value)
    for j in range(1, _MAX_STEPS):
        a, b = term(j)
        d = b + a * d
        d = 1.0 / np.where(d == 0, _TINY, d)
        c = b + a / c
        c = np.where(c == 0, _TINY, c)
        step = c * d
        value = value * step
        if np.all(np.abs(step - 1.0) < 1e-15):
            break
    return value


def _log_beta_fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    """Log of I_x(a, b) for x well below a / (a + b)."""

    def term(j: int) -> tuple[Floats, Floats]:
        m = j // 2
        if j % 2 == 0:
            numerator = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            numerator = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        return numerator, np.ones_like(x)

    front = a * np.log(x) + b * np.log1p(-x) - np.log(a) - special.betaln(a, b)
    return np.asarray(front - np.log(_lentz(np.ones_like(x), term)), dtype=np.float64)


def log_beta_inc(a: ArrayLike, b: ArrayLike, x: ArrayLike) -> Floats:
    """Log of the regularised incomplete beta function I_x(a, b), broadcast.

    Args:
        a: Shape above 0.
        b: Shape above 0.
        x: In [0, 1].
    """
    a_, b_, x_ = (np.array(v, dtype=np.float64) for v in np.broadcast_arrays(a, b, x))
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        plain = special.betainc(a_, b_, x_)
        # Close to 1 the complement is the exact side.
        result = np.where(plain > 0.5, np.log1p(-special.betaincc(a_, b_, x_)), np.log(plain))
        deep = (plain < _SMALL) & (x_ > 0)
        if deep.any():
            result[deep] = _log_beta_fraction(a_[deep], b_[deep], x_[deep])
    return np.asarray(result, dtype=np.float64)


def log_gamma_q(a: ArrayLike, x: ArrayLike) -> Floats:
    """Log of the regularised upper incomplete gamma function Q(a, x), broadcast."""
    a_, x_ = (np.array(v, dtype=np.float64) for v in np.broadcast_arrays(a, x))
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        plain = special.gammaincc(a_, x_)
        result = np.where(plain > 0.5, np.log1p(-special.gammainc(a_, x_)), np.log(plain))
        deep = (plain < _SMALL) & np.isfinite(x_)
        if deep.any():
            a_d, x_d = a_[deep], x_[deep]

            def term(j: int) -> tuple[Floats, Floats]:
                return -j * (j - a_d), x_d - a_d + 2 * j + 1

            front = a_d * np.log(x_d) - x_d - special.gammaln(a_d)
            result[deep] = front - np.log(_lentz(x_d - a_d + 1, term))
    return np.asarray(result, dtype=np.float64)


def log_gamma_p(a: ArrayLike, x: ArrayLike) -> Floats:
    """Log of the regularised lower incomplete gamma function P(a, x), broadcast."""
    a_, x_ = (np.array(v, dtype=np.float64) for v in np.broadcast_arrays(a, x))
    with np.errstate(divide="ignore", invalid="ignore", under="ignore"):
        plain = special.gammainc(a_, x_)
        result = np.where(plain > 0.5, np.log1p(-special.gammaincc(a_, x_)), np.log(plain))
        deep = (plain < _SMALL) & (x_ > 0)
        if deep.any():
            a_d, x_d = a_[deep], x_[deep]
            total = np.ones_like(x_d)
            step = np.ones_like(x_d)
            for j in range(1, _MAX_STEPS):
                step = step * x_d / (a_d + j)
                total = total + step
                if np.all(step < 1e-16 * total):
                    break
            result[deep] = a_d * np.log(x_d) - x_d - special.gammaln(a_d + 1) + np.log(total)
    return np.asarray(result, dtype=np.float64)


def log_chi2_sf(x: ArrayLike, df: ArrayLike) -> Floats:
    """Log of the chi-square upper tail; ``df`` may be fractional."""
    return log_gamma_q(np.asarray(df, dtype=np.float64) / 2, np.asarray(x, dtype=np.float64) / 2)


def log1m_exp(log_p: ArrayLike) -> Floats:
    """Log of 1 − exp(log_p) without cancellation, for log_p ≤ 0."""
    v = np.asarray(log_p, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return np.asarray(
            np.where(v > -np.log(2), np.log(-np.expm1(v)), np.log1p(-np.exp(v))), dtype=np.float64
        )
