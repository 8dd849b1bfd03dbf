"""Every kind of detector keeps the contract; and the contract catches those who do not."""

from __future__ import annotations

import numpy as np
import pytest

from detectors import checks
from detectors.base import Detector, Failed, NotApplicable, Ok, run_outcome
from detectors.registry import make_detector

FAST = {
    "tails": {},
    "frozen_ecod": {},
    "iforest": {"n_estimators": 60},
    "knn": {"n_neighbors": 15},
    "hbos": {},
    "inne": {"n_estimators": 60},
    "pca": {},
    "lof": {"n_neighbors": 20},
    "mcd": {},
    "gmm": {"n_components": 2},
    "ocsvm": {},
    "kde": {},
}


def reference(n_rows: int = 250, n_features: int = 5) -> np.ndarray:
    rng = np.random.default_rng(11)
    common = rng.normal(size=(n_rows, 1))
    return 0.5 * common + rng.normal(size=(n_rows, n_features))


def rows() -> np.ndarray:
    X = np.random.default_rng(12).normal(size=(12, 5))
    X[0, :2] += 6
    X[1, 3] = np.nan
    return X


@pytest.mark.filterwarnings("ignore:The covariance matrix associated to your dataset is not full rank")
@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("kind", FAST)
def test_kind_keeps_the_contract(kind: str, check) -> None:
    check(lambda: make_detector(kind, **FAST[kind]), reference(), rows())


class BatchRank:
    """Scores a row by its rank in the batch: what the contract is there to refuse."""

    def fit(self, X):
        return self

    def score(self, X):
        return np.argsort(np.argsort(np.nan_to_num(X).sum(axis=1))).astype(float)


class Unseeded:
    def fit(self, X):
        self.direction = np.random.default_rng().normal(size=X.shape[1])
        return self

    def score(self, X):
        return np.nan_to_num(X) @ self.direction


class LowIsUnusual:
    def fit(self, X):
        self.middle = np.nanmean(X, axis=0)
        return self

    def score(self, X):
        return np.abs(np.nan_to_num(X) - self.middle).sum(axis=1)


@pytest.mark.parametrize(
    ("bad", "check"),
    [
        (BatchRank, checks.check_batch_independence),
        (Unseeded, checks.check_determinism),
        (LowIsUnusual, checks.check_polarity),
    ],
)
def test_contract_refuses_a_detector_that_breaks_it(bad: type[Detector], check) -> None:
    with pytest.raises(checks.ContractBreachError):
        check(bad, reference(), rows())


class Breaks:
    def fit(self, X):
        raise ZeroDivisionError("no spread")

    def score(self, X):
        return np.zeros(len(X))


def test_outcomes_tell_too_little_from_broken_from_fine() -> None:
    X = reference()
    assert isinstance(run_outcome(make_detector("tails"), X, X[:3]), Ok)
    too_few = run_outcome(make_detector("tails"), X[:5], X[:3])
    assert isinstance(too_few, NotApplicable)
    assert "5 reference rows" in too_few.reason
    assert isinstance(run_outcome(make_detector("tails"), np.full((50, 2), np.nan), X[:, :2]), NotApplicable)
    broken = run_outcome(Breaks(), X, X[:3])
    assert isinstance(broken, Failed)
    assert "no spread" in broken.error
