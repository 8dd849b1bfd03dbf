"""One-sided tail probabilities per feature against a frozen reference, combined by family.

Like ECOD in spirit, but a row is compared with the reference alone (never with tonight's batch), only
upwards, and the parts add up. A NaN contributes nothing: its evidence is 0 and the family's degrees
adjust.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Self

import numpy as np

from detectors.base import DetectorError, Floats, as_matrix
from detectors.fusion import covariance_of, fuse_log
from detectors.upper_tail import TailRule, UpperTail


class FrozenTails:
    """Tail probabilities of each feature and each family of features; the score is −log of the fused p.

    Args:
        families: Family name → column indices; default one family of all columns.
        within: How features of one family are combined: ``fisher`` (Brown and Kost's effective number,
            for correlated features) or ``cauchy`` (one loud feature is enough).
        across: How families are combined into the score.
        rule: How far the tails may be continued beyond the reference.
    """

    def __init__(
        self,
        families: Mapping[str, Sequence[int]] | None = None,
        within: Literal["fisher", "cauchy"] = "fisher",
        across: Literal["fisher", "cauchy", "stouffer", "harmonic"] = "fisher",
        rule: TailRule | None = None,
    ) -> None:
        self.families = dict(families) if families is not None else None
        self.within, self.across, self.rule = within, across, rule or TailRule()
        self._tails: list[UpperTail] = []
        self._columns: dict[str, list[int]] = {}
        self._inside: dict[str, Floats] = {}
        self._between: Floats = np.zeros((0, 0))

    @property
    def family_names(self) -> list[str]:
        """Families in the order of ``family_log_p``'s columns."""
        return list(self._columns)

    def fit(self, X: Floats) -> Self:
        """Freeze each feature's reference and the correlations inside and between families.

        Args:
            X: (n_reference, n_features); NaN is left out of its feature's reference.
        """
        X = as_matrix(X)
        given = self.families if self.families is not None else {"all": range(X.shape[1])}
        self._columns = {name: [int(c) for c in columns] for name, columns in given.items()}
        used = [c for columns in self._columns.values() for c in columns]
        if not used or min(used) < 0 or max(used) >= X.shape[1]:
            raise DetectorError(
                f"The families name columns outside the matrix of {X.shape[1]} features.",
                "Give every family at least one column index within the matrix.",
            )
        self._tails = [UpperTail.fit(X[:, j], self.rule) for j in range(X.shape[1])]
        log_p = self.feature_log_p(X)
        self._inside = {name: covariance_of(log_p[:, c]) for name, c in self._columns.items()}
        self._between = covariance_of(self._families_of(log_p))
        return self

    def feature_log_p(self, X: Floats) -> Floats:
        """Return (n_rows, n_features) log tail probabilities, NaN where not assessable."""
        if not self._tails:
            raise DetectorError("Tails asked for before a reference was frozen.", "Call fit first.")
        X = as_matrix(X, len(self._tails))
        return np.column_stack([tail.log_p(X[:, j]) for j, tail in enumerate(self._tails)])

    def _families_of(self, log_p: Floats) -> Floats:
        parts = [
            fuse_log(log_p[:, columns], self.within, covariance=self._inside[name])
            for name, columns in self._columns.items()
        ]
        return np.column_stack(parts)

    def family_log_p(self, X: Floats) -> Floats:
        """Return (n_rows, n_families) log p, NaN where no feature of the family is assessable."""
        return self._families_of(self.feature_log_p(X))

    def score(self, X: Floats) -> Floats:
        """Return −log of the fused p in nats; 0 for a row with nothing assessable."""
        fused = fuse_log(self.family_log_p(X), self.across, covariance=self._between)
        return -np.nan_to_num(fused, nan=0.0)
