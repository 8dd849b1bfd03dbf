from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from pipeline.casebook.engine import writing
from pipeline.casebook.independence import FourEyes
from pipeline.casebook.suppressions import (
    Hidden,
    Suppression,
    active_on,
    add_suppression,
    list_suppressions,
    remove_suppression,
    sift,
)
from pipeline.errors import NotPermittedError, UsageError
from tests.casebook.nights import DAY, NOW, alert, done, later

TODAY = NOW.date()


def add(connection: Connection, **more: Any) -> Suppression:
    values: dict[str, Any] = {
        "employee_id": "E1",
        "reason_code": "OFF_HOURS",
        "reason": "Night shift until the end of the audit.",
        "created_by": "chen.jing",
        "created_at": NOW,
        "until": TODAY + timedelta(days=30),
    }
    return add_suppression(connection, **{**values, **more})


def test_a_narrow_one_is_kept_with_its_reason_and_record(engine: Engine) -> None:
    with writing(engine) as connection:
        made = add(connection, record="HR-2026-17")
        assert list_suppressions(connection) == [made]
    assert (made.employee_id, made.reason_code, made.branch_id) == ("E1", "OFF_HOURS", None)
    assert (made.record, made.created_by, made.second_person) == ("HR-2026-17", "chen.jing", None)
    assert made.until == TODAY + timedelta(days=30)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"employee_id": None, "reason_code": None}, "everything"),
        ({"employee_id": "", "reason_code": ""}, "everything"),
        ({"reason": "  "}, "reason in words"),
        ({"until": TODAY - timedelta(days=1)}, "cannot last until"),
        ({"until": TODAY + timedelta(days=181)}, "cannot last until"),
        ({"until": TODAY + timedelta(days=8), "max_days": 7}, "cannot last until"),
    ],
)
def test_one_without_scope_reason_or_a_near_end_is_refused(
    engine: Engine, change: dict[str, Any], match: str
) -> None:
    with writing(engine) as connection:
        with pytest.raises(UsageError, match=match):
            add(connection, **change)
        assert list_suppressions(connection) == []


@pytest.mark.parametrize(
    "scope",
    [
        {"reason_code": None},
        {"employee_id": None},
        {"employee_id": None, "branch_id": "B1"},
        {"employee_id": None, "reason_code": None, "branch_id": "B1"},
    ],
)
def test_a_wide_one_needs_a_second_person(engine: Engine, scope: dict[str, Any]) -> None:
    with writing(engine) as connection:
        with pytest.raises(NotPermittedError, match="second person"):
            add(connection, **scope)
        assert add(connection, second_person="zhao.min", **scope).second_person == "zhao.min"


def test_one_over_a_grave_open_case_needs_a_second_person(engine: Engine) -> None:
    with writing(engine) as connection:
        run = done(connection)
        alert(connection, run, "E1", severity="high")
        alert(connection, run, "E2", severity="medium")
        with pytest.raises(NotPermittedError, match="second person"):
            add(connection)
        assert add(connection, employee_id="E2").second_person is None


def test_neither_the_person_nor_their_line_may_suppress_or_agree(engine: Engine) -> None:
    eyes = FourEyes(managers={"E1": "M1"})
    with writing(engine) as connection:
        with pytest.raises(NotPermittedError, match="same person"):
            add(connection, created_by="e1", eyes=eyes)
        with pytest.raises(NotPermittedError, match="second person"):
            add(connection, created_by="M1", eyes=eyes)
        with pytest.raises(NotPermittedError, match="leads E1"):
            add(connection, second_person="M1", eyes=eyes)
        with pytest.raises(NotPermittedError, match="the one who decides"):
            add(connection, second_person="chen.jing", eyes=eyes)


EYES = FourEyes(
    officers={"wang.bo": "E7", "gao.lei": "M2"},
    managers={"E7": "M1", "M1": "M2"},
    branches={"E7": "B1", "E8": "B2", "M1": "HQ", "M2": "HQ"},
)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("wang.bo", "belongs to branch B1"),
        ("e7", "belongs to branch B1"),
        ("M1", "leads E7 of branch B1"),
        ("gao.lei", "leads E7 of branch B1"),
        ("E8", "not independent of what it may hide"),
    ],
)
@pytest.mark.parametrize("as_second", [False, True])
@pytest.mark.parametrize("code", [None, "OFF_HOURS"])
def test_a_branch_is_suppressed_neither_by_its_people_nor_their_leaders_nor_with_their_word(
    engine: Engine, name: str, why: str, as_second: bool, code: str | None
) -> None:
    people = {"created_by": "chen.jing", "second_person": name}
    if not as_second:
        people = {"created_by": name, "second_person": "chen.jing"}
    with writing(engine) as connection:
        alert(connection, done(connection), "E8")
        with pytest.raises(NotPermittedError, match=why):
            add(connection, employee_id=None, reason_code=code, branch_id="B1", eyes=EYES, **people)
        assert list_suppressions(connection) == []


