"""What any detector must pass before it may score people; used by the tests and for detectors added later.

Each check raises ``ContractBreachError`` saying what was promised and what was found.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from detectors.base import Detector, Floats

Factory = Callable[[], Detector]
_CLOSE = 1e-9  # A sum over a batch may round differently from a sum over one row; nothing more.


class ContractBreachError(AssertionError):
    """A detector broke the contract."""


def _demand(kept: bool, promise: str, found: object) -> None:
    if not kept:
        raise ContractBreachError(f"{promise}; found {found}")


def _difference(a: Floats, b: Floats) -> float:
    return float(np.max(np.abs(a - b) / (1 + np.abs(a)), initial=0.0))


def check_shapes(make: Factory, reference: Floats, X: Floats) -> None:
    """``fit`` returns the detector; ``score`` one finite number per row, also for no rows at all."""
    detector = make()
    _demand(detector.fit(reference) is detector, "fit returns the detector itself", "something else")
    for rows in (X, X[:1], X[:0]):
        scores = detector.score(rows)
        _demand(scores.shape == (len(rows),), "one score per row", scores.shape)
        _demand(bool(np.isfinite(scores).all()), "finite scores", scores[~np.isfinite(scores)][:3])


def check_determinism(make: Factory, reference: Floats, X: Floats) -> None:
    """Two detectors made and fitted alike give the same bytes."""
    first, second = make().fit(reference).score(X), make().fit(reference).score(X)
    _demand(
        first.tobytes() == second.tobytes(), "the same input gives the same bytes", _difference(first, second)
    )


def check_batch_independence(make: Factory, reference: Floats, X: Floats) -> None:
    """A row scores the same alone, in the batch, in reverse, and beside extreme strangers."""
    detector = make().fit(reference)
    whole = detector.score(X)
    alone = np.concatenate([detector.score(X[i : i + 1]) for i in range(len(X))])
    _demand(_difference(whole, alone) < _CLOSE, "a row scores the same alone", _difference(whole, alone))
    backwards = detector.score(X[::-1])[::-1]
    _demand(_difference(whole, backwards) < _CLOSE, "the order of rows does not matter", backwards[:3])
    strangers = np.nanmax(np.abs(reference)) * 10 * np.ones((30, X.shape[1]))
    beside = detector.score(np.vstack([strangers, X]))[30:]
    _demand(
        _difference(whole, beside) < _CLOSE, "strangers change nobody's score", _difference(whole, beside)
    )


def check_fit_order(make: Factory, reference: Floats, X: Floats) -> None:
    """The order of the reference's rows changes no score."""
    shuffled = reference[np.random.default_rng(7).permutation(len(reference))]
    gap = _difference(make().fit(reference).score(X), make().fit(shuffled).score(X))
    _demand(gap < _CLOSE, "the reference's order changes no score", gap)


def check_input_untouched(make: Factory, reference: Floats, X: Floats) -> None:
    """Neither matrix is written to."""
    before, now = reference.copy(), X.copy()
    make().fit(reference).score(X)
    same = np.array_equal(before, reference, equal_nan=True) and np.array_equal(now, X, equal_nan=True)
    _demand(same, "the input is left alone", "changed values")


def check_missing(make: Factory, reference: Floats, X: Floats) -> None:
    """NaN never makes a row more unusual than the reference's median would, and a blank row is ordinary."""
    holes = reference.copy()
    holes[::7, 0] = np.nan
    detector = make().fit(holes)
    blank = detector.score(np.full((1, X.shape[1]), np.nan))[0]
    usual = np.quantile(detector.score(reference), 0.9)
    _demand(bool(blank <= usual), f"a row of which nothing is known is ordinary (≤ {usual})", blank)


def check_constant_columns(make: Factory, reference: Floats, X: Floats) -> None:
    """A column that never varies, or was never seen, breaks nothing; nor does a wholly constant matrix."""
    flat = reference.copy()
    flat[:, 0], flat[:, 1] = 3.0, np.nan
    for matrix in (flat, np.zeros_like(reference)):
        scores = make().fit(matrix).score(X)
        _demand(bool(np.isfinite(scores).all()), "finite scores beside constant columns", scores[:3])


def check_tiny_sample(make: Factory, reference: Floats, X: Floats) -> None:
    """Five reference rows give finite scores (whether they mean anything is the caller's decision)."""
    scores = make().fit(reference[:5]).score(X)
    _demand(bool(np.isfinite(scores).all()), "finite scores from five rows", scores[:3])


def check_polarity(make: Factory, reference: Floats, X: Floats) -> None:
    """Much work in every feature scores above nearly everyone; unusually little never does."""
    detector = make().fit(reference)
    ordinary = np.sort(detector.score(reference))
    high = detector.score(np.nanquantile(reference, 0.999, axis=0, keepdims=True) + 5)[0]
    low = detector.score(np.nanmin(reference, axis=0, keepdims=True) - 5)[0]
    _demand(bool(high > ordinary[int(0.95 * len(ordinary))]), "much is unusual", high)
    _demand(bool(low <= ordinary[int(0.9 * len(ordinary))]), "little is not", low)


CHECKS: tuple[Callable[[Factory, Floats, Floats], None], ...] = (
    check_shapes,
    check_determinism,
    check_batch_independence,
    check_fit_order,
    check_input_untouched,
    check_missing,
    check_constant_columns,
    check_tiny_sample,
    check_polarity,
)


def check_detector(make: Factory, reference: Floats, X: Floats) -> None:
    """Run all checks on one kind of detector.

    Args:
        make: Returns a new unfitted detector, always the same.
        reference: (n_reference, n_features ≥ 2), clean.
        X: (n_rows, n_features) to score.

    Raises:
        ContractBreachError: At the first broken promise.
    """
    for check in CHECKS:
        check(make, reference, X)
