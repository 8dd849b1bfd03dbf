"""A night sees what had been recorded by its cut-off: as it came or all at once, its numbers are the same."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest

from pipeline.features.catalogue import MEASURES, PEAKS
from pipeline.features.windows import NightFacts
from tests.features.staged_bank import DAYS, START, as_came, fresh_bank, known_by

NIGHTS = [START + timedelta(days=n) for n in (43, 46, 53, 60)]
LAST = START + timedelta(days=DAYS - 1)


@cache
def both_ways() -> tuple[pd.DataFrame, dict[date, NightFacts], dict[date, tuple[pd.DataFrame, NightFacts]]]:
    whole = fresh_bank()
    whole.take(as_came(LAST))
    frame, windows = whole.facts([*NIGHTS, LAST])
    growing = fresh_bank()
    came: dict[date, tuple[pd.DataFrame, NightFacts]] = {}
    for before, night in zip([None, *NIGHTS], NIGHTS, strict=False):
        growing.take(as_came(night, before))
        known, (window,) = growing.facts([night])
        came[night] = (known, window)
    return frame, {facts.night: facts for facts in windows}, came


@pytest.mark.parametrize("night", NIGHTS)
def test_daily_facts_are_the_same_as_it_came_and_all_at_once(night: date) -> None:
    whole, _, came = both_ways()
    pd.testing.assert_frame_equal(
        known_by(whole, night, PEAKS), known_by(came[night][0], night, PEAKS), check_exact=True
    )


@pytest.mark.parametrize("night", NIGHTS)
def test_windows_are_the_same_to_the_last_bit(night: date) -> None:
    _, whole, came = both_ways()
    first, second = whole[night], came[night][1]
    assert first.people.tolist() == second.people.tolist()
    assert first.roles.tolist() == second.roles.tolist()
    assert first.branches.tolist() == second.branches.tolist()
    for measure in first.bands:
        assert np.array_equal(first.bands[measure], second.bands[measure]), measure


def test_the_bank_has_something_to_leak() -> None:
    whole, _, _ = both_ways()
    later = whole[pd.to_datetime(whole["night"]) > pd.to_datetime(whole["day"])]
    for measure in (
        "lookups",
        "linked",
        "unlinked",
        "unlinked_squares",
        "victims",
        "absent",
        "after_left",
        "bureau_listed",
    ):
        assert (later[measure] != 0).any(), f"no {measure} became known after its day"
    weeks_later = whole[pd.to_datetime(whole["night"]) > pd.to_datetime(whole["day"]) + pd.Timedelta(days=21)]
    assert (weeks_later["hollow"] > 0).any(), "no application stalled"
    assert (weeks_later["hollow"] < 0).any(), "none that had stalled was decided after all"
    assert set(MEASURES) <= set(whole.columns)
    assert (later["lookups"] < 0).any(), "no look-up was taken back by a correction that came later"
