from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from pipeline.investigation.defences import Circumstances, defences
from pipeline.investigation.staff import Spell
from pipeline.investigation.stored import Act
from reports.document import Defence

NIGHT = date(2026, 6, 18)


def act(day: date, state: str = "unlinked", **changes: Any) -> Act:
    values: dict[str, Any] = {
        "event_id": f"{day}-{state}",
        "day": day,
        "entity": "E1",
        "employee_id": "E1",
        "role": "teller",
        "own_branch": "B1",
        "branch_id": "B1",
        "occurred_at": datetime(day.year, day.month, day.day, 10, tzinfo=UTC),
        "operation": "query",
        "outcome": "ok",
        "reason": "",
        "rule": "post_loan",
        "subject_token": f"{day}",
        "business_ref": "",
        "data_category": "credit_report",
        "authorization_id": "",
        "consent_needed": False,
        "consent_bad": False,
        "signed_late": False,
        "terminal_id": "T1",
        "off_hours": False,
        "is_lookup": True,
        "state": state,
        "mismatch": False,
        "counted": True,
        "came_later": False,
        "record_id": "",
        "record_kind": "",
        "record_is_near": False,
        "record_is_hollow": False,
    }
    return Act(**(values | changes))


def spell(person: str, begins: date = date(2020, 1, 1), branch: str = "B1", role: str = "teller") -> Spell:
    return Spell(person, "", role, branch, "", "", None, None, begins, None)


def checked(acts: Sequence[Act], **changes: Any) -> Mapping[str, Defence]:
    values: dict[str, Any] = {
        "post": spell("E1"),
        "colleagues": {name: spell(name) for name in ("E2", "E3", "E4")},
        "away": {},
        "absences_known": True,
        "machines": {},
        "now": {"E1": 20, "E2": 1, "E3": 1, "E4": 1},
        "earlier": {"E1": 0, "E2": 1, "E3": 1, "E4": 1},
        "earlier_night": NIGHT - timedelta(days=28),
    }
    around = Circumstances(**(values | changes))
    stored: Any = SimpleNamespace(night=NIGHT)
    return {item.check.en: item for item in defences("E1", acts, around, stored)}


def days(*offsets: int) -> list[date]:
    return [NIGHT - timedelta(days=offset) for offset in offsets]


def test_cover_explains_what_falls_on_days_of_absence_more_than_chance_would() -> None:
    away = {"E2": [(NIGHT - timedelta(days=2), NIGHT, "sick")]}
    on_cover = [act(day) for day in days(0, 1, 2)] + [act(day, "linked") for day in days(5, 6, 7, 8, 9)]
    spread = [act(day) for day in days(0, 5, 6, 7, 8, 9)]
    assert checked(on_cover, away=away)["Cover for absent colleagues"].outcome == "explains"
    assert checked(spread, away=away)["Cover for absent colleagues"].outcome == "does_not"


def test_cover_by_a_colleague_of_another_role_or_branch_is_none() -> None:
    away = {"E2": [(NIGHT, NIGHT, "sick")], "E3": [(NIGHT, NIGHT, "sick")]}
    others = {"E2": spell("E2", branch="B2"), "E3": spell("E3", role="manager")}
    found = checked([act(NIGHT)], away=away, colleagues=others)
    assert found["Cover for absent colleagues"].outcome == "does_not"


def test_without_an_absences_feed_cover_is_unknown() -> None:
    assert checked([act(NIGHT)], absences_known=False)["Cover for absent colleagues"].outcome == "unknown"


def test_a_rise_of_all_colleagues_speaks_for_the_person_and_a_rise_alone_does_not() -> None:
    together = {"E1": 20, "E2": 18, "E3": 19, "E4": 17}
    half = {"E1": 20, "E2": 9, "E3": 9, "E4": 9}
    for now, outcome in (
        (together, "explains"),
        (half, "partly"),
        ({"E1": 20, "E2": 1, "E3": 1, "E4": 1}, "does_not"),
    ):
        assert checked([act(NIGHT)], now=now)["The whole branch rose"].outcome == outcome


def test_too_few_colleagues_or_no_earlier_night_leave_the_rise_unknown() -> None:
    assert checked([act(NIGHT)], colleagues={"E2": spell("E2")})["The whole branch rose"].outcome == "unknown"
    assert checked([act(NIGHT)], earlier_night=None)["Everybody of the role rose"].outcome == "unknown"


def test_somebody_new_in_the_post_has_that_said_for_them() -> None:
    begun = NIGHT - timedelta(days=10)
    assert (
        checked([act(NIGHT)], post=spell("E1", begins=begun))["New in the role or branch"].outcome == "partly"
    )
    before = [act(begun - timedelta(days=1))]
    assert checked(before, post=spell("E1", begins=begun))["New in the role or branch"].outcome == "does_not"


def test_records_that_came_late_are_counted_against_the_data_and_not_the_person() -> None:
    late = [act(NIGHT, "linked", came_later=True), act(NIGHT)]
    assert checked(late)["Records that come late"].outcome == "partly"
    assert checked([act(NIGHT)])["Records that come late"].outcome == "does_not"


def test_a_registered_machine_is_explained_and_no_register_is_unknown() -> None:
    machines = {"E1": ("E9", "renewals")}
    assert checked([act(NIGHT)], machines=machines)["A registered machine"].outcome == "explains"
    assert checked([act(NIGHT)], machines=None)["A registered machine"].outcome == "unknown"


def test_typing_by_others_is_said() -> None:
    typed = [act(NIGHT, employee_id="E7"), act(NIGHT)]
    assert checked(typed)["Somebody else at the keyboard"].outcome == "partly"


def test_every_check_is_told_whatever_its_outcome() -> None:
    assert len(checked([])) == len(checked([act(NIGHT)])) == 8
