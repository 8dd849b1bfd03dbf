"""Evidence in nats, put on the scale of the past: x nats should be reached by a share exp(-x) of ordinary employee-nights.

Up to the 90 % point of the past it is counted. Beyond it continues as a straight exponential laid through two points that a few
per cent of guilty past rows cannot move, never steeper than the law itself claims, and never flatter than `least_slope`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.base import Floats

_COUNTED = 0.90
INNER, OUTER = (0.5, 0.9), (0.9, 0.99)
"""Points through which the exponential is laid: the inner ones bear a fifth of guilty rows, the outer ones see heavier tails."""
_GRID = np.concatenate([np.linspace(0.0, 0.7, 15), np.linspace(0.72, _COUNTED, 10)])


@dataclass(frozen=True, slots=True)
class EvidenceScale:
    """A frozen map from nominal to calibrated nats.

    Attributes:
        at: Nominal nats at the grid points.
        nats: Calibrated nats there.
        slope: Calibrated nats per nominal nat beyond the last point.
    """

    at: Floats
    nats: Floats
    slope: float

    @classmethod
    def fit(
        cls,
        past: Floats,
        *,
        least_slope: float = 0.6,
        least_rows: int = 100,
        points: tuple[float, float] = INNER,
    ) -> EvidenceScale:
        """Freeze the scale of one kind of evidence.

        Args:
            past: (n,) nominal nats of past employee-nights; NaN is left out.
            least_slope: Evidence is never discounted more than this.
            least_rows: With fewer rows the nominal nats stand as they are.
            points: Quantiles through which the exponential is laid.
        """
        past = past[np.isfinite(past)]
        if len(past) < least_rows:
            return cls(np.zeros(1), np.zeros(1), 1.0)
        at = np.quantile(past, _GRID)
        # Where many past rows are equal (rare evidence: mostly none), the upper end of the tie counts.
        share_above = 1 - np.searchsorted(np.sort(past), at, side="right") / len(past)
        nats = -np.log(np.maximum(share_above, 1 - _COUNTED * 1.02))
        low, high = np.quantile(past, points)
        expected = np.log((1 - points[0]) / (1 - points[1]))
        slope = 1.0 if high - low <= 1e-6 else float(np.clip(expected / (high - low), least_slope, 1.0))
        keep = np.concatenate([[True], np.diff(at) > 1e-9])
        at, nats = at[keep], np.maximum.accumulate(nats[keep])
        nats = np.minimum(nats, np.maximum(at, 0.0) + 1.0)  # Counting may not make a nat out of nothing.
        return cls(at, nats, slope)

    def __call__(self, nominal: Floats) -> Floats:
        """Return calibrated nats, at least 0; NaN stays NaN."""
        inside = np.interp(nominal, self.at, self.nats)
        beyond = self.nats[-1] + self.slope * (nominal - self.at[-1])
        return np.asarray(
            np.where(
                np.isnan(nominal), np.nan, np.maximum(np.where(nominal > self.at[-1], beyond, inside), 0.0)
            )
        )
