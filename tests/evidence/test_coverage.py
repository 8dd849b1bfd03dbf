"""Which days have lost their business records: what like days before brought is expected, and a quiet day is not a busy one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd

from pipeline.evidence.coverage import Gap, gaps

FIRST = date(2026, 3, 2)  # a Monday
DAYS = [FIRST + timedelta(days=n) for n in range(70)]
LAST_SATURDAY, LAST_FRIDAY = DAYS[68], DAYS[67]


def is_saturday(day: date) -> bool:
    return day.weekday() == 5


def lost(people: Callable[[date], int], records: Callable[[date], int]) -> list[date]:
    """Return the days that count as lost, of ten weeks whose people and records a day are given."""
    rows = [("loan_approval", day, day, people(day)) for day in DAYS if people(day)]
    made = [("loan_application", day, day, records(day)) for day in DAYS if records(day)]
    found = gaps(
        pd.DataFrame(rows, columns=["rule", "day", "night", "n"]),
        pd.DataFrame(made, columns=["kind", "day", "known_from", "n"]),
    )
    return sorted(set(found.loc[found["gap"] == Gap.LOST.value, "day"]) - {FIRST})


def office(day: date) -> int:
    """A hundred people on working days, two on Saturdays."""
    return 100 if day.weekday() < 5 else 2 if is_saturday(day) else 0


def test_two_people_who_work_on_a_saturday_make_no_lost_day() -> None:
    assert lost(office, lambda day: 700 if day.weekday() < 5 else 0) == []


def test_the_first_saturday_on_which_anybody_works_is_not_lost_either() -> None:
    def people(day: date) -> int:
        return 0 if is_saturday(day) and day != LAST_SATURDAY else office(day)

    assert lost(people, lambda day: 700 if day.weekday() < 5 else 0) == []


def test_a_working_day_without_its_records_is_lost() -> None:
    assert lost(office, lambda day: 700 if day.weekday() < 5 and day != LAST_FRIDAY else 0) == [LAST_FRIDAY]


def test_a_saturday_without_its_records_is_lost_where_saturdays_bring_some() -> None:
    def people(day: date) -> int:
        return 30 if is_saturday(day) else office(day)

    def records(day: date) -> int:
        return 0 if day == LAST_SATURDAY else 90 if is_saturday(day) else 700 if day.weekday() < 5 else 0

    assert lost(people, records) == [LAST_SATURDAY]


def test_one_person_who_looks_many_up_makes_no_day_look_lost() -> None:
    assert (
        lost(lambda day: office(day) + (day == LAST_FRIDAY), lambda day: 700 if day.weekday() < 5 else 0)
        == []
    )
