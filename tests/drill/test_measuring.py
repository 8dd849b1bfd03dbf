"""How a host's leak is judged, on the contract's terms."""

from __future__ import annotations

from datetime import date, time

import pandas as pd

from pipeline.drill.measuring import outcome, widened
from pipeline.settings import Settings

# Three look-ups on the bank's clock: 1 June 10:00, 3 June 10:00, and 4 June 01:00, before the cut-off of the night of the 3rd.
LOOKED = pd.Series(pd.to_datetime(["2026-06-01T02:00Z", "2026-06-03T02:00Z", "2026-06-03T17:00Z"]))


def judged(*nights: date) -> tuple[date | None, int | None, int]:
    found = outcome("bulk", LOOKED, list(nights), "Asia/Shanghai", time(2))
    return found.raised_on, found.delay_days, found.leaked


def test_look_ups_up_to_the_cut_off_of_the_night_that_raised_count_as_leaked() -> None:
    assert judged(date(2026, 6, 3)) == (date(2026, 6, 3), 2, 3)
    assert judged(date(2026, 6, 2), date(2026, 6, 3)) == (date(2026, 6, 2), 1, 1)


def test_all_are_leaked_where_nobody_was_raised_in_time() -> None:
    assert judged() == (None, None, 3)
    assert judged(date(2026, 5, 29)) == (None, None, 3)
    assert judged(date(2026, 6, 8)) == (None, None, 3)


def test_a_raise_three_days_after_the_end_still_finds_the_leak() -> None:
    assert judged(date(2026, 6, 7))[0] == date(2026, 6, 7)


def test_the_budget_has_room_for_every_host_beside_the_real_cases() -> None:
    settings = Settings()
    budget = widened(settings, 6, 60).budget_per_1000_per_week * 60 / 1000
    assert budget >= 6 + 5
    assert settings.alerting.budget_per_1000_per_week == Settings().alerting.budget_per_1000_per_week
