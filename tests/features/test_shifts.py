"""The last night shift before somebody leaves, or goes on leave, ends on a day on which they are said to be gone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest

from pipeline.features.marks import Surroundings, _on_shift, _people
from pipeline.features.shifts import carried_over
from pipeline.settings import Settings

LAST_DAY = date(2026, 3, 9)
EVENING = ("21:10", "22:40", "23:50")


def _acts(*times: str, night: tuple[str, ...] = (), who: str = "clerk") -> ir.Table:
    """Return acts at those times of the last day, and of the night after it, as `night` writes them."""
    moments = [datetime.fromisoformat(f"{LAST_DAY} {when}") for when in times]
    moments += [datetime.fromisoformat(f"{LAST_DAY + timedelta(days=1)} {when}") for when in night]
    return ibis.memtable(
        pd.DataFrame(
            {
                "event_id": [f"{moment:%d %H:%M}" for moment in moments],
                "employee_id": who,
                "day": [moment.date() for moment in moments],
                "night": [moment.date() for moment in moments],
                "day_number": [moment.toordinal() for moment in moments],
                "second": [int(moment.timestamp()) for moment in moments],
                "hour": [moment.hour for moment in moments],
                "is_timely": True,
            }
        )
    )


def carried(acts: ir.Table) -> list[str]:
    """Return the times after midnight that belong to the evening before."""
    found = ibis.duckdb.connect(threads=1).to_pyarrow(carried_over(acts))
    return sorted(event[3:] for event in found["event_id"].to_pylist())


def test_a_shift_that_goes_on_past_midnight_belongs_to_its_evening() -> None:
    assert carried(_acts(*EVENING, night=("00:20", "02:55", "05:10"))) == ["00:20", "02:55", "05:10"]


def test_whoever_was_not_there_in_the_evening_begins_anew() -> None:
    assert carried(_acts("16:00", night=("00:20", "02:55"))) == []
    assert carried(_acts("20:59", night=("00:20",))) == []


def test_after_a_long_pause_it_is_another_shift() -> None:
    assert carried(_acts(*EVENING, night=("00:20", "04:30", "05:10"))) == ["00:20"]
    assert carried(_acts("21:10", night=("00:20",))) == []


def test_in_the_morning_the_new_day_has_begun() -> None:
    assert carried(_acts(*EVENING, night=("02:30", "05:20", "07:59", "08:00"))) == ["02:30", "05:20", "07:59"]


def test_another_account_in_the_evening_is_no_shift_of_this_one() -> None:
    both = _acts(*EVENING, who="colleague").union(_acts(night=("00:20",)))
    assert carried(both) == []


def test_what_came_late_carries_nothing_over() -> None:
    acts = _acts(*EVENING, night=("00:20",))
    assert carried(acts.mutate(is_timely=acts.hour < 8)) == []
    assert carried(acts.mutate(is_timely=acts.hour > 8)) == []


def test_where_the_clock_says_nothing_nobody_is_on_a_night_shift() -> None:
    acts = _acts(*EVENING, night=("00:20",))
    assert carried(acts.mutate(hour=ibis.null("int64"))) == []


def _gone(away: tuple[date, date] | None, left: date | None, *night: str) -> dict[str, tuple[bool, bool]]:
    """Return event → absent, left: for acts of the evening and of the night after it."""
    acts = _acts(*EVENING, night=night)
    told = pd.Timestamp("2026-03-01 10:00")
    staff = pd.DataFrame(
        {"employee_id": ["clerk"], "left_on": [left], "valid_from": [None], "recorded_at_local": [told]}
    )
    absences = pd.DataFrame(
        {"employee_id": ["clerk"], "starts_on": [away and away[0]], "ends_on": [away and away[1]]}
    )
    around = Surroundings(
        days=acts.select("day"), customers=acts, members=acts, customers_since=None, begins=LAST_DAY,
        cutoff=Settings().bank.cutoff,
        absences=ibis.memtable(
            absences.assign(recorded_at_local=told),
            schema=ibis.schema({"employee_id": "string", "starts_on": "date", "ends_on": "date", "recorded_at_local": "timestamp"}),
        ),
        employees=ibis.memtable(
            staff.assign(batch_id=1, file_id=1, line=1),
            schema=ibis.schema({"employee_id": "string", "left_on": "date", "valid_from": "date", "recorded_at_local": "timestamp"}
            | dict.fromkeys(("batch_id", "file_id", "line"), "int64")),
        ),
    )  # fmt: skip
    described = _people(_on_shift(acts, carried_over(acts)), around)
    rows = ibis.duckdb.connect(threads=1).to_pyarrow(described).to_pylist()
    return {row["event_id"]: (row["typist_absent"], row["typist_left"]) for row in rows}


NEXT = LAST_DAY + timedelta(days=1)


def test_the_end_of_the_last_shift_is_no_account_used_after_its_owner_left() -> None:
    told = _gone(None, LAST_DAY, "00:20", "02:00", "09:30")
    assert told == {
        "09 21:10": (False, False),
        "09 22:40": (False, False),
        "09 23:50": (False, False),
        "10 00:20": (False, False),
        "10 02:00": (False, False),
        "10 09:30": (False, True),
    }


@pytest.mark.parametrize("first", [LAST_DAY, NEXT])
def test_the_end_of_the_shift_before_leave_falls_into_no_leave(first: date) -> None:
    told = _gone((first, NEXT), None, "00:20", "09:30")
    assert told["10 09:30"] == (True, False)
    assert told["10 00:20"] == (first == LAST_DAY, False)
    assert told["09 22:40"] == (first == LAST_DAY, False)
