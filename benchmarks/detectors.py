"""How long a night's scoring takes: 10,000 employees x 100 features against 20,000 past rows.

Run from the root: python -m benchmarks.detectors [--rows 10000] [--features 100] [--reference 20000]
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from detectors.base import Detector
from detectors.calibration import ConformalCalibrator
from detectors.counts import beta_binomial_log_tail, gamma_poisson_log_tail
from detectors.fusion import covariance_of, fuse_log
from detectors.group_norms import group_norms
from detectors.registry import make_detector

KINDS = ("tails", "frozen_ecod", "iforest", "knn", "hbos", "inne", "pca")


def relative_matrix(rows: int, features: int, seed: int) -> np.ndarray:
    """Correlated robust z features with a tenth not assessable and heavy upper tails."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(rows, 8))
    X = 0.6 * common[:, np.arange(features) % 8] + 0.8 * rng.normal(size=(rows, features))
    X = np.where(X > 0, np.abs(X) ** 1.3, X)
    X[rng.random(X.shape) < 0.1] = np.nan
    return X


def timed(what: str, act) -> object:
    start = time.perf_counter()
    result = act()
    print(f"{what:<44}{time.perf_counter() - start:8.2f} s")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--features", type=int, default=100)
    parser.add_argument("--reference", type=int, default=20_000)
    args = parser.parse_args()
    reference = relative_matrix(args.reference, args.features, 1)
    tonight = relative_matrix(args.rows, args.features, 2)
    families = {str(i): list(range(i, args.features, 8)) for i in range(8)}
    timed("import of pyod (once a process)", lambda: make_detector("iforest").fit(reference[:50]))

    log_ps = []
    fits = scores = 0.0
    for kind in KINDS:
        detector: Detector = make_detector(kind, **({"families": families} if kind == "tails" else {}))
        start = time.perf_counter()
        detector.fit(reference)
        middle = time.perf_counter()
        score = detector.score(tonight)
        end = time.perf_counter()
        past = detector.score(reference[: args.rows])
        log_ps.append(ConformalCalibrator().fit(past).calibrate(score).log_p)
        fits, scores = fits + middle - start, scores + end - middle
        print(f"{kind:<16} fit {middle - start:7.2f} s      score {end - middle:7.2f} s")
    print(f"{'all detectors':<16} fit {fits:7.2f} s      score {scores:7.2f} s")

    matrix = np.column_stack(log_ps)
    timed("covariance and fusion of the p-values", lambda: fuse_log(matrix, covariance=covariance_of(matrix)))
    rng = np.random.default_rng(3)
    n = rng.integers(1, 5000, args.rows)
    k = rng.binomial(n, 0.05)
    timed("beta-binomial tails", lambda: beta_binomial_log_tail(k, n, 0.03, 0.02))
    timed("gamma-Poisson tails", lambda: gamma_poisson_log_tail(k, n, 0.03, 0.2))
    role = rng.integers(0, 12, args.rows)
    timed("peer norms of twelve roles", lambda: group_norms(k, n, role, 12, shares=True))


if __name__ == "__main__":
    main()
