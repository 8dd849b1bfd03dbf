"""Contributions sum to the score exactly, and the injected family comes first."""

from __future__ import annotations

import numpy as np
import pytest

from detectors.explain import by_occlusion, first_family, share_out
from detectors.fusion import fuse_log
from detectors.registry import make_detector
from detectors.tails import FrozenTails

FAMILIES = {
    name: list(range(4 * i, 4 * i + 4))
    for i, name in enumerate(["volume", "linkage", "mix", "rhythm", "hours"])
}


def injected(n: int, strength: float) -> tuple[np.ndarray, np.ndarray, list[str]]:
    rng = np.random.default_rng(7)
    common = rng.normal(size=(2000 + n, 5)).repeat(4, axis=1)
    X = 0.6 * common + 0.8 * rng.normal(size=(2000 + n, 20))
    rows, names = X[2000:], []
    for i in range(n):
        name = list(FAMILIES)[i % 5]
        rows[i, FAMILIES[name]] += strength
        names.append(name)
    return X[:2000], rows, names


def test_injected_family_comes_first_by_tails() -> None:
    reference, rows, names = injected(200, 4.0)
    tails = FrozenTails(FAMILIES).fit(reference)
    explained = share_out(tails.family_log_p(rows), tails.score(rows), tails.family_names)
    assert np.mean([a == b for a, b in zip(first_family(explained), names, strict=True)]) >= 0.95
    assert (explained.parts.sum(axis=1) == explained.score).all()
    np.testing.assert_allclose(explained.score, tails.score(rows), rtol=1e-14)


@pytest.mark.parametrize(("kind", "strength"), [("iforest", 6.0), ("knn", 6.0), ("inne", 6.0), ("pca", 6.0)])
def test_injected_family_comes_first_by_occlusion(kind, strength) -> None:
    reference, rows, names = injected(100, strength)
    detector = make_detector(kind).fit(reference)
    explained = by_occlusion(detector, rows, FAMILIES)
    assert np.mean([a == b for a, b in zip(first_family(explained), names, strict=True)]) >= 0.95
    assert (explained.parts.sum(axis=1) == explained.score).all()
    np.testing.assert_allclose(explained.score, detector.score(rows), rtol=1e-13)


def test_hiding_the_first_family_lowers_the_rank() -> None:
    reference, rows, names = injected(50, 5.0)
    tails = FrozenTails(FAMILIES).fit(reference)
    ordinary = np.sort(tails.score(reference))
    for i, name in enumerate(names):
        hidden = rows[i : i + 1].copy()
        hidden[0, FAMILIES[name]] = np.nan
        before, after = np.searchsorted(ordinary, [tails.score(rows[i : i + 1])[0], tails.score(hidden)[0]])
        assert after < before


def test_families_that_cannot_be_assessed_get_no_part() -> None:
    log_p = np.array([[np.log(1e-4), np.nan, np.log(0.5)], [np.nan] * 3])
    score = np.nan_to_num(-fuse_log(log_p))
    explained = share_out(log_p, score, ["a", "b", "c"])
    assert explained.parts[0, 1] == 0
    assert explained.ranked()[0].tolist() == [0, 2, 1]
    assert explained.parts[1].sum() == 0
