"""Working days kept in the home say what the library says, and are asked anew where they do not reach."""

from __future__ import annotations

from datetime import date

from pipeline.calendar import BusinessCalendar, days_between
from pipeline.home import Home
from pipeline.workdays import business_calendar

FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)


def test_kept_days_are_the_library_s_days_the_first_time_and_after(home: Home) -> None:
    home.make()
    asked = BusinessCalendar("CN", FIRST, LAST)
    for _ in range(2):
        kept = business_calendar(home, "CN", FIRST, LAST, {})
        for day in days_between(FIRST, LAST):
            assert kept.is_workday(day) == asked.is_workday(day), day
            assert kept.window_start(day, 20) == asked.window_start(day, 20), day


def test_the_bank_s_own_calendar_stands_over_the_kept_days(home: Home) -> None:
    home.make()
    day = date(2026, 6, 17)
    assert business_calendar(home, "CN", FIRST, LAST, {}).is_workday(day)
    assert not business_calendar(home, "CN", FIRST, LAST, {day: False}).is_workday(day)
    assert business_calendar(home, "CN", FIRST, LAST, {}).is_workday(day)


def test_half_a_file_is_asked_anew(home: Home) -> None:
    home.make()
    business_calendar(home, "CN", FIRST, LAST, {})
    for path in (home.derived / "workdays").iterdir():
        assert path.stat().st_mode & 0o077 == 0
        path.write_text('{"2026-01-0', encoding="utf-8")
    assert not business_calendar(home, "CN", FIRST, LAST, {}).is_workday(date(2026, 1, 1))
