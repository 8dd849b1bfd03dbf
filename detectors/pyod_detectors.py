"""PyOD's detectors behind our seam: scaled, seeded, inductive, one-sided.

Only ``decision_function`` is used. ``predict`` and ``labels_`` apply a contamination quota, which flags a
tenth of a clean night. PyOD is imported when a detector is fitted, because it takes seconds.
"""

from __future__ import annotations

from contextlib import suppress
from types import ModuleType
from typing import Any, Protocol, Self

import numpy as np

from detectors.base import DetectorError, Floats, as_matrix
from detectors.scaling import RobustScaler

_CONCATENATES = "scores the training rows and tonight's batch together, so a score depends on the neighbours"
_NO_NEW_ROWS = "is defined on one sample only and recomputes itself for every batch"

TRANSDUCTIVE: dict[str, str] = {
    "ECOD": _CONCATENATES + "; use the kind 'frozen_ecod'",
    "COPOD": _CONCATENATES + "; use the kind 'frozen_ecod'",
    "CD": _NO_NEW_ROWS,
    "COF": _NO_NEW_ROWS,
    "LMDD": _NO_NEW_ROWS,
    "LOCI": _NO_NEW_ROWS,
    "RGraph": _NO_NEW_ROWS,
    "ROD": _NO_NEW_ROWS,
    "SOD": _NO_NEW_ROWS,
    "SOS": _NO_NEW_ROWS,
}

# Name → module under pyod.models, and the parameters that we set unless told otherwise.
SUPPORTED: dict[str, tuple[str, dict[str, Any]]] = {
    "IForest": ("iforest", {"n_estimators": 300, "n_jobs": 1}),
    "KNN": ("knn", {"n_neighbors": 50, "method": "largest", "n_jobs": 1}),
    "HBOS": ("hbos", {"n_bins": "auto"}),
    "INNE": ("inne", {"n_estimators": 100}),
    "PCA": ("pca", {"svd_solver": "full"}),
    "LOF": ("lof", {"n_neighbors": 100, "n_jobs": 1}),
    "MCD": ("mcd", {}),
    "GMM": ("gmm", {"n_components": 5}),
    "OCSVM": ("ocsvm", {}),
    "KDE": ("kde", {}),
}
_SEEDED = frozenset({"IForest", "INNE", "PCA", "MCD", "GMM"})
_NEIGHBOURS = frozenset({"KNN", "LOF"})
# PyOD scores the whole reference while fitting, row by row for some: a cap costs them nothing but time.
_MAX_REFERENCE = {
    "HBOS": 5_000,
    "INNE": 5_000,
    "IForest": 10_000,
    "LOF": 10_000,
    "GMM": 10_000,
    "MCD": 10_000,
    "OCSVM": 5_000,
    "KDE": 5_000,
}


def _keep_compiled(module: ModuleType) -> None:
    """Let Numba keep what it makes of PyOD's loops beside PyOD's files: else each night compiles them anew, for five seconds."""
    for one in vars(module).values():
        if hasattr(one, "py_func") and one.__module__ == module.__name__:
            with suppress(RuntimeError):  # no place where it may write: then it is compiled
                one.enable_caching()


class _Scorer(Protocol):
    def fit(self, X: Floats) -> object: ...

    def decision_function(self, X: Floats) -> Floats: ...


class PyodDetector:
    """One PyOD detector on the relative matrix.

    Args:
        name: A name of ``SUPPORTED``; the transductive ones are refused with the reason.
        seed: Seed of the detector and of the reference's sub-sample.
        one_sided: Values below the reference's median count as the median.
        limit: Where a scaled value stops, in robust standard deviations: lower lets many quiet features weigh
            more against one loud one (KNN, INNE and PCA add squares).
        max_reference: Greater references are sub-sampled, the same way every time; None = our cap for it.
        chunk_rows: Rows scored at a time, which bounds memory.
        params: Handed to PyOD's constructor.
    """

    def __init__(
        self,
        name: str,
        seed: int = 20260101,
        one_sided: bool = True,
        limit: float = 20.0,
        max_reference: int | None = None,
        chunk_rows: int = 50_000,
        **params: Any,
    ) -> None:
        if name in TRANSDUCTIVE:
            raise DetectorError(
                f"PyOD's {name} {TRANSDUCTIVE[name]}.",
                f"Refused for this reason: {', '.join(sorted(TRANSDUCTIVE))}.",
            )
        if name not in SUPPORTED:
            raise DetectorError(
                f"PyOD detector {name!r} is not known here.", f"One of: {', '.join(SUPPORTED)}."
            )
        if "contamination" in params:
            raise DetectorError(
                "A contamination share was set; it is a quota, and changes no score.", "Leave it out."
            )
        self.name, self.seed, self.chunk_rows = name, seed, chunk_rows
        self.params = {**SUPPORTED[name][1], **params}
        self.max_reference = max_reference or _MAX_REFERENCE.get(name, 20_000)
        self.scaler = RobustScaler(one_sided=one_sided, limit=limit)
        self._model: _Scorer | None = None
        self._fitted = False

    def _reference(self, scaled: Floats) -> Floats:
        """Sort the rows (their order must not matter) and cap them."""
        ordered = scaled[np.lexsort(scaled.T[::-1])]
        if len(ordered) <= self.max_reference:
            return ordered
        rng = np.random.default_rng(self.seed)
        return ordered[np.sort(rng.choice(len(ordered), self.max_reference, replace=False))]

    def _build(self, n_rows: int) -> _Scorer:
        from importlib import import_module

        params = dict(self.params)
        if self.name in _SEEDED:
            params["random_state"] = self.seed
        if self.name in _NEIGHBOURS:
            params["n_neighbors"] = min(int(params["n_neighbors"]), n_rows - 1)
        module = import_module(f"pyod.models.{SUPPORTED[self.name][0]}")
        _keep_compiled(module)
        model: _Scorer = getattr(module, self.name)(**params)
        return model

    def fit(self, X: Floats) -> Self:
        """Freeze scaling and model; a matrix in which nothing varies makes every score 0.

        Args:
            X: (n_reference, n_features), NaN for "not assessable".

        Raises:
            DetectorError: With fewer than three rows.
        """
        X = as_matrix(X)
        if len(X) < 3:
            raise DetectorError(f"{self.name} cannot learn from {len(X)} row(s).", "At least 3 are needed.")
        self.scaler.fit(X)
        self._model, self._fitted = None, True
        if self.scaler.varies.any():
            reference = self._reference(self.scaler.transform(X))
            self._model = self._build(len(reference))
            self._model.fit(reference)
        return self

    def score(self, X: Floats) -> Floats:
        """Return PyOD's ``decision_function``, higher = more unusual; depends on the row alone."""
        if not self._fitted:
            raise DetectorError(f"{self.name} was asked to score before it was fitted.", "Call fit first.")
        scaled = self.scaler.transform(X)
        if self._model is None or not len(scaled):
            return np.zeros(len(scaled))
        parts = [
            np.asarray(self._model.decision_function(scaled[i : i + self.chunk_rows]), dtype=np.float64)
            for i in range(0, len(scaled), self.chunk_rows)
        ]
        return np.concatenate(parts).ravel()
