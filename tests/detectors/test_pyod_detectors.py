"""PyOD behind our seam: what it refuses, what it never asks, and that scaling belongs to it."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from detectors.base import DetectorError
from detectors.frozen_ecod import FrozenEcod
from detectors.pyod_detectors import TRANSDUCTIVE, PyodDetector
from detectors.registry import KINDS, kinds, make_detector
from detectors.scaling import RobustScaler


@pytest.mark.parametrize("name", TRANSDUCTIVE)
def test_transductive_detectors_are_refused_with_the_reason(name) -> None:
    with pytest.raises(DetectorError, match=name) as refusal:
        PyodDetector(name)
    assert TRANSDUCTIVE[name] in str(refusal.value)
    with pytest.raises(DetectorError, match="Refused for this reason"):
        make_detector(name.lower())


def test_pyods_own_ecod_really_depends_on_the_batch_and_ours_does_not() -> None:
    from pyod.models.ecod import ECOD

    rng = np.random.default_rng(1)
    X, row, strangers = rng.normal(size=(200, 5)), rng.normal(size=(1, 5)) + 1.5, np.full((30, 5), 50.0)
    theirs = ECOD().fit(X)
    assert (
        abs(theirs.decision_function(row)[0] - theirs.decision_function(np.vstack([strangers, row]))[-1])
        > 0.1
    )
    ours = FrozenEcod().fit(X)
    assert ours.score(row)[0] == ours.score(np.vstack([strangers, row]))[-1]


def test_frozen_ecod_parts_add_up_to_the_score() -> None:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(300, 6))
    X[3, 2] = np.nan
    for one_sided in (True, False):
        ecod = FrozenEcod(one_sided=one_sided).fit(X)
        np.testing.assert_array_equal(ecod.parts(X).sum(axis=1), ecod.score(X))
    two_sided = FrozenEcod(one_sided=False).fit(X)
    assert two_sided.score(np.full((1, 6), -5.0))[0] > 20


@pytest.mark.parametrize("kind", ["iforest", "knn", "hbos", "inne", "pca"])
def test_units_of_a_column_change_no_score(kind) -> None:
    rng = np.random.default_rng(3)
    R, X = rng.normal(size=(300, 4)), rng.normal(size=(20, 4)) + 1
    units = np.array([1.0, 1024.0, 0.5, 4.0])
    plain = make_detector(kind).fit(R).score(X)
    scaled = make_detector(kind).fit(R * units).score(X * units)
    np.testing.assert_allclose(scaled, plain, rtol=1e-6)


def test_seed_decides_and_is_recorded() -> None:
    R = np.random.default_rng(4).normal(size=(300, 4))
    a, b = PyodDetector("IForest", seed=1, n_estimators=20), PyodDetector("IForest", seed=2, n_estimators=20)
    assert not np.array_equal(a.fit(R).score(R), b.fit(R).score(R))
    assert a.seed == 1


def test_reference_is_capped_the_same_way_every_time() -> None:
    R = np.random.default_rng(5).normal(size=(2000, 3))
    capped = PyodDetector("KNN", max_reference=500).fit(R)
    again = PyodDetector("KNN", max_reference=500).fit(R[::-1])
    np.testing.assert_array_equal(capped.score(R[:50]), again.score(R[:50]))
    whole = PyodDetector("KNN").fit(R)
    assert np.corrcoef(capped.score(R), whole.score(R))[0, 1] > 0.9


def test_more_neighbours_than_people_is_not_an_error() -> None:
    R = np.random.default_rng(6).normal(size=(12, 3))
    assert np.isfinite(PyodDetector("KNN").fit(R).score(R)).all()


def test_scaling_clips_below_the_median_and_at_the_limit() -> None:
    scaler = RobustScaler(limit=10).fit(np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [np.nan]]))
    np.testing.assert_allclose(
        scaler.transform(np.array([[-50.0], [2.0], [np.nan], [1e9]])).ravel(), [0, 0, 0, 10]
    )
    assert RobustScaler(one_sided=False).fit(np.arange(9.0)[:, None]).transform([[-3.0]])[0, 0] < 0


def test_sparse_column_still_has_a_scale() -> None:
    sparse = np.zeros((100, 1))
    sparse[:8] = 4.0
    scaler = RobustScaler().fit(sparse)
    assert scaler.varies[0]
    assert scaler.transform(np.array([[4.0]]))[0, 0] > 3


def test_quota_and_unknown_names_are_refused() -> None:
    with pytest.raises(DetectorError, match="quota"):
        PyodDetector("KNN", contamination=0.1)
    with pytest.raises(DetectorError, match="Did you mean: iforest"):
        make_detector("iforst")
    with pytest.raises(DetectorError, match="does not take"):
        make_detector("tails", trees=3)
    assert kinds() == tuple(KINDS)


def test_importing_the_room_does_not_import_pyod() -> None:
    code = "import detectors.registry, sys; sys.exit('pyod' in sys.modules or 'sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_numba_compiles_for_pyod_is_kept_for_the_next_process(tmp_path) -> None:
    script = (
        "import sys, numpy as np; from detectors.pyod_detectors import PyodDetector\n"
        "X = np.abs(np.random.default_rng(1).normal(size=(200, 3)))\n"
        "print(float(PyodDetector('HBOS', n_bins=20).fit(X).score(X).sum()).hex())"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}

    def score() -> str:
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    first = score()
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb*")}
    assert any(path.suffix == ".nbc" for path in kept)
    assert score() == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb*")} == kept
