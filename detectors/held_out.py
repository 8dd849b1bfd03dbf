"""Scores of past rows by detectors that have not seen them: what a calibration must rest on.

A neighbour detector finds a past row in its own reference and calls it ordinary; calibrated on such
scores, tonight's rows look too unusual. Here each fold is scored by a detector fitted on the others.
Source: Vovk 2015, cross-conformal predictors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from detectors.base import Detector, DetectorError, Floats, as_matrix


def held_out_scores(
    make: Callable[[], Detector], X: Floats, groups: Sequence[str] | None = None, folds: int = 5
) -> Floats:
    """Score every past row by a detector fitted without its fold.

    Args:
        make: Returns a new unfitted detector, always the same.
        X: (n_rows, n_features) past rows.
        groups: (n_rows,) the employee of each row: all nights of one person are held out together, so
            that nobody is compared with themselves. Default: each row for itself.
        folds: Number of folds; fits take as many times as long.

    Returns:
        (n_rows,) scores, comparable with those of a detector fitted on all rows.

    Raises:
        DetectorError: With fewer groups than folds.
    """
    X = as_matrix(X)
    if groups is None:
        fold = np.arange(len(X)) % folds
    else:
        names, place = np.unique(np.asarray(groups, dtype=np.str_), return_inverse=True)
        fold = np.random.default_rng(len(names)).permutation(len(names))[place] % folds
    if folds < 2 or len(np.unique(fold)) < folds:
        raise DetectorError(
            f"{len(X)} past rows of too few people for {folds} folds.",
            "Use fewer folds, or wait for more nights.",
        )
    scores = np.empty(len(X))
    for f in range(folds):
        held = fold == f
        scores[held] = make().fit(X[~held]).score(X[held])
    return scores
