"""Whom do the victims have in common: who looked up more of them than their volume explains.

Given V customers who complained of a leak, the person behind it has looked up v of them; a busy desk
meets some by chance.
Source: hypergeometric tail; exact Poisson-binomial where each victim has odds of their own (Hong 2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from detectors.base import DetectorError, Floats
from detectors.calibration import benjamini_hochberg


@dataclass(frozen=True, slots=True)
class CommonPoint:
    """Per person: log tail, BH-adjusted p over people, and the number of victims expected by chance."""

    log_p: Floats
    adjusted_p: Floats
    expected: Floats


def hypergeometric_common_point(
    met: ArrayLike, looked_up: ArrayLike, n_victims: int, n_customers: int
) -> CommonPoint:
    """Ask of each person whether they met more victims than a person of their volume would.

    Args:
        met: (n_people,) victims they looked up before the leak.
        looked_up: (n_people,) distinct customers they looked up in the same time.
        n_victims: Victims in all.
        n_customers: Customers anybody looked up in that time, victims among them.
    """
    v, volume = np.asarray(met, dtype=np.float64), np.asarray(looked_up, dtype=np.float64)
    if (v > np.minimum(volume, n_victims)).any() or (volume > n_customers).any() or n_victims > n_customers:
        raise DetectorError("More victims met than looked up, or more looked up than there are.")
    log_p = stats.hypergeom.logsf(v - 1, n_customers, n_victims, volume)
    log_p = np.minimum(np.where(v <= 0, 0.0, log_p), 0.0)
    expected = volume * n_victims / n_customers
    return CommonPoint(log_p, benjamini_hochberg(np.exp(log_p)), expected)


def poisson_binomial_common_point(met: ArrayLike, odds: ArrayLike) -> CommonPoint:
    """Ask the same where each victim has their own chance to be met (same branch, same product).

    Args:
        met: (n_people,) victims looked up.
        odds: (n_people, n_victims) chance that an ordinary person of this volume meets this victim.
    """
    v, p = np.asarray(met, dtype=np.float64), np.asarray(odds, dtype=np.float64)
    if p.ndim != 2 or len(p) != len(v) or (p < 0).any() or (p > 1).any():
        raise DetectorError("Odds must be (people, victims) between 0 and 1.")
    # The law of the sum, one victim at a time: exact, and in tiny tails too, as all terms are positive.
    law = np.zeros((len(p), p.shape[1] + 1))
    law[:, 0] = 1.0
    for j in range(p.shape[1]):
        chance = p[:, j : j + 1]
        law[:, 1:] = law[:, 1:] * (1 - chance) + law[:, :-1] * chance
        law[:, 0] *= 1 - chance[:, 0]
    at_least = np.cumsum(law[:, ::-1], axis=1)[:, ::-1]
    picked = at_least[np.arange(len(p)), np.clip(v, 0, p.shape[1]).astype(np.int64)]
    with np.errstate(divide="ignore"):
        log_p = np.minimum(np.log(picked), 0.0)
    return CommonPoint(log_p, benjamini_hochberg(np.exp(log_p)), p.sum(axis=1))
