"""What usually comes is learned, what is missing is named, and what usually comes late is not missing yet."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from pipeline.calendar import BusinessCalendar
from pipeline.intake.day_accounts import DayAccount
from pipeline.intake.expected import Shortage, end_of, shortages, usual_lag_hours, usual_rows

ZONE = "Asia/Shanghai"
NIGHT = date(2026, 6, 17)  # a Wednesday; the Friday after it is a holiday
CALENDAR = BusinessCalendar("CN", date(2026, 1, 1), date(2026, 12, 31))


def came(
    rows: dict[date, int], lag_hours: float = 1, source: str = "logins_#", feed: str = "logins"
) -> list[DayAccount]:
    return [
        DayAccount(
            day,
            count,
            source=source,
            feed=feed,
            batch_id=number,
            came_at=end_of(day, ZONE) + timedelta(hours=lag_hours),
        )
        for number, (day, count) in enumerate(sorted(rows.items()), 1)
        if count
    ]


def usual(weeks: int = 8, workday: int = 1000, day_off: int = 0) -> dict[date, int]:
    days = [NIGHT - timedelta(days=back) for back in range(7 * weeks)]
    return {day: workday if CALENDAR.is_workday(day) else day_off for day in days}


def found(accounts: list[DayAccount], at: datetime | None = None) -> list[Shortage]:
    return shortages(accounts, NIGHT, at or end_of(NIGHT, ZONE) + timedelta(hours=3), CALENDAR, ZONE, 0.5)


def test_days_are_compared_with_days_of_their_kind_make_up_days_included() -> None:
    assert found(came(usual())) == []
    make_up = date(2026, 5, 9)  # a Saturday on which China works
    assert CALENDAR.is_workday(make_up)
    middle, spread = usual_rows(usual(), make_up, CALENDAR) or (0, 0)
    assert (middle, spread) == (1000, pytest.approx(31.6, abs=0.1))


def test_a_silent_feed_is_named_for_a_week_until_its_rows_are_there() -> None:
    rows = usual() | {NIGHT - timedelta(days=2): 0}
    assert found(came(rows)) == [
        Shortage("silent_feed", "logins", "", NIGHT - timedelta(days=2), 1000, 0, True)
    ]
    assert found(came(usual() | {NIGHT - timedelta(days=8): 0})) == []


def test_a_feed_that_died_weeks_ago_is_still_missed() -> None:
    rows = {day: count for day, count in usual(12).items() if day < NIGHT - timedelta(days=30)}
    assert NIGHT in {one.day for one in found(came(rows))}


@pytest.mark.parametrize(("rows", "short"), [(600, False), (499, True), (10, True)])
def test_a_sudden_drop_is_below_the_stated_share(rows: int, short: bool) -> None:
    assert bool(found(came(usual() | {NIGHT: rows}))) is short


def test_a_feed_of_few_or_irregular_rows_is_left_in_peace() -> None:
    assert found(came(usual(workday=5) | {NIGHT: 0})) == []
    odd = {day: count if day.day % 2 else 0 for day, count in usual().items()}
    assert found(came(odd | {NIGHT: 0})) == []
    assert found(came({NIGHT - timedelta(days=1): 1000})) == []


def test_a_usual_lag_is_no_finding_and_a_longer_one_is() -> None:
    late = came({day: count for day, count in usual().items() if day < NIGHT}, lag_hours=30)
    assert usual_lag_hours(late, ZONE) == pytest.approx(30)
    assert found(late, end_of(NIGHT, ZONE) + timedelta(hours=3)) == []
    assert [one.day for one in found(late, end_of(NIGHT, ZONE) + timedelta(hours=40))] == [NIGHT]


def test_history_that_came_at_once_teaches_no_lag() -> None:
    at_once = end_of(NIGHT, ZONE)
    accounts = [DayAccount(day, 9, source="s", feed="logins", batch_id=1, came_at=at_once) for day in usual()]
    assert usual_lag_hours(accounts, ZONE) is None


def test_one_silent_source_among_several_is_named_and_harmless_where_its_rows_came_another_way() -> None:
    silent = {day: count for day, count in usual(workday=600).items() if day < NIGHT}
    north = came(silent, source="north_#")
    south = came(usual(workday=400), source="south_#")
    (one,) = found(north + south + came({NIGHT: 200}, source="stray"))
    assert (one.code, one.source, one.expected, one.incomplete) == ("silent_source", "north_#", 600, True)
    (one,) = found(north + south + came({NIGHT: 600}, source="renamed_#"))
    assert (one.code, one.source, one.incomplete) == ("silent_source", "north_#", False)


def test_one_great_file_of_history_makes_no_source_that_is_missed_each_day() -> None:
    history = [
        DayAccount(day, 1000, source="access_log", feed="logins", batch_id=1, came_at=end_of(NIGHT, ZONE))
        for day in usual()
        if day < NIGHT
    ]
    assert found(history + came({NIGHT: 1000})) == []
