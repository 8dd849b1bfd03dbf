"""A machine's rhythm and a list's order stand out from a person's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from detectors.base import DetectorError
from detectors.cadence import cadence, order_tau


def day(gaps: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], np.cumsum(gaps)])


def test_machine_ticks_and_person_does_not() -> None:
    rng = np.random.default_rng(1)
    machine = day(8 + 0.2 * rng.normal(size=59))
    person = day(rng.exponential(300, size=59))
    hurried = day(rng.exponential(6, size=59))
    t = np.concatenate([machine, person, hurried, [0.0], np.arange(5.0)])
    got = cadence(t, [0, 60, 120, 180, 181])
    assert got.longest_run[0] == 60
    assert got.longest_run[1] < 10
    assert got.longest_run[3] == 1
    assert got.longest_run[4] == 5
    assert got.gap_cv[0] < 0.05
    assert got.same_gap_share[0] > 0.95
    assert got.gap_cv[2] > 0.5
    assert got.same_gap_share[2] < 0.4
    assert np.isnan(got.gap_cv[[3, 4]]).all()
    assert got.n_events.tolist() == [60, 60, 60, 1, 5]


def test_groups_do_not_run_into_each_other() -> None:
    t = np.array([0.0, 5.0, 10.0, 1.0, 2.0, 100.0, 101.0, 102.0, 103.0])
    assert cadence(t, [0, 3, 5]).longest_run.tolist() == [3, 2, 4]
    one_by_one = [cadence(part, [0]).longest_run[0] for part in (t[:3], t[3:5], t[5:])]
    assert one_by_one == [3, 2, 4]


def test_empty_groups_and_no_events_are_no_error() -> None:
    got = cadence(np.array([0.0, 1.0]), [0, 0, 2])
    assert got.longest_run.tolist() == [0, 2, 0]
    assert len(cadence(np.zeros(0), np.zeros(0)).longest_run) == 0


def test_equal_times_are_a_machine_too() -> None:
    got = cadence(np.zeros(30), [0])
    assert got.longest_run[0] == 30
    assert got.gap_cv[0] == 0
    assert got.same_gap_share[0] == 1


def test_falling_times_are_refused() -> None:
    with pytest.raises(DetectorError, match="Sort by group"):
        cadence(np.array([5.0, 1.0]), [0])
    with pytest.raises(DetectorError, match="begin at 0"):
        cadence(np.array([5.0, 6.0]), [1])


def test_walking_a_list_has_tau_one() -> None:
    rng = np.random.default_rng(2)
    walk, mixed = np.sort(rng.random(40)), rng.random(40)
    keys = np.concatenate([walk, mixed, walk[::-1], [1.0, 2.0], np.ones(12)])
    tau = order_tau(keys, [0, 40, 80, 120, 122])
    assert tau[0] == pytest.approx(1)
    assert tau[1] == pytest.approx(stats.kendalltau(np.arange(40), mixed).statistic)
    assert tau[2] == pytest.approx(-1)
    assert np.isnan(tau[3:]).all()
