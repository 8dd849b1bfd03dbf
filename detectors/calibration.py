"""From scores to p-values: how many ordinary employee-nights of the same class look at least as bad.

Conformal (rank against past rows), stratified by class with the pooled reference as a fall-back,
continued beyond the greatest past score and marked where it is.
Source: Vovk et al. 2005 (Mondrian conformal), Benjamini & Hochberg 1995.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from detectors.base import Bools, DetectorError, Floats, Ints
from detectors.upper_tail import TailRule, UpperTail


@dataclass(frozen=True, slots=True)
class Calibrated:
    """P-values and what each rests on.

    Args:
        log_p: (n,) log p-values; NaN for a NaN score.
        extrapolated: (n,) True where the score is above everything seen, so that p is a continuation.
        pooled: (n,) True where the class was too small and the whole reference answered.
        n_reference: (n,) number of reference rows behind each p.
    """

    log_p: Floats
    extrapolated: Bools
    pooled: Bools
    n_reference: Ints

    @property
    def p(self) -> Floats:
        """(n,) p-values."""
        return np.exp(self.log_p)


def without_contamination(scores: Floats, expected: float = 0.05) -> Floats:
    """Leave out past rows that no clean sample of this size would hold.

    A straight exponential is laid through the 75 % and 95 % points, which up to 4 % of guilty rows hardly
    move; rows where it expects fewer than ``expected`` rows of the whole sample are dropped. Scores must
    be evidence in nats (about exponential in the tail); on heavier tails this would drop honest rows and
    make p too small.

    Args:
        scores: (n,) past scores.
        expected: Expected number of clean rows beyond the fence.
    """
    if len(scores) < 100:
        return scores
    q75, q95 = np.quantile(scores, [0.75, 0.95])
    scale = (q95 - q75) / np.log(5)
    if scale <= 0:
        return scores
    fence = q75 + scale * np.log(0.25 * len(scores) / expected)
    return np.asarray(scores[scores <= fence], dtype=np.float64)


class ConformalCalibrator:
    """P-values of scores against past employee-nights of the same class.

    Args:
        min_class: Classes with fewer reference rows use the pooled reference.
        trim_expected: If set, drop contaminated reference rows (see ``without_contamination``).
        rule: How far p may go below 1 / (n + 1).
    """

    def __init__(
        self, min_class: int = 200, trim_expected: float | None = None, rule: TailRule | None = None
    ) -> None:
        self.min_class, self.trim_expected = min_class, trim_expected
        self.rule = rule or TailRule()
        self._pooled: UpperTail | None = None
        self._classes: dict[str, UpperTail] = {}

    def _freeze(self, scores: Floats) -> UpperTail:
        kept = scores if self.trim_expected is None else without_contamination(scores, self.trim_expected)
        return UpperTail.fit(kept, self.rule)

    def fit(
        self, scores: ArrayLike, classes: Sequence[str] | None = None, exclude: ArrayLike | None = None
    ) -> Self:
        """Freeze the past.

        Args:
            scores: (n,) past scores; NaN is left out.
            classes: (n,) class of each row (role and volume band); default one class.
            exclude: (n,) True for rows known not to be ordinary (under an open alert, confirmed).

        Raises:
            DetectorError: If no past row is left.
        """
        s = np.asarray(scores, dtype=np.float64)
        names = np.asarray(["" for _ in s] if classes is None else classes, dtype=np.str_)
        if s.ndim != 1 or names.shape != s.shape:
            raise DetectorError(f"Scores {s.shape} and classes {names.shape} do not fit together.")
        keep = np.isfinite(s) if exclude is None else np.isfinite(s) & ~np.asarray(exclude, dtype=np.bool_)
        s, names = s[keep], names[keep]
        if not len(s):
            raise DetectorError("No past employee-night to calibrate on.", "Show a review queue, not alerts.")
        self._pooled = self._freeze(s)
        found, counts = np.unique(names, return_counts=True)
        self._classes = {
            str(name): self._freeze(s[names == name])
            for name, count in zip(found, counts, strict=True)
            if count >= self.min_class
        }
        return self

    def calibrate(self, scores: ArrayLike, classes: Sequence[str] | None = None) -> Calibrated:
        """Return the p-value of each score.

        Args:
            scores: (n,) tonight's scores; NaN stays NaN.
            classes: (n,) class of each row.
        """
        if self._pooled is None:
            raise DetectorError("P-values asked for before the past was frozen.", "Call fit first.")
        s = np.asarray(scores, dtype=np.float64)
        names = np.asarray(["" for _ in s] if classes is None else classes, dtype=np.str_)
        log_p, beyond = np.full(s.shape, np.nan), np.zeros(s.shape, dtype=np.bool_)
        pooled, n_reference = np.zeros(s.shape, dtype=np.bool_), np.zeros(s.shape, dtype=np.int64)
        for name in np.unique(names):
            rows = names == name
            tail = self._classes.get(str(name), self._pooled)
            log_p[rows], beyond[rows] = tail.log_p(s[rows]), tail.is_beyond(s[rows])
            pooled[rows], n_reference[rows] = str(name) not in self._classes, tail.n
        return Calibrated(log_p, beyond, pooled, n_reference)


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Return adjusted p-values: rejecting those ≤ q keeps the expected share of false ones at q.

    Args:
        p: (n,) p-values; NaN is not a test and stays NaN.
    """
    values = np.asarray(p, dtype=np.float64)
    out = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    if len(known):
        order = known[np.argsort(values[known], kind="stable")]
        raw = values[order] * len(known) / np.arange(1, len(known) + 1)
        out[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return out


def expected_false_alerts(p_cut: float, n_tests: int) -> float:
    """Return how many ordinary employee-nights are expected at or below the cut, tonight."""
    return float(p_cut) * int(n_tests)


def population_stability_index(reference: ArrayLike, now: ArrayLike, bins: int = 10) -> float:
    """Return how far a distribution has moved: below 0.1 is steady, above 0.25 has shifted.

    Args:
        reference: (n,) frozen values.
        now: (m,) tonight's values; NaN counts as a bin of its own.
        bins: Number of equal shares of the reference.
    """
    a, b = np.asarray(reference, dtype=np.float64), np.asarray(now, dtype=np.float64)
    if not len(a) or not len(b):
        return float("nan")
    known = a[~np.isnan(a)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1])) if len(known) else np.zeros(0)

    def shares(v: Floats) -> Floats:
        where = np.where(np.isnan(v), len(edges) + 1, np.searchsorted(edges, v, side="left"))
        # Half a person in every bin keeps the logarithm finite.
        count = np.bincount(where, minlength=len(edges) + 2) + 0.5
        return np.asarray(count / count.sum(), dtype=np.float64)

    before, after = shares(a), shares(b)
    return float(np.sum((after - before) * np.log(after / before)))
