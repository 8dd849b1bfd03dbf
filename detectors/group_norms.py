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
_HALVINGS = (len(_SPREADS) - 1).bit_length()
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


def _three_quarters(values: Floats) -> float:
    """Return the upper quartile as `np.quantile` has it, to the last bit, at a tenth of what it costs for few values."""
    place = (len(values) - 1) * 0.75
    low = int(place)
    high = min(low + 1, len(values) - 1)
    parted = np.partition(values, (low, high))
    below, above, share = float(parted[low]), float(parted[high]), place - low
    step = above - below
    return above - step * (1 - share) if share >= 0.5 else below + step * share


class _Scatter:
    """Finds the spread at which people look no more scattered than ordinary ones: of each group, and of all of them.

    Args:
        k: (n_people,) counts.
        n: (n_people,) exposures, above 0.
        group: (n_people,) group index.
        n_groups: Number of groups.
        shares: True for beta-binomial, False for gamma-Poisson.
    """

    def __init__(self, k: Floats, n: Floats, group: Ints, n_groups: int, shares: bool) -> None:
        self.k, self.n, self.shares, self.n_groups = k, n, shares, n_groups
        # Everybody counts twice, in the own group and in the bank, which is one group more.
        self.group = np.concatenate([group, np.full(len(k), n_groups, dtype=np.int64)])
        self.people = np.maximum(np.bincount(self.group, minlength=n_groups + 1), 1)
        self.heaped = 1 + np.maximum(n - 1, 0)

    def spreads(self, p: Floats) -> tuple[Floats, np.float64]:
        """Return (n_groups,) the least dispersion that fits each group, and the one that fits them all together.

        Args:
            p: (n_people,) ordinary rate of each one's group.
        """
        plain = self.n * p * (1 - p) if self.shares else self.n * p
        base = np.maximum(plain, 1e-9)
        # The variance is a straight line in the dispersion.
        grows = (plain * self.heaped if self.shares else plain + plain**2) - base
        squares, base, grows = (
            np.concatenate([one, one]) for one in ((self.k - self.n * p) ** 2, base, grows)
        )
        low = np.zeros(self.n_groups + 1, dtype=np.int64)
        high = np.full(self.n_groups + 1, len(_SPREADS) - 1)
        # The scatter falls as the dispersion grows, so the least that fits is found by halving.
        for _ in range(_HALVINGS):
            middle = (low + high) // 2
            variance = base + _SPREADS[middle][self.group] * grows
            scatter = (
                _sums(self.group, self.n_groups + 1, np.minimum(squares / variance, CUT**2)) / self.people
            )
            fits = scatter <= _ORDINARY
            high, low = np.where(fits, middle, high), np.where(fits, low, np.minimum(middle + 1, high))
        found = _SPREADS[low]
        return found[:-1], found[-1]


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
    # Begin from what most people show: three quarters of them, least first, so that sellers do not set the first cut.
    ordinary = k / n <= _three_quarters(k / n)
    whole = (k[ordinary].sum() + 0.5) / (n[ordinary].sum() + 1.0)
    rate = np.minimum(
        (_sums(group[ordinary], n_groups, k[ordinary]) + whole * strength)
        / (_sums(group[ordinary], n_groups, n[ordinary]) + strength),
        top,
    )
    spread = np.full(n_groups, 0.01) if dispersion is None else dispersion
    scatter = _Scatter(k, n, group, n_groups, shares) if dispersion is None else None
    lean = people / (people + 8.0)
    for _ in range(_ROUNDS if scatter else 1):
        p = rate[group]
        if scatter:
            own, bank = scatter.spreads(p)
            spread = lean * own + (1 - lean) * bank
        cut = np.minimum(k, n * p + CUT * np.sqrt(_variance(n, p, spread[group], shares)) + 0.5)
        whole = (cut.sum() + 0.5) / (n.sum() + 1.0)
        rate = np.minimum(
            (_sums(group, n_groups, cut) + whole * strength) / (_sums(group, n_groups, n) + strength), top
        )
    if shares:
        return GroupNorms(rate, np.clip(spread, least_spread(rate), 0.6), people)
    return GroupNorms(rate, np.clip(spread, LEAST_SPREAD, 4.0), people)
