"""Several people, not all of one branch, at one protected customer, as known night by night."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pandas as pd

from pipeline.evidence.nights import FOREVER
from pipeline.features.gathering import GATHERING_DAYS, gathered

MONDAY = date(2026, 3, 9)
Look = tuple[str, str, str, str | None, date]
STAR = "star"


def known(
    looks: list[Look],
    night: date,
    linked: dict[str, date] | None = None,
    *,
    measure: str = "gathered",
    elsewhere: tuple[str, ...] = (),
    viewed: tuple[str, ...] = (),
) -> dict[str, int]:
    """Return person → others, as known on a night.

    Looks are (event, person, branch, segment, day), all of the same customer but for the events that are `elsewhere`; all are
    queries but for those that are `viewed`.
    """
    ends = linked or {}
    first = ibis.memtable(
        pd.DataFrame(
            [
                (
                    event,
                    who,
                    branch,
                    segment,
                    day,
                    "other star" if event in elsewhere else STAR,
                    "view" if event in viewed else "query",
                )
                for event, who, branch, segment, day in looks
            ],
            columns=["event_id", "entity", "own_branch", "segment", "day", "subject_token", "operation"],
        ),
        schema=ibis.schema(
            {
                "event_id": "string",
                "entity": "string",
                "own_branch": "string",
                "segment": "string",
                "day": "date",
                "subject_token": "string",
                "operation": "string",
            }
        ),
    )
    states = ibis.memtable(
        pd.DataFrame(
            [
                (event, "pending", day, ends.get(event, date.fromisoformat(FOREVER)))
                for event, _, _, _, day in looks
            ],
            columns=["event_id", "state", "from_night", "until_night"],
        ),
        schema=ibis.schema(
            {"event_id": "string", "state": "string", "from_night": "date", "until_night": "date"}
        ),
    )
    rows = ibis.duckdb.connect(threads=1).to_pyarrow(gathered(first, states)).to_pylist()
    count: dict[str, int] = {}
    for row in rows:
        if row["night"] <= night:
            count[row["person"]] = count.get(row["person"], 0) + row[measure]
    return {person: number for person, number in count.items() if number}


def _look(who: str, branch: str, day: int = 0, segment: str | None = "public_figure") -> Look:
    return (f"{who}-{day}", who, branch, segment, MONDAY + timedelta(days=day))


THREE = [_look("amy", "B1"), _look("bob", "B2", 1), _look("eve", "B3", 3)]


def test_three_people_of_three_branches_see_two_others_each() -> None:
    assert known(THREE, MONDAY + timedelta(days=3)) == {"amy": 2, "bob": 2, "eve": 2}


def test_before_the_third_came_nobody_knew_of_three() -> None:
    assert known(THREE, MONDAY + timedelta(days=1)) == {"amy": 1, "bob": 1}


def test_a_record_that_comes_takes_its_look_up_out_from_that_night() -> None:
    linked = {"bob-1": MONDAY + timedelta(days=5)}
    assert known(THREE, MONDAY + timedelta(days=4), linked)["amy"] == 2
    assert known(THREE, MONDAY + timedelta(days=5), linked) == {"amy": 1, "eve": 1}


def test_who_looks_twice_is_one_other() -> None:
    assert known([*THREE[:2], _look("bob", "B2", 2)], MONDAY + timedelta(days=9))["amy"] == 1


TWO_OF_A_BRANCH = [_look("amy", "B1"), _look("bob", "B2"), _look("eve", "B2", 1)]


def test_a_query_and_its_reviewers_at_one_other_branch_are_one_encounter() -> None:
    late = MONDAY + timedelta(days=9)
    for viewed in (("eve-1",), ("bob-0",), ("bob-0", "eve-1"), ("amy-0", "bob-0", "eve-1")):
        assert known(TWO_OF_A_BRANCH, late, viewed=viewed) == {"amy": 1, "bob": 1, "eve": 1}
        assert known(TWO_OF_A_BRANCH, late, viewed=viewed, measure="crowd") == {}


def test_two_of_a_branch_who_each_queried_are_two_and_meet_each_other() -> None:
    late = MONDAY + timedelta(days=9)
    everybody = {"amy": 2, "bob": 2, "eve": 2}
    assert known(TWO_OF_A_BRANCH, late) == everybody
    assert known(TWO_OF_A_BRANCH, late, viewed=("amy-0",)) == everybody


def test_one_of_two_at_a_branch_who_has_a_record_leaves_the_other() -> None:
    linked = {"bob-0": MONDAY + timedelta(days=5)}
    assert known(TWO_OF_A_BRANCH, MONDAY + timedelta(days=9), linked) == {"amy": 1, "eve": 1}


def test_when_the_other_branch_has_its_record_colleagues_are_no_gathering_any_more() -> None:
    linked = {"amy-0": MONDAY + timedelta(days=5)}
    assert known(TWO_OF_A_BRANCH, MONDAY + timedelta(days=4), linked)["bob"] == 2
    assert known(TWO_OF_A_BRANCH, MONDAY + timedelta(days=5), linked) == {}


def test_colleagues_of_one_branch_are_no_gathering() -> None:
    assert known([_look("amy", "B1"), _look("bob", "B1", 1), _look("eve", "B1")], MONDAY) == {}


def test_an_ordinary_customer_who_shops_around_is_none() -> None:
    assert known([_look(who, branch, 0, "ordinary") for who, branch in ("a1", "b2", "c3")], MONDAY) == {}


def test_a_week_apart_is_none() -> None:
    later = GATHERING_DAYS + 1
    assert known([_look("amy", "B1"), _look("bob", "B2", later)], MONDAY + timedelta(days=30)) == {}


def test_three_at_one_customer_are_a_crowd_until_one_has_a_record() -> None:
    linked = {"bob-1": MONDAY + timedelta(days=5)}
    assert known(THREE, MONDAY + timedelta(days=1), measure="crowd") == {}
    assert known(THREE, MONDAY + timedelta(days=4), linked, measure="crowd") == {"amy": 2, "bob": 2, "eve": 2}
    assert known(THREE, MONDAY + timedelta(days=5), linked, measure="crowd") == {}


def test_two_encounters_at_two_customers_are_no_crowd() -> None:
    looks = [_look("amy", "B1"), _look("amy", "B1", 1), _look("bob", "B2"), _look("eve", "B3", 1)]
    elsewhere = ("amy-1", "eve-1")
    assert known(looks, MONDAY + timedelta(days=9), elsewhere=elsewhere)["amy"] == 2
    assert known(looks, MONDAY + timedelta(days=9), measure="crowd", elsewhere=elsewhere) == {}


def test_one_other_who_is_met_on_two_days_is_no_crowd() -> None:
    looks = [_look("amy", "B1"), _look("amy", "B1", 1), _look("bob", "B2")]
    assert known(looks, MONDAY + timedelta(days=9), measure="crowd") == {}
