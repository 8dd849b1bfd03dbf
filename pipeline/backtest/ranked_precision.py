"""Average precision: how far up the guilty stand in a ranking."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def average_precision(scores: Floats, guilty: NDArray[np.bool_]) -> Callable[[Floats], float | None]:
    """Return average precision as a function of how often each person counts.

    The mean, over the guilty, of the precision at their place; equal scores share a place.

    Args:
        scores: (n,) higher is more suspicious.
        guilty: (n,) the truth.

    Returns:
        A function of (n,) weights; its value is None when nobody guilty counts.
    """
    order = np.argsort(-scores, kind="stable")
    ranked, labels = scores[order], guilty[order].astype(np.float64)
    last_of_tie = (
        np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)
        if len(ranked)
        else np.empty(0, int)
    )

    def value(weights: Floats) -> float | None:
        counts = weights[order]
        found = np.cumsum(counts * labels)
        if not len(found) or found[-1] == 0:
            return None
        found, looked = found[last_of_tie], np.cumsum(counts)[last_of_tie]
        steps = np.diff(found, prepend=0.0)
        precision = np.divide(found, looked, out=np.zeros_like(found), where=looked > 0)
        return float(steps @ precision / found[-1])

    return value
