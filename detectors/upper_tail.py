"""One frozen reference sample's upper tail, smooth beyond its greatest value.

Inside the reference the tail is counted: (1 + #{ref > x} + ½ #{ref = x}) / (n + 1), the half being the
mid-p for ties. Beyond its top it falls on like a generalised Pareto fitted to the top part, and never
below a stated multiple of what the reference can vouch for.
Source: Pickands 1975; moments in L-form after Hosking & Wallis 1987.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.base import DetectorError, Floats


@dataclass(frozen=True, slots=True)
class TailRule:
    """How far a tail may be continued.

    Args:
        beyond: p may go down to 1 / (beyond x (n + 1)); 1 switches continuation off.
        top_share: Share of the reference that the Pareto is fitted to.
        min_top: With fewer values above the threshold nothing is continued.
        max_shape: Greatest Pareto shape; 0 = exponential, always at least 0 (no upper end is ever claimed).
    """

    beyond: float = 100.0
    top_share: float = 0.05
    min_top: int = 25
    max_shape: float = 0.7

    def __post_init__(self) -> None:
        if self.beyond < 1 or not 0 < self.top_share <= 0.5 or not 0 <= self.max_shape < 1:
            raise DetectorError(
                f"A tail rule out of range: {self}.", "beyond ≥ 1, 0 < top_share ≤ 0.5, max_shape < 1."
            )


@dataclass(frozen=True, slots=True)
class UpperTail:
    """Sorted reference, and the continuation fitted to its top."""

    ordered: Floats
    start: float
    scale: float
    shape: float
    rule: TailRule

    @classmethod
    def fit(cls, reference: Floats, rule: TailRule | None = None) -> UpperTail:
        """Freeze a reference; NaN is left out.

        Args:
            reference: (n,) past values.
            rule: How far to continue.
        """
        rule = rule or TailRule()
        ordered = np.sort(np.asarray(reference, dtype=np.float64))
        ordered = ordered[~np.isnan(ordered)]
        n_top = max(rule.min_top, round(rule.top_share * len(ordered)))
        if len(ordered) <= 2 * n_top:
            return cls(ordered, np.nan, 0.0, 0.0, rule)
        start = float(ordered[-n_top - 1])
        excess = ordered[-n_top:] - start
        mean = float(excess.mean())
        if mean <= 0 or excess[-1] - excess[0] <= 1e-12 * max(abs(float(ordered[-1])), 1e-300):
            return cls(ordered, np.nan, 0.0, 0.0, rule)
        # Probability-weighted moment E[Y(1 − F(Y))]; shape = 2 − mean / (mean − 2 w).
        w = float(np.mean(excess * (1 - (np.arange(1, n_top + 1) - 0.35) / n_top)))
        shape = 2 - mean / max(mean - 2 * w, 1e-12 * mean)
        shape = float(np.clip(shape, 0.0, rule.max_shape))
        return cls(ordered, start, mean * (1 - shape), shape, rule)

    @property
    def n(self) -> int:
        """Number of reference values."""
        return len(self.ordered)

    def _log_excess(self, x: Floats) -> Floats:
        y = np.maximum(x - self.start, 0.0) / self.scale
        return -y if self.shape < 1e-6 else -np.log1p(self.shape * y) / self.shape

    def log_p(self, x: Floats) -> Floats:
        """Log of the tail probability of each value; NaN stays NaN, and an empty reference gives NaN.

        Args:
            x: (m,) values.
        """
        x = np.asarray(x, dtype=np.float64)
        if not self.n:
            return np.full(x.shape, np.nan)
        above = self.n - np.searchsorted(self.ordered, x, side="right")
        ties = self.n - np.searchsorted(self.ordered, x, side="left") - above
        result = np.log((1 + above + 0.5 * ties) / (self.n + 1))
        beyond = x > self.ordered[-1]
        if self.scale > 0 and self.rule.beyond > 1:
            top = self._log_excess(self.ordered[-1:])[0]
            lowest = -np.log(self.rule.beyond * (self.n + 1))
            result[beyond] = np.maximum(result[beyond] + self._log_excess(x[beyond]) - top, lowest)
        result[np.isnan(x)] = np.nan
        return np.asarray(result, dtype=np.float64)

    def is_beyond(self, x: Floats) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """Say which values lie above everything seen: their p is a continuation, not a count."""
        x = np.asarray(x, dtype=np.float64)
        return x > self.ordered[-1] if self.n else np.zeros(x.shape, dtype=np.bool_)
