"""Doses too even for chance: against chance itself, the person's own business, and a whole role that works by quota."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from pipeline.features.catalogue import FEATURE_OF, MEASURES
from pipeline.features.relative import Relative, relate
from pipeline.features.spec import WINDOWS
from pipeline.features.windows import BANDS, NightFacts, _derive

EVEN = [3, 4, 3, 3, 4, 3, 4, 3, 3, 4, 3, 3, 4, 3, 3, 4]
CHANCE = [3, 1, 5, 2, 4, 7, 2, 3, 1, 6, 4, 2, 3, 5, 1, 4]
BUSINESS = [7, 2, 11, 5, 9, 3, 6, 14, 4, 8, 1, 10, 6, 5, 12, 7]


def measured(people: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Relative:
    """Measure people given as their daily unexplained and explained counts, over 60 working days."""
    bands = {name: np.zeros((len(people), BANDS)) for name in MEASURES}
    at = WINDOWS.index(60)
    for row, both in enumerate(people):
        for kind, total, counts in zip(("unlinked", "explained"), ("unlinked", "linked"), both, strict=True):
            bands[total][row, at] = sum(counts)
            bands[f"{kind}_days"][row, at] = sum(count > 0 for count in counts)
            bands[f"{kind}_squares"][row, at] = sum(count**2 for count in counts)
    _derive(bands)
    names = np.array([f"e{n:02d}" for n in range(len(people))], dtype=object)
    same = np.array(["clerk"] * len(people), dtype=object)
    found = relate(NightFacts(date(2026, 3, 10), names, same, same, bands), (FEATURE_OF["even_doses"],))
    (one,) = [relative for relative in found if relative.days == 60]
    return one


def test_the_same_three_or_four_a_day_are_too_even() -> None:
    (nats,) = measured([(EVEN, BUSINESS)]).nats
    assert nats > 10


@pytest.mark.parametrize("counts", [CHANCE, BUSINESS], ids=["chance", "busy and idle days"])
def test_doses_that_vary_as_chance_has_it_are_quiet(counts: list[int]) -> None:
    (nats,) = measured([(counts, BUSINESS)]).nats
    assert nats < 3


def test_somebody_whose_whole_work_is_as_even_is_quiet() -> None:
    (nats,) = measured([(EVEN, EVEN)]).nats
    assert nats < 3


def test_a_role_that_does_a_fixed_number_of_checks_is_quiet() -> None:
    nats = measured([(EVEN, BUSINESS)] * 12).nats
    assert (nats < 3).all()


def test_one_a_day_cannot_vary_and_says_nothing() -> None:
    (nats,) = measured([([1] * 20, BUSINESS)]).nats
    assert np.isnan(nats)


def test_a_few_days_say_nothing() -> None:
    (nats,) = measured([(EVEN[:8], BUSINESS)]).nats
    assert np.isnan(nats)


def test_the_value_says_how_many_times_as_even_as_chance() -> None:
    one = measured([(EVEN, BUSINESS)])
    assert one.value[0] > 5
    assert one.exposure[0] == len(EVEN)
    assert one.own[0] < 1
    assert one.peer[0] == 1
