"""Every figure of the contract on rankings small enough to compute by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.backtest.figures import FIGURES, measure
from tests.backtest.small_rankings import Row, at, day, leak, measured

# Ann sells in two days of ten look-ups each and is raised on the second; Bob drips and is never raised;
# Cho is honest and raised twice within a fortnight, then again 15 nights later; Dan is honest.
ROWS: list[Row] = [
    (3, "ann", 9.0, False), (4, "ann", 12.0, True), (5, "ann", 11.0, True),
    (3, "bob", 2.0, False), (9, "bob", 4.0, False),
    (2, "cho", 10.0, True), (8, "cho", 10.0, True), (23, "cho", 10.0, True),
    (2, "dan", 1.0, False), (20, "dan", 1.0, False),
]  # fmt: skip
ANN = tuple(at(3, 9, minute) for minute in range(10)) + tuple(at(4, 9, minute) for minute in range(10))
BOB = tuple(at(number) for number in range(3, 28))
TRUTH = [leak("ann", "bulk", 3, 4, ANN), leak("bob", "drip", 3, 27, BOB)]
WEEKS = 4 / 1000 * 28 / 7


def value(name: str, scenario: str | None = None) -> float | None:
    return measure([measured(ROWS, TRUTH)], scenario=scenario, draws=0)[name].value


def test_recall_is_the_share_of_leaks_raised_in_time():
    assert value("recall") == 1 / 2
    assert value("recall", "bulk") == 1
    assert value("recall", "drip") == 0


def test_delay_is_the_median_of_days_from_the_first_lookup_to_the_night_that_raised():
    assert value("delay") == 1
    assert value("delay", "drip") is None


def test_leaked_is_the_median_of_lookups_before_the_raise_and_all_when_never_raised():
    assert value("leaked", "bulk") == 20
    assert value("leaked", "drip") == 25
    assert value("leaked") == 22.5


def test_under25_is_the_share_raised_before_the_25th_and_the_never_raised_are_not():
    assert value("under25", "bulk") == 1
    assert value("under25", "drip") == 0
    assert value("under25") == 1 / 2


def test_a_leak_raised_on_its_25th_lookup_was_raised_too_late():
    lookups = tuple(at(3, 9, minute) for minute in range(25))
    for number, share in ((24, 1.0), (25, 0.0)):
        bank = measured([(3, "ann", 9.0, True)], [leak("ann", "bulk", 3, 3, lookups[:number])])
        assert measure([bank], draws=0)["under25"].value == share


def test_cases_are_people_raised_who_were_not_raised_in_the_14_days_before():
    assert value("cases") == pytest.approx(
        3 / WEEKS
    )  # ann once; cho on night 2 and, 15 nights after 8, on 23
    again = measured([(2, "cho", 9.0, True), (16, "cho", 9.0, True)], [])
    assert measure([again], draws=0)["cases"].value == pytest.approx(1 / (1 / 1000 * 4))


def test_false_cases_are_those_that_find_no_leaker_in_their_leak():
    assert value("false") == pytest.approx(2 / WEEKS)
    assert value("precision") == pytest.approx(1 / 3)


def test_a_leaker_raised_outside_their_leak_is_a_false_case():
    before = measured([(2, "ann", 9.0, True)], [leak("ann", "bulk", 10, 12)])
    assert measure([before], draws=0)["precision"].value == 0


def test_a_raise_counts_until_three_days_after_the_end_and_no_longer():
    for night, recall in ((7, 1.0), (8, 0.0)):
        assert (
            measure([measured([(night, "ann", 9.0, True)], [leak("ann", "bulk", 3, 4)])], draws=0)[
                "recall"
            ].value
            == recall
        )


def test_a_raise_that_goes_on_into_the_leak_finds_it_though_the_case_was_false():
    bank = measured([(2, "ann", 9.0, True), (3, "ann", 9.0, True)], [leak("ann", "bulk", 3, 4)])
    figures = measure([bank], draws=0)
    assert (figures["recall"].value, figures["precision"].value) == (1, 0)


def test_average_precision_ranks_people_by_the_mean_of_their_ten_worst_nights():
    # Means: ann 32/3, cho 10, bob 3, dan 1. Guilty: places 1 and 3.
    assert value("ap") == pytest.approx((1 / 1 + 2 / 3) / 2)
    # For one scenario the other leaker leaves the ranking: ann 1st; bob behind cho.
    assert value("ap", "bulk") == 1
    assert value("ap", "drip") == pytest.approx(1 / 2)


def test_only_the_ten_worst_nights_count_for_the_ranking():
    rows: list[Row] = [(night, "ann", 10.0 if night <= 10 else 0.0, False) for night in range(1, 28)]
    rows += [(night, "cho", 9.0, False) for night in range(1, 28)]
    assert measure([measured(rows, [leak("ann", "bulk", 3, 4)])], draws=0)["ap"].value == 1


def test_people_of_equal_rank_share_their_place():
    rows: list[Row] = [(1, name, 5.0, False) for name in ("ann", "bob", "cho", "dan")]
    assert measure([measured(rows, [leak("dan", "bulk", 3, 4)])], draws=0)["ap"].value == 1 / 4


def test_a_leaker_whom_no_ranking_names_stands_last():
    bank = measured([(1, "cho", 0.0, False)], [leak("ann", "bulk", 3, 4)])
    figures = measure([bank], draws=0)
    assert (figures["recall"].value, figures["ap"].value) == (0, 1 / 2)


def test_lookups_of_the_raising_day_count_as_leaked_up_to_the_cut_off():
    lookups = (at(3, 9), at(3, 23), at(4, 1, 59), at(4, 2, 0), at(4, 9))
    bank = measured([(3, "ann", 9.0, True)], [leak("ann", "bulk", 3, 4, lookups)])
    assert bank.outcomes[0].leaked == 3
    assert bank.outcomes[0].first_day == 2


def test_without_events_nothing_is_said_of_what_was_leaked():
    figures = measure([measured(ROWS, [leak("ann", "bulk", 3, 4)])], draws=50)
    assert figures["leaked"].value is None
    assert figures["under25"].value is None


def test_leaks_that_began_before_the_replay_are_not_judged_but_raising_them_is_right():
    bank = measured([(1, "ann", 9.0, True)], [leak("ann", "bulk", -3, 4), leak("bob", "bulk", 30, 31)])
    figures = measure([bank], draws=0)
    assert (bank.outcomes, bank.left_out) == ((), 2)
    assert (figures["recall"].value, figures["precision"].value) == (None, 1)


def test_two_leaks_of_one_person_are_judged_each():
    bank = measured([(4, "ann", 9.0, True)], [leak("ann", "bulk", 3, 6), leak("ann", "drip", 10, 12)])
    figures = measure([bank], draws=0)
    assert (figures["recall"].value, figures["precision"].value) == (1 / 2, 1)


def test_banks_are_pooled_by_campaign_and_by_weeks():
    one = measured([(4, "ann", 9.0, True)], [leak("ann", "bulk", 3, 4)])
    two = measured([(4, "ann", 9.0, False), (4, "cho", 8.0, True)], [leak("ann", "bulk", 3, 4)])
    figures = measure([one, two], draws=0)
    assert figures["recall"].value == 1 / 2
    assert figures["cases"].value == pytest.approx(2 / (1 / 1000 * 4 + 2 / 1000 * 4))


def test_the_interval_holds_the_value_and_is_the_same_each_time():
    bank = measured(ROWS, TRUTH)
    first, second = (measure([bank], seed=5, draws=200) for _ in range(2))
    assert first == second
    for name in FIGURES:
        low, middle, high = first[name].low, first[name].value, first[name].high
        assert low is not None
        assert low <= middle <= high
    assert (first["recall"].low, first["recall"].high) == (0, 1)


@st.composite
def rankings(draw: st.DrawFn) -> list[Row]:
    people = draw(st.lists(st.sampled_from("abcdefgh"), min_size=1, unique=True))
    return [
        (night, name, draw(st.integers(0, 20)) / 2, draw(st.booleans()))
        for night in draw(st.lists(st.integers(1, 28), min_size=1, max_size=12, unique=True))
        for name in people
    ]


LEAKS = [leak("a", "bulk", 3, 9, (at(3), at(5))), leak("b", "drip", 6, 20, (at(6), at(7), at(8)))]


@given(rankings(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[Row], rng):
    shuffled = list(rows)
    rng.shuffle(shuffled)
    assert measure([measured(shuffled, LEAKS)], draws=20) == measure([measured(rows, LEAKS)], draws=20)


@given(rankings(), st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=28, max_size=28))
def test_an_unrelated_honest_employee_never_changes_what_is_said_of_leaks(rows: list[Row], nights):
    more = rows + [(number, "zoe", float(score), alert) for number, (score, alert) in enumerate(nights, 1)]
    before, after = measure([measured(rows, LEAKS)], draws=0), measure([measured(more, LEAKS)], draws=0)
    for name in ("recall", "delay", "leaked", "under25"):
        assert before[name] == after[name]


@given(rankings())
def test_hits_and_misses_make_up_the_cases(rows: list[Row]):
    bank = measured(rows, LEAKS)
    figures = measure([bank], draws=0)
    cases, precision = figures["cases"].value, figures["precision"].value
    assert cases is not None
    assert figures["false"].value == pytest.approx(cases * (1 - (precision if precision is not None else 1)))


def test_the_days_of_a_small_ranking_are_what_they_say():
    assert day(28) - day(1) == timedelta(days=27)
