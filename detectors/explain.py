"""Why a score is what it is: contributions per family that sum to the score exactly.

Evidence that adds up is shared out as it is. For PyOD's detectors a family is hidden (NaN, hence the
reference's median) and the row scored again: what the score loses is the family's part.
Source: occlusion after Zeiler & Fergus 2014.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from detectors.base import Detector, Floats, Ints, as_matrix


@dataclass(frozen=True, slots=True)
class Explanation:
    """Contributions to each row's score.

    Args:
        families: Names, in the order of the columns; the last is ``together`` for occlusion.
        parts: (n_rows, n_families).
        score: (n_rows,) their sum, which is the detector's score up to the last digit.
    """

    families: tuple[str, ...]
    parts: Floats
    score: Floats

    def ranked(self) -> Ints:
        """(n_rows, n_families) family numbers, most telling first, ties in the order of the families."""
        return np.argsort(-self.parts, axis=1, kind="stable").astype(np.int64)


def share_out(log_p: ArrayLike, score: ArrayLike, families: Sequence[str]) -> Explanation:
    """Share a fused score out over the families in proportion to what each says (−log p).

    Args:
        log_p: (n_rows, n_families) log p-values; NaN = not assessable, part 0.
        score: (n_rows,) fused evidence in nats.
        families: Names of the columns.
    """
    nats = -np.minimum(np.nan_to_num(np.asarray(log_p, dtype=np.float64), nan=0.0), 0.0)
    total = nats.sum(axis=1, keepdims=True)
    share = np.divide(nats, total, out=np.full(nats.shape, 1 / max(nats.shape[1], 1)), where=total > 0)
    target = np.asarray(score, dtype=np.float64)
    parts = share * target[:, None]
    return Explanation(tuple(families), parts, parts.sum(axis=1))


def by_occlusion(detector: Detector, X: Floats, families: Mapping[str, Sequence[int]]) -> Explanation:
    """Explain any detector by hiding one family at a time.

    Args:
        detector: A fitted detector that keeps the contract: NaN contributes nothing.
        X: (n_rows, n_features) rows to explain (the alerts, not the night).
        families: Family name → columns.

    Returns:
        Parts per family, and ``together``: the score of a row of which nothing is known, plus what
        families say only jointly.
    """
    X = as_matrix(X)
    score = detector.score(X)
    parts = np.zeros((len(X), len(families) + 1))
    for f, columns in enumerate(families.values()):
        hidden = X.copy()
        hidden[:, list(columns)] = np.nan
        parts[:, f] = score - detector.score(hidden)
    parts[:, -1] = score - parts[:, :-1].sum(axis=1)
    return Explanation((*families, "together"), parts, parts.sum(axis=1))


def first_family(explanation: Explanation) -> list[str]:
    """Return each row's most telling family, ``together`` left aside."""
    named = [i for i, name in enumerate(explanation.families) if name != "together"]
    best = np.argmax(explanation.parts[:, named], axis=1)
    return [explanation.families[named[i]] for i in best]
