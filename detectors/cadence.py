"""Machine rhythm: does a person's day of look-ups tick like a clock or walk down a list.

Times are seconds in one array, sorted within each group (one employee-day); groups are given by their
first positions. Tag batch and API channels before: a machine that is registered ticks by right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detectors.base import DetectorError, Floats, Ints

_LEAST_EVENTS = 10  # Fewer gaps than this have no rhythm to speak of: NaN, not 0.


@dataclass(frozen=True, slots=True)
class Cadence:
    """Rhythm of each group; NaN where too few events.

    Args:
        longest_run: Look-ups in the longest stretch with every gap below the limit.
        gap_cv: Standard deviation over mean of the gaps inside runs; people are near 1, machines near 0.
        same_gap_share: Share of gaps inside runs within ±10 % of their median.
        n_events: Events of the group.
    """

    longest_run: Floats
    gap_cv: Floats
    same_gap_share: Floats
    n_events: Ints


def cadence(
    seconds: ArrayLike, starts: ArrayLike, *, max_gap_seconds: float = 15.0, band: float = 0.1
) -> Cadence:
    """Measure the rhythm of each group.

    Args:
        seconds: (n_events,) times in seconds, ascending within a group.
        starts: (n_groups,) position of each group's first event, ascending, the first 0.
        max_gap_seconds: A longer gap ends a run.
        band: Half-width of the band around the median gap, as a share of it.

    Raises:
        DetectorError: If times fall within a group, or the starts do not fit.
    """
    t = np.asarray(seconds, dtype=np.float64)
    first = np.asarray(starts, dtype=np.int64)
    if len(first) and (first[0] != 0 or (np.diff(first) < 0).any() or first[-1] > len(t)):
        raise DetectorError("Group starts must begin at 0, ascend, and lie within the events.")
    sizes = np.diff(np.append(first, len(t))).astype(np.int64)
    group = np.repeat(np.arange(len(first)), sizes)
    gap = np.diff(t)
    inside = group[1:] == group[:-1]
    if (gap[inside] < 0).any():
        raise DetectorError("Event times fall within a group.", "Sort by group and time.")
    quick = inside & (gap < max_gap_seconds)
    longest = _longest_runs(quick, group, sizes)
    run_gap, run_group = gap[quick], group[1:][quick]
    n = np.bincount(run_group, minlength=len(first)).astype(np.float64)
    some = np.where(n > 0, n, np.nan)
    mean = np.bincount(run_group, run_gap, minlength=len(first)) / some
    away = (run_gap - mean[run_group]) ** 2
    sd = np.sqrt(np.bincount(run_group, away, minlength=len(first)) / some)
    middle = _medians(run_gap, run_group, len(first))
    near = np.abs(run_gap - middle[run_group]) <= band * middle[run_group]
    same = np.bincount(run_group, near, minlength=len(first)) / some
    enough = n >= _LEAST_EVENTS - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        cv = np.where(mean > 0, sd / mean, 0.0)
    return Cadence(longest, np.where(enough, cv, np.nan), np.where(enough, same, np.nan), sizes)


def _longest_runs(quick: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], group: Ints, sizes: Ints) -> Floats:
    longest = np.minimum(sizes, 1).astype(np.float64)
    edges = np.diff(np.concatenate([[0], quick.astype(np.int8), [0]]))
    begin, end = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    if len(begin):
        np.maximum.at(longest, group[begin], (end - begin + 1).astype(np.float64))
    return longest


def _medians(values: Floats, group: Ints, n_groups: int) -> Floats:
    order = np.lexsort((values, group))
    ordered = values[order]
    n = np.bincount(group, minlength=n_groups)
    first = np.cumsum(n) - n
    out = np.full(n_groups, np.nan)
    some = n > 0
    low, high = first[some] + (n[some] - 1) // 2, first[some] + n[some] // 2
    out[some] = (ordered[low] + ordered[high]) / 2
    return out


def order_tau(keys: ArrayLike, starts: ArrayLike) -> Floats:
    """Return Kendall's tau-b between time and the keys' order in each group: 1 walks up a list, −1 down.

    Args:
        keys: (n_events,) sortable numbers (rank of the looked-up number or record), in order of time.
        starts: (n_groups,) position of each group's first event.

    Returns:
        (n_groups,) tau; NaN below ten events or where all keys are equal.
    """
    from scipy import stats

    values = np.asarray(keys, dtype=np.float64)
    ends = np.append(np.asarray(starts, dtype=np.int64), len(values))
    out = np.full(len(ends) - 1, np.nan)
    for g in np.flatnonzero(np.diff(ends) >= _LEAST_EVENTS):
        part = values[ends[g] : ends[g + 1]]
        part = part[~np.isnan(part)]
        if len(part) >= _LEAST_EVENTS and part.min() < part.max():
            out[g] = stats.kendalltau(np.arange(len(part)), part, method="asymptotic").statistic
    return out
