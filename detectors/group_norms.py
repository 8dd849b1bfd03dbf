"""Ordinary rate and dispersion of many groups at once, cheaply enough for every feature of every night.

A night asks for thousands of norms, too many to solve each with care. Here nobody is set aside,
but nobody's influence is unbounded either: counts are cut where they leave the ordinary range, and the spread is the one at which
the cut squares of the residuals come to what an ordinary group would show. A fifth of sellers in a group moves neither by much.
Source: Huber & Ronchetti, ch. 6 (proposal 2); design.md decision 17.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.base import Floats, Ints

CUT = 1.5
"""Standard deviations beyond which a residual counts no more than this."""
_ORDINARY = 0.7785
"""Mean of min(z², CUT²) for a normal z."""
_SPREADS = np.concatenate([[0.0], np.geomspace(0.002, 0.6, 23)])
_ROUNDS = 3
LEAST_SPREAD = 0.004
"""Nobody measures so many people that less spread between them than this would be known."""
RARE = 0.25
"""Of a rare share less is known to be enough: the least spread is also at most this times the share, a standard deviation of half of it."""


@dataclass(frozen=True, slots=True)
class GroupNorms:
    """Per group: rate, dispersion, number of people.

    Attributes:
        rate: (n_groups,) ordinary share or count per exposure.
        dispersion: (n_groups,) rho of the beta-binomial, or 1 / shape of the gamma.
        n_people: (n_groups,) people with exposure.
    """

    rate: Floats
    dispersion: Floats
    n_people: Ints


def least_spread(rate: Floats) -> Floats:
    """Return the least dispersion of shares with these ordinary rates.

    Two in a thousand, say, with the spread that suits a share of a tenth, would let an honest person have six times as many.
    """
    return np.minimum(LEAST_SPREAD, RARE * rate)


def _sums(group: Ints, n_groups: int, values: Floats) -> Floats:
    return np.asarray(np.bincount(group, weights=values, minlength=n_groups), dtype=np.float64)


def _variance(n: Floats, p: Floats, dispersion: Floats, shares: bool) -> Floats:
    """Variance of a count under beta-binomial or gamma-Poisson."""
    if shares:
        return np.asarray(n * p * (1 - p) * (1 + np.maximum(n - 1, 0) * dispersion))
    return np.asarray(n * p + dispersion * (n * p) ** 2)


def _spread(k: Floats, n: Floats, p: Floats, group: Ints, n_groups: int, shares: bool) -> Floats:
    """Return per group the least dispersion at which its people look no more scattered than ordinary ones."""
    people = np.maximum(np.bincount(group, minlength=n_groups), 1)
    squares, base = (k - n * p) ** 2, np.maximum(_variance(n, p, np.zeros_like(n), shares), 1e-9)
    grows = (
        _variance(n, p, np.ones_like(n), shares) - base
    )  # the variance is a straight line in the dispersion
    low, high = np.zeros(n_groups, dtype=np.int64), np.full(n_groups, len(_SPREADS) - 1)
    while (
        low < high
    ).any():  # the scatter falls as the dispersion grows, so the least that fits is found by halving
        middle = (low + high) // 2
        variance = base + _SPREADS[middle][group] * grows
        scatter = _sums(group, n_groups, np.minimum(squares / variance, CUT**2)) / people
        fits = scatter <= _ORDINARY
        high, low = np.where(fits, middle, high), np.where(fits, low, np.minimum(middle + 1, high))
    return np.asarray(_SPREADS[low])


def group_norms(
    k: Floats,
    n: Floats,
    group: Ints,
    n_groups: int,
    *,
    shares: bool,
    strength: float = 30.0,
    dispersion: Floats | None = None,
) -> GroupNorms:
    """Estimate each group's rate and dispersion, leaning on the whole bank where a group is small.

    Args:
        k: (n_people,) counts.
        n: (n_people,) trials or exposures; people with 0 are left out.
        group: (n_people,) group index.
        n_groups: Number of groups.
        shares: True for k of n (beta-binomial), False for counts per exposure (gamma-Poisson).
        strength: Trials with which the whole bank's rate speaks in each group.
        dispersion: (n_groups,) where it is known already; None estimates it.
    """
    seen = n > 0
    k, n, group = k[seen], n[seen], group[seen]
    if not len(k):
        return GroupNorms(np.zeros(n_groups), np.full(n_groups, 0.02), np.zeros(n_groups, dtype=np.int64))
    top = 1.0 - 1e-6 if shares else np.inf
    people = np.bincount(group, minlength=n_groups)
    everybody = np.zeros(len(k), dtype=np.int64)
    # Begin from what most people show: three quarters of them, least first, so that sellers do not set the first cut.
    ordinary = k / n <= np.quantile(k / n, 0.75)
    whole = (k[ordinary].sum() + 0.5) / (n[ordinary].sum() + 1.0)
    rate = np.minimum(
        (_sums(group[ordinary], n_groups, k[ordinary]) + whole * strength)
        / (_sums(group[ordinary], n_groups, n[ordinary]) + strength),
        top,
    )
    spread = np.full(n_groups, 0.01) if dispersion is None else dispersion
    for _ in range(_ROUNDS if dispersion is None else 1):
        p = rate[group]
        if dispersion is None:
            bank = _spread(k, n, p, everybody, 1, shares)[0]
            lean = people / (people + 8.0)
            spread = lean * _spread(k, n, p, group, n_groups, shares) + (1 - lean) * bank
        cut = np.minimum(k, n * p + CUT * np.sqrt(_variance(n, p, spread[group], shares)) + 0.5)
        whole = (cut.sum() + 0.5) / (n.sum() + 1.0)
        rate = np.minimum(
            (_sums(group, n_groups, cut) + whole * strength) / (_sums(group, n_groups, n) + strength), top
        )
    if shares:
        return GroupNorms(rate, np.clip(spread, least_spread(rate), 0.6), people)
    return GroupNorms(rate, np.clip(spread, LEAST_SPREAD, 4.0), people)
