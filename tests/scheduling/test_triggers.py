from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from pipeline.nightly.due import last_closed_night
from pipeline.scheduling.triggers import DailyMoment
from pipeline.settings import Settings

HALF_AN_HOUR = timedelta(minutes=30)


def fires(trigger: DailyMoment, first: datetime, count: int) -> list[datetime]:
    found, previous = [], None
    for _ in range(count):
        previous = trigger.get_next_fire_time(previous, previous or first)
        found.append(previous)
    return found


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Asia/Shanghai", "America/Sao_Paulo", "Africa/Cairo"])
@pytest.mark.parametrize("at", [time(0, 0), time(0, 30), time(2, 0), time(2, 30), time(2, 59), time(23, 45)])
def test_every_day_of_two_years_fires_once_and_its_night_is_the_one_just_closed(zone, at):
    trigger = DailyMoment(at, zone, HALF_AN_HOUR)
    settings = Settings.model_validate({"bank": {"zone": zone, "cutoff": at}})
    found = fires(trigger, datetime(2026, 1, 1, 12, tzinfo=UTC), 730)
    nights = [last_closed_night(settings, moment) for moment in found]
    assert [later - earlier for earlier, later in pairwise(nights)] == [timedelta(days=1)] * 729
    gaps = {later - earlier for earlier, later in pairwise(found)}
    assert gaps <= {timedelta(hours=hours) for hours in (23, 23.5, 24, 24.5, 25)}


def test_the_hour_that_spring_leaves_out_counts_as_the_moment_after_it():
    trigger = DailyMoment(time(2, 30), "Europe/Amsterdam", HALF_AN_HOUR)
    moment = trigger.moment(date(2026, 3, 29))
    assert moment == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    assert moment.astimezone(ZoneInfo("Europe/Amsterdam")).time() == time(4, 0)


def test_the_hour_that_comes_twice_in_autumn_counts_the_first_time():
    trigger = DailyMoment(time(2, 30), "Europe/Amsterdam", HALF_AN_HOUR)
    assert trigger.moment(date(2026, 10, 25)) == datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


def test_the_night_is_closed_in_the_hour_that_comes_twice_also_when_the_wall_goes_back():
    settings = Settings.model_validate({"bank": {"zone": "Europe/Amsterdam", "cutoff": "02:45"}})
    second_pass = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 on the wall, for the second time
    assert last_closed_night(settings, second_pass) == date(2026, 10, 24)
    assert last_closed_night(settings, datetime(2026, 10, 25, 0, 44, tzinfo=UTC)) == date(2026, 10, 23)


def test_only_wanted_days_fire():
    trigger = DailyMoment(time(2, 0), "Asia/Shanghai", timedelta(0), lambda day: day.weekday() == 6)
    found = fires(trigger, datetime(2026, 6, 18, tzinfo=UTC), 3)
    days = [moment.astimezone(ZoneInfo("Asia/Shanghai")).date() for moment in found]
    assert days == [date(2026, 6, 21), date(2026, 6, 28), date(2026, 7, 5)]


def test_a_moment_asked_about_exactly_fires_and_is_not_fired_again():
    trigger = DailyMoment(time(2, 0), "Asia/Shanghai", HALF_AN_HOUR)
    moment = trigger.moment(date(2026, 6, 18))
    assert trigger.get_next_fire_time(None, moment) == moment
    assert trigger.get_next_fire_time(moment, moment) == moment + timedelta(days=1)
