"""A night sees what had been recorded by its cut-off: as it came or all at once, its numbers are the same."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest

from pipeline.features.catalogue import MEASURES, PEAKS
from pipeline.features.windows import NightFacts
from tests.features.grown_bank import AS_CAME, STEPS, GrownBank, night_of
from tests.features.staged_bank import DAYS, START, as_came, fresh_bank, known_by

NIGHTS = {what: night_of(offset) for what, offset, _ in STEPS[:AS_CAME]}
LAST = START + timedelta(days=DAYS - 1)


@cache
def all_at_once() -> tuple[pd.DataFrame, dict[date, NightFacts]]:
    bank = fresh_bank()
    bank.take(as_came(LAST))
    frame, windows = bank.facts([*NIGHTS.values(), LAST])
    return frame, {facts.night: facts for facts in windows}


@pytest.mark.parametrize("what", NIGHTS)
def test_daily_facts_are_the_same_as_it_came_and_all_at_once(what: str, grown_bank: GrownBank) -> None:
    whole, _ = all_at_once()
    known, night = grown_bank.computed[what][0], NIGHTS[what]
    pd.testing.assert_frame_equal(
        known_by(whole, night, PEAKS), known_by(known, night, PEAKS), check_exact=True
    )


@pytest.mark.parametrize("what", NIGHTS)
def test_windows_are_the_same_to_the_last_bit(what: str, grown_bank: GrownBank) -> None:
    _, whole = all_at_once()
    first, second = whole[NIGHTS[what]], grown_bank.computed[what][1]
    assert first.night == second.night
    assert first.people.tolist() == second.people.tolist()
    assert first.roles.tolist() == second.roles.tolist()
    assert first.branches.tolist() == second.branches.tolist()
    for measure in first.bands:
        assert np.array_equal(first.bands[measure], second.bands[measure]), measure


def test_the_bank_has_something_to_leak() -> None:
    whole, _ = all_at_once()
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
