"""Kinds of detectors by name: one written-out dict, so that grep finds them.

Adding one: a file with ``fit`` and ``score``, one line here, and its name in
``tests/detectors/test_detector_contract.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import partial
from typing import Any

from detectors.base import Detector, DetectorError
from detectors.frozen_ecod import FrozenEcod
from detectors.pyod_detectors import TRANSDUCTIVE, PyodDetector
from detectors.tails import FrozenTails

KINDS: dict[str, Callable[..., Detector]] = {
    "tails": FrozenTails,
    "frozen_ecod": FrozenEcod,
    "iforest": partial(PyodDetector, "IForest"),
    "knn": partial(PyodDetector, "KNN"),
    "hbos": partial(PyodDetector, "HBOS"),
    "inne": partial(PyodDetector, "INNE"),
    "pca": partial(PyodDetector, "PCA"),
    "lof": partial(PyodDetector, "LOF"),
    "mcd": partial(PyodDetector, "MCD"),
    "gmm": partial(PyodDetector, "GMM"),
    "ocsvm": partial(PyodDetector, "OCSVM"),
    "kde": partial(PyodDetector, "KDE"),
}


def make_detector(kind: str, **params: Any) -> Detector:
    """Build an unfitted detector.

    Args:
        kind: A name of ``KINDS``.
        params: The detector's own parameters.

    Raises:
        DetectorError: On an unknown kind (with the nearest names), a transductive one (with the reason), or
            a parameter that the detector does not take.
    """
    if kind not in KINDS:
        refused = {name.lower(): name for name in TRANSDUCTIVE}
        if kind.lower() in refused:
            return PyodDetector(refused[kind.lower()])  # Raises, with the reason.
        near = get_close_matches(kind.lower(), KINDS, n=3, cutoff=0.5) or list(KINDS)
        raise DetectorError(f"Unknown kind of detector {kind!r}.", f"Did you mean: {', '.join(near)}?")
    try:
        return KINDS[kind](**params)
    except TypeError as error:
        raise DetectorError(f"Detector {kind!r} does not take these parameters: {error}.") from error


def kinds() -> tuple[str, ...]:
    """Return all names, in the order of the dict."""
    return tuple(KINDS)
