"""The PyOD detectors as one more family: an unusual mix of many things, each small in itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from detectors.evidence_scale import EvidenceScale
from pipeline.features.catalogue import FEATURES
from pipeline.settings import Detection

Floats = NDArray[np.float64]

_CLIP = 8.0

PARAMETERS: dict[str, dict[str, int]] = {"iforest": {"n_estimators": 100}, "hbos": {"n_bins": 20}}
"""Fixed where PyOD would spend most of a night's time on choosing: three hundred trees rank no better here."""


def _by_feature(surprise: Floats) -> Floats:
    """Return (n, n_features): the loudest window of each feature, so that windows of one feature do not outvote the others."""
    columns, at = [], 0
    for feature in FEATURES:
        columns.append(surprise[:, at : at + len(feature.windows)].max(axis=1))
        at += len(feature.windows)
    return np.asarray(np.minimum(np.column_stack(columns), _CLIP), dtype=np.float64)


def fit_pattern(past: Floats, settings: Detection) -> Callable[[Floats], Floats]:
    """Fit the configured detectors on past employee-nights.

    Args:
        past: (n, n_measurements) calibrated nats of past employee-nights.
        settings: Which detectors, and the seed.

    Returns:
        A function from such a matrix to (n,) nats: each detector's score on the scale of its own past, averaged.
    """
    from detectors.registry import make_detector

    X = _by_feature(past)
    if len(X) > settings.pattern_rows:
        X = X[np.linspace(0, len(X) - 1, settings.pattern_rows).astype(np.int64)]
    fitted = []
    for kind in settings.detectors:
        detector = make_detector(
            kind, **PARAMETERS.get(kind, {}), **({"seed": settings.seed} if kind == "iforest" else {})
        ).fit(X)
        fitted.append((detector, _Ranked(detector.score(X))))

    def nats(surprise: Floats) -> Floats:
        rows = _by_feature(surprise)
        return np.asarray(
            np.mean([ranked(detector.score(rows)) for detector, ranked in fitted], axis=0), dtype=np.float64
        )

    return nats


class _Ranked:
    """A detector's raw scores as nats: -log of the share of the past that lies above, continued as an exponential."""

    def __init__(self, past: Floats) -> None:
        self._sorted = np.sort(past)
        q75, q95 = np.quantile(past, [0.75, 0.95])
        self._unit = max((q95 - q75) / np.log(5.0), 1e-9)
        self._q95 = q95
        self._scale = EvidenceScale.fit(np.zeros(0))

    def __call__(self, scores: Floats) -> Floats:
        above = 1 - np.searchsorted(self._sorted, scores, side="left") / len(self._sorted)
        counted = -np.log(np.maximum(above, 0.05))
        beyond = np.log(20.0) + (scores - self._q95) / self._unit
        return np.asarray(np.where(scores > self._q95, beyond, counted), dtype=np.float64)
