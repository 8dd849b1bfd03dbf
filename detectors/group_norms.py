"""Ordinary rate and dispersion of many groups at once, cheaply enough for every feature of every night.

`peer_norms` solves for one group with care and takes a tenth of a second; a night asks for thousands. Here the people who stand
out most are set aside (at most a share of each group), rate and spread are taken from the rest, and both are corrected for what
setting aside the top takes from honest groups. Source: trimmed moments, Huber & Ronchetti, ch. 5; design.md decision 17.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.base import Floats, Ints

TRIM = 0.1
"""Share of a group that is set aside: more than ever leaks, less than distorts an honest group."""
_VARIANCE_KEPT = 0.66
"""Share of the variance that is left when the top tenth of a bell is cut off."""
_LEAST_GROUP = 4


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


def _sums(group: Ints, n_groups: int, values: Floats) -> Floats:
    return np.bincount(group, weights=values, minlength=n_groups)


def _set_aside(group: Ints, n_groups: int, z: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Mark the people who are kept: all but the top share of each group of at least four."""
    order = np.lexsort((-z, group))
    sizes = np.bincount(group, minlength=n_groups)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    place = np.empty(len(group), dtype=np.int64)
    place[order] = np.arange(len(group)) - starts[group[order]]
    dropped = np.where(sizes >= _LEAST_GROUP, np.maximum(1, np.floor(TRIM * sizes)), 0)
    return np.asarray(place >= dropped[group])


def group_norms(
    k: Floats, n: Floats, group: Ints, n_groups: int, *, shares: bool, strength: float = 30.0
) -> GroupNorms:
    """Estimate each group's rate and dispersion, leaning on the whole bank where a group is small.

    Args:
        k: (n_people,) counts.
        n: (n_people,) trials or exposures; people with 0 are left out.
        group: (n_people,) group index.
        n_groups: Number of groups.
        shares: True for k of n (beta-binomial), False for counts per exposure (gamma-Poisson).
        strength: Trials with which the whole bank's rate speaks in each group.
    """
    seen = n > 0
    k, n, group = k[seen], n[seen], group[seen]
    if not len(k):
        return GroupNorms(np.zeros(n_groups), np.full(n_groups, 0.02), np.zeros(n_groups, dtype=np.int64))
    kept = np.ones(len(k), dtype=bool)
    top = 1.0 - 1e-6 if shares else np.inf
    for _ in range(2):
        whole = (k[kept].sum() + 0.5) / (n[kept].sum() + 1.0)
        own_k, own_n = _sums(group[kept], n_groups, k[kept]), _sums(group[kept], n_groups, n[kept])
        rate = np.minimum((own_k + whole * strength) / (own_n + strength), top)
        p = rate[group]
        variance = n * p * (1 - p) if shares else n * p
        kept = _set_aside(group, n_groups, (k - n * p) / np.sqrt(variance + 0.25))
    p = rate[group]
    plain = n * p * (1 - p) if shares else n * p
    # Method of moments on the people kept: E[(k - np)²] = plain x (1 + (n - 1) rho), or mean + d mean² for counts.
    grows = plain * (n - 1) if shares else (n * p) ** 2
    excess = (k - n * p) ** 2 / _VARIANCE_KEPT - plain
    weight = 1 / np.maximum(plain + 0.05 * grows, 1e-9)
    weight = np.where(kept, weight * weight, 0.0)
    up, down = _sums(group, n_groups, weight * excess * grows), _sums(group, n_groups, weight * grows * grows)
    whole_dispersion = max(float(up.sum() / max(down.sum(), 1e-12)), 0.0)
    people = np.bincount(group[kept], minlength=n_groups)
    own = np.divide(up, down, out=np.full(n_groups, whole_dispersion), where=down > 1e-12)
    lean = people / (people + 8.0)
    dispersion = np.clip(
        lean * np.maximum(own, 0.0) + (1 - lean) * whole_dispersion, 0.004, 0.6 if shares else 4.0
    )
    return GroupNorms(rate, dispersion, np.bincount(group, minlength=n_groups))
