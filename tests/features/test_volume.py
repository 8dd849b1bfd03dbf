"""Volume against the own past: a batch that comes with the calendar is no surge, a sudden one is."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from pipeline.features.catalogue import FEATURE_OF, MEASURES
from pipeline.features.relative import relate
from pipeline.features.spec import WINDOWS
from pipeline.features.windows import BANDS, NightFacts

PEOPLE = 40
USUAL = 8.0
DAYS = np.array([1, 4, 15, 40, 190, 20], dtype=float)
"""Working days in each band."""


def surprise(today: float, *, busiest: float, band: int) -> dict[int, float]:
    """Return window → nats of one among forty who all make eight a day, and who once had a busier day."""
    bands = {name: np.zeros((PEOPLE, BANDS)) for name in MEASURES}
    bands["active"][:] = DAYS
    bands["lookups"][:] = USUAL * DAYS
    bands["busiest"][:] = USUAL + 4
    bands["lookups"][-1, 0] = bands["busiest"][-1, 0] = today
    bands["lookups"][-1, band] += busiest - USUAL
    bands["busiest"][-1, band] = busiest
    names = np.array([f"e{n:02d}" for n in range(PEOPLE)], dtype=object)
    same = np.array(["clerk"] * PEOPLE, dtype=object)
    found = relate(NightFacts(date(2026, 3, 10), names, same, same, bands), (FEATURE_OF["volume"],))
    return {one.days: float(one.nats[-1]) for one in found}


def test_a_batch_like_the_one_of_the_month_before_surprises_in_no_window() -> None:
    assert max(surprise(140, busiest=130, band=WINDOWS.index(60)).values()) < 3


def test_a_day_beyond_any_before_surprises() -> None:
    assert surprise(140, busiest=30, band=WINDOWS.index(60))[1] > 10


@pytest.mark.parametrize("window", [5, 20])
def test_a_busy_day_of_this_very_month_excuses_nothing(window: int) -> None:
    excused = surprise(60, busiest=60, band=WINDOWS.index(60))[1]
    assert surprise(60, busiest=60, band=WINDOWS.index(window))[1] > excused + 5
