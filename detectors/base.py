"""What every detector keeps: the seam, its outcome types, polarity and shape rules.

X is (n_rows, n_features) of float64 with NaN for "not assessable"; scores are (n_rows,), higher = more
unusual. Once fitted, a row's score depends on nothing but the row (``checks.py`` demands it of every
implementation).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.int64]


class DetectorError(ValueError):
    """A detector was asked for something that it cannot answer honestly.

    Args:
        what: What was found and where.
        todo: The next thing to do.
    """

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.what}\n  → {self.todo}" if self.todo else self.what


@runtime_checkable
class Detector(Protocol):
    """Anything with ``fit`` and ``score``."""

    def fit(self, X: Floats) -> Self:
        """Learn what is ordinary from a reference and freeze it.

        Args:
            X: (n_rows, n_features) reference; the order of the rows must not matter.
        """
        ...

    def score(self, X: Floats) -> Floats:
        """Say how unusual each row is.

        Args:
            X: (n_rows, n_features), same features as in ``fit``.

        Returns:
            (n_rows,) finite scores, higher = more unusual.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ok:
    """The detector ran."""

    scores: Floats
    status: str = "ok"


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """The detector had too little to work with; not the same as "nothing found"."""

    reason: str
    status: str = "not_applicable"


@dataclass(frozen=True, slots=True)
class Failed:
    """The detector broke; the night must say so."""

    error: str
    status: str = "failed"


Outcome: TypeAlias = Ok | NotApplicable | Failed


def as_matrix(X: ArrayLike, n_features: int | None = None) -> Floats:
    """Return X as a float64 matrix, or refuse it.

    Args:
        X: (n_rows, n_features).
        n_features: The number of features seen in ``fit``, if any.

    Raises:
        DetectorError: On another shape, on infinities, or on another number of features.
    """
    matrix = np.asarray(X, dtype=np.float64)
    if matrix.ndim != 2:
        raise DetectorError(
            f"A detector takes a matrix (rows, features), got {matrix.ndim} dimension(s).",
            "Reshape a single row to (1, n_features).",
        )
    if np.isinf(matrix).any():
        raise DetectorError(
            f"The matrix holds {int(np.isinf(matrix).sum())} infinite value(s).",
            "Use NaN for a value that cannot be assessed.",
        )
    if n_features is not None and matrix.shape[1] != n_features:
        raise DetectorError(
            f"The detector was fitted on {n_features} features and is asked to score {matrix.shape[1]}.",
            "Score with the features of the fit, in the same order.",
        )
    return matrix


def run_outcome(detector: Detector, reference: Floats, X: Floats, min_rows: int = 20) -> Outcome:
    """Fit and score in one go, keeping "not enough data" and "failed" apart from "nothing found".

    Args:
        detector: Unfitted detector.
        reference: (n_reference, n_features) of past rows.
        X: (n_rows, n_features) to score.
        min_rows: Fewer reference rows than this are not applicable.
    """
    if len(reference) < min_rows:
        return NotApplicable(f"{len(reference)} reference rows, at least {min_rows} needed")
    if not np.isfinite(reference).any():
        return NotApplicable("no assessable value in the reference")
    try:
        scores = detector.fit(reference).score(X)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError, MemoryError) as error:
        return Failed(f"{type(detector).__name__}: {error}")
    if scores.shape != (len(X),) or not np.isfinite(scores).all():
        return Failed(f"{type(detector).__name__}: scores not finite or of wrong shape {scores.shape}")
    return Ok(scores)
