"""Robust scaling, frozen at fit: part of every detector that measures distances.

One column in other units made a neighbour detector's top twenty share six with itself; so nothing reaches
PyOD unscaled. NaN becomes the reference's median (0 after scaling) and so contributes nothing.
"""

from __future__ import annotations

from typing import Self

import numpy as np

from detectors.base import Bools, DetectorError, Floats, as_matrix


class RobustScaler:
    """Median and MAD per feature, from the reference alone.

    Args:
        one_sided: Clip values below the reference's median to 0, so that little work is never unusual.
        limit: Scaled values stop here (in robust standard deviations), so that one column cannot
            drown all others; the far end of a tail belongs to ``tails``.
    """

    def __init__(self, one_sided: bool = True, limit: float = 20.0) -> None:
        self.one_sided, self.limit = one_sided, limit
        self.median: Floats = np.zeros(0)
        self.spread: Floats = np.zeros(0)
        self.varies: Bools = np.zeros(0, dtype=np.bool_)

    def fit(self, X: Floats) -> Self:
        """Freeze centre and spread; a column without spread or without values is marked as not varying."""
        X = as_matrix(X)
        n_features = X.shape[1]
        self.median, self.spread = np.zeros(n_features), np.ones(n_features)
        self.varies = np.zeros(n_features, dtype=np.bool_)
        for j in range(n_features):
            x = X[~np.isnan(X[:, j]), j]
            if not len(x):
                continue
            self.median[j] = np.median(x)
            away = np.abs(x - self.median[j])
            # More than half of a sparse column is one value: then the mean distance stands in for the MAD.
            mad, mean = 1.4826 * np.median(away), 1.2533 * np.mean(away)
            spread = mad if mad > 1e-9 * mean else mean
            if spread > 1e-12 * max(1.0, abs(self.median[j])):
                self.spread[j], self.varies[j] = spread, True
        return self

    def transform(self, X: Floats) -> Floats:
        """Return the scaled matrix of the columns that vary; no NaN is left.

        Args:
            X: (n_rows, n_features) with the features of the fit.
        """
        if not len(self.median):
            raise DetectorError("Scaling asked for before a reference was frozen.", "Call fit first.")
        X = as_matrix(X, len(self.median))
        scaled = (X[:, self.varies] - self.median[self.varies]) / self.spread[self.varies]
        low = 0.0 if self.one_sided else -self.limit
        return np.clip(np.nan_to_num(scaled, nan=0.0), low, self.limit)