@pytest.mark.parametrize("people", [("wang.bo", "zhao.min"), ("zhao.min", "E7"), ("zhao.min", "wang.bo")])
def test_a_reason_is_suppressed_by_nobody_whose_own_open_case_may_rest_on_it(
    engine: Engine, people: tuple[str, str]
) -> None:
    wide: dict[str, Any] = {"employee_id": None, "created_by": people[0], "second_person": people[1]}
    with writing(engine) as connection:
        alert(connection, done(connection), "E7")
        with pytest.raises(NotPermittedError, match="not independent of what it may hide"):
            add(connection, eyes=EYES, **wide)


def test_a_branch_is_suppressed_by_two_from_outside_it(engine: Engine) -> None:
    with writing(engine) as connection:
        wide: dict[str, Any] = {"employee_id": None, "branch_id": "B2", "second_person": "gao.lei"}
        assert add(connection, eyes=EYES, **wide).branch_id == "B2"


def test_its_first_and_last_day_are_the_banks(engine: Engine) -> None:
    bank = timezone(timedelta(hours=8))
    late = datetime(2026, 6, 18, 16, 30, tzinfo=UTC)  # half an hour into the 19th at the bank
    at: dict[str, Any] = {"created_at": late, "zone": bank, "max_days": 7}
    with writing(engine) as connection:
        with pytest.raises(UsageError) as caught:
            add(connection, until=date(2026, 6, 18), **at)
        assert "from 2026-06-19 to 2026-06-26" in caught.value.todo
        assert add(connection, until=date(2026, 6, 26), **at).until == date(2026, 6, 26)


@pytest.mark.parametrize("days", [0, 180])
def test_one_may_end_today_or_on_the_last_day_allowed(engine: Engine, days: int) -> None:
    with writing(engine) as connection:
        made = add(connection, until=TODAY + timedelta(days=days))
    assert made.until == TODAY + timedelta(days=days)


def test_it_holds_through_its_last_day_and_not_after(engine: Engine) -> None:
    with writing(engine) as connection:
        made = add(connection, until=TODAY + timedelta(days=2))
        assert active_on(connection, TODAY + timedelta(days=2)) == [made]
        assert active_on(connection, TODAY + timedelta(days=3)) == []


def test_a_removed_one_hides_nothing_and_stays_on_record(engine: Engine) -> None:
    with writing(engine) as connection:
        made = add(connection)
        removed = remove_suppression(connection, made.id, removed_by="zhao.min", at=later(days=1))
        assert active_on(connection, TODAY) == []
        assert list_suppressions(connection) == [removed]
        with pytest.raises(UsageError, match=r"removed by zhao\.min"):
            remove_suppression(connection, made.id, removed_by="zhao.min", at=later(days=2))
        with pytest.raises(UsageError, match="no suppression 404"):
            remove_suppression(connection, 404, removed_by="zhao.min", at=NOW)
    assert (removed.removed_by, removed.removed_at) == ("zhao.min", later(days=1))


def test_a_replayed_night_finds_what_was_in_force_at_its_cut_off(engine: Engine) -> None:
    with writing(engine) as connection:
        made = add(connection)
        remove_suppression(connection, made.id, removed_by="zhao.min", at=later(days=3))
        assert active_on(connection, DAY, later(hours=-1)) == []
        assert [item.id for item in active_on(connection, DAY, NOW)] == [made.id]
        assert [item.id for item in active_on(connection, DAY, later(days=2))] == [made.id]
        assert active_on(connection, DAY, later(days=3)) == []


def narrow(number: int = 1, **scope: str) -> Suppression:
    values: dict[str, Any] = {"employee_id": None, "reason_code": None, "branch_id": None, **scope}
    return Suppression(
        id=number,
        reason="r",
        record=None,
        created_by="a",
        second_person=None,
        created_at=datetime(2026, 6, 1, tzinfo=UTC),
        until=date(2026, 7, 1),
        removed_at=None,
        removed_by=None,
        **values,
    )


@pytest.mark.parametrize(
    ("scope", "kept"),
    [
        ({"employee_id": "E1"}, ()),
        ({"branch_id": "B1"}, ()),
        ({"reason_code": "X"}, ("Y",)),
        ({"employee_id": "E1", "reason_code": "Y"}, ("X",)),
        ({"employee_id": "E2"}, ("X", "Y")),
        ({"branch_id": "B2", "reason_code": "X"}, ("X", "Y")),
        ({"employee_id": "E1", "branch_id": "B2"}, ("X", "Y")),
    ],
)
def test_it_hides_only_within_its_whole_scope_and_says_what(
    scope: dict[str, str], kept: tuple[str, ...]
) -> None:
    sifted = sift([narrow(**scope)], "E1", "B1", ["X", "Y"])
    assert sifted.kept == kept
    assert [item.code for item in sifted.hidden] == [code for code in ("X", "Y") if code not in kept]
    assert all(item.suppression_id == 1 and item.employee_id == "E1" for item in sifted.hidden)


def test_a_person_of_unknown_branch_is_not_hidden_by_a_branch_and_each_hider_is_named() -> None:
    assert sift([narrow(branch_id="B1")], "E1", None, ["X"]).kept == ("X",)
    both = sift([narrow(1, employee_id="E1"), narrow(2, reason_code="X")], "E1", None, ["X"])
    assert both.hidden == (Hidden(1, "E1", "X"), Hidden(2, "E1", "X"))
    assert sift([], "E1", "B1", ["X"]).kept == ("X",)
