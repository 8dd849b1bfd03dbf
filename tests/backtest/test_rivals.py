"""The rivals' cut, on alerts that can be counted by hand."""

import numpy as np
import pytest

from pipeline.backtest.rivals import count_cases, cut_for

# Two people on nights 1 … 40: the first is loud on 1 and 30, the second on 2; all else is quiet.
NIGHTS = np.tile(np.arange(1, 41, dtype=np.int32), 2)
PEOPLE = np.repeat(np.array([0, 1], dtype=np.int32), 40)
SCORES = np.ones(80, dtype=np.float32)
SCORES[[0, 29, 41]] = [9, 8, 7]


@pytest.mark.parametrize(("cases", "cut"), [(0, np.inf), (1, 9), (2, 8), (3, 7)])
def test_the_cut_opens_the_number_of_cases_asked_for(cases, cut):
    assert cut_for(NIGHTS, PEOPLE, SCORES, cases) == cut
    chosen = cut <= SCORES
    assert count_cases(NIGHTS[chosen], PEOPLE[chosen]) == cases


def test_where_no_cut_opens_so_many_the_nearest_number_below_is_taken():
    scores = np.zeros(80, dtype=np.float32)
    scores[[0, 20, 41]] = 5  # three cases at once or none
    assert cut_for(NIGHTS, PEOPLE, scores, 2) == np.inf


def test_the_order_of_rows_is_nothing():
    order = np.random.default_rng(3).permutation(80)
    assert cut_for(NIGHTS[order], PEOPLE[order], SCORES[order], 2) == 8


def test_alerts_within_a_fortnight_are_one_case():
    people = np.zeros(3, dtype=np.int32)
    assert count_cases(np.array([1, 15, 29], dtype=np.int32), people) == 1
    assert count_cases(np.array([1, 16, 31], dtype=np.int32), people) == 3
