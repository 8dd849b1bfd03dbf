"""What a manager says about look-ups, on each database."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from pipeline.casebook.attestation_sheet import (
    Attested,
    attestation_sheet,
    attesting_manager,
    take_over_answers,
)
from pipeline.casebook.case_file import events_of, get_case
from pipeline.casebook.engine import writing
from pipeline.casebook.independence import FourEyes
from pipeline.casebook.sheet_form import SheetRefusedError
from pipeline.errors import NotPermittedError, UsageError
from reports.document import LookUp
from tests.casebook.filling import Row, fill, rows_of, save_csv, save_workbook
from tests.casebook.nights import NOW, alert, done, later

KEY = b"k" * 32
CASE = "C-2026-0001"
EYES = FourEyes("high", managers={"E1": "M1", "M1": "M2", "M2": "M3"})
START = datetime(2026, 6, 18, 9, 0, tzinfo=timezone(timedelta(hours=8)))


def look_up(number: int, state: str = "unlinked") -> LookUp:
    return LookUp(
        event_id=f"00{number}",
        occurred_at=START + timedelta(minutes=number),
        reason="loan_approval",
        subject=f"S-{number:04d}",
        state=state,  # type: ignore[arg-type]  # one of the states
        branch="0012",
        terminal="T001-03",
    )


LOOKUPS = [look_up(1), look_up(2, "linked"), look_up(3, "mismatch"), look_up(4, "pending"), look_up(5)]


@pytest.fixture
def rows(engine: Engine) -> list[Row]:
    """A sheet of one case, for M1."""
    with writing(engine) as connection:
        alert(connection, done(connection))
        case = get_case(connection, CASE)
    return rows_of(attestation_sheet(case, "M1", LOOKUPS, key=KEY, most=10, at=NOW)[2])


def taken(engine: Engine, path: Path, **more: Any) -> Attested:
    with writing(engine) as connection:
        values = {"key": KEY, "actor": "zhao.min", "at": later(days=1), "eyes": EYES}
        return take_over_answers(connection, path, **{**values, **more})


def test_only_look_ups_without_business_are_asked_about_the_newest_first(rows: list[Row]) -> None:
    assert [row["event_id"] for row in rows] == ["005", "003", "001"]
    assert rows[0]["customer"] == "S-0005"
    assert rows[0]["occurred_at"] == "2026-06-18T09:05+08:00"
    assert {row["answer"] for row in rows} == {""}


def test_a_sheet_is_no_longer_than_asked_for_and_never_empty(engine: Engine) -> None:
    with writing(engine) as connection:
        alert(connection, done(connection))
        case = get_case(connection, CASE)
    assert attestation_sheet(case, "M1", LOOKUPS, key=KEY, most=2, at=NOW)[1] == 2
    with pytest.raises(UsageError, match="nothing to attest"):
        attestation_sheet(case, "M1", [look_up(2, "linked")], key=KEY, most=2, at=NOW)


@pytest.mark.parametrize(
    ("answers", "told", "overall"),
    [
        (("是", "yes", "confirmed"), (3, 0, 0, 0), "confirmed"),
        (("属实", "不属实", "不清楚"), (1, 1, 1, 0), "not_confirmed"),
        (("yes", "unknown", ""), (1, 0, 1, 1), "does_not_know"),
    ],
)
@pytest.mark.parametrize("save", [save_csv, save_workbook])
def test_answers_come_back_as_one_line_of_the_cases_history(
    engine: Engine,
    rows: list[Row],
    tmp_path: Path,
    answers: tuple[str, ...],
    told: Any,
    overall: str,
    save: Any,
) -> None:
    filled = [{**row, "answer": answer, "words": "w"} for row, answer in zip(rows, answers, strict=True)]
    answer = taken(engine, save(filled, tmp_path / "a.xlsx"))
    assert (answer.confirmed, answer.not_confirmed, answer.does_not_know, answer.unanswered) == told
    with engine.connect() as connection:
        event = events_of(connection, CASE)[-1]
    assert (event.kind, event.actor) == ("attested", "zhao.min")
    assert (event.detail["attested_by"], event.detail["answer"]) == ("M1", overall)
    assert len(event.detail["answers"]) == sum(told[:3])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("case_id", "C-2026-0002"),
        ("employee_id", "E2"),
        ("manager_id", "M2"),
        ("event_id", "9"),
        ("occurred_at", "2026-06-18T10:05+08:00"),
        ("customer", "S-0001"),
        ("stated_reason", "self_request"),
        ("terminal", "T2"),
        ("branch", "13"),
        ("row", "1"),
        ("rows", "1"),
        ("sheet", "A-0000000000"),
        ("seal", ""),
    ],
)
def test_whatever_was_exported_and_changed_is_found(
    engine: Engine, rows: list[Row], tmp_path: Path, column: str, value: str
) -> None:
    filled = [{**row, "answer": "yes"} for row in rows]
    with writing(engine) as connection:
        alert(connection, done(connection, NOW.date()), "E2")
    filled[1] = {**filled[1], column: value}
    with pytest.raises(SheetRefusedError) as caught:
        taken(engine, save_csv(filled, tmp_path / "a.csv"))
    assert set(caught.value.wrong) == {3}
    with engine.connect() as connection:
        assert [event.kind for event in events_of(connection, CASE)] == ["opened"]


def test_a_sheet_counts_once_and_needs_an_answer_that_can_be_read(
    engine: Engine, rows: list[Row], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="holds no answer"):
        taken(engine, save_csv(rows, tmp_path / "empty.csv"))
    odd = fill(rows, {"001": {"answer": "perhaps"}}, "event_id")
    with pytest.raises(SheetRefusedError, match="no answer 'perhaps'"):
        taken(engine, save_csv(odd, tmp_path / "odd.csv"))
    good = save_csv(fill(rows, {"001": {"answer": "no"}}, "event_id"), tmp_path / "a.csv")
    assert taken(engine, good).unanswered == 2
    with pytest.raises(UsageError, match="taken over already"):
        taken(engine, good)
    with pytest.raises(SheetRefusedError, match="stands on the sheet twice"):
        taken(engine, save_csv([{**rows[0], "answer": "no"}] * 2, tmp_path / "twice.csv"))


def test_the_nearest_manager_who_is_not_in_the_case_is_asked(engine: Engine) -> None:
    with writing(engine) as connection:
        run = done(connection)
        alert(connection, run)
        case = get_case(connection, CASE)
        assert attesting_manager(connection, case, EYES, set()) == ("M1", ())
        assert attesting_manager(connection, case, EYES, {"m1"}) == ("M2", ("M1",))
        alert(connection, run, "M2")
        assert attesting_manager(connection, case, EYES, {"M1"}) == ("M3", ("M1", "M2"))
        assert attesting_manager(connection, case, EYES, set(), "X9") == ("X9", ())
        for named in ("M2", "E1"):
            with pytest.raises(NotPermittedError, match=f"{named} cannot attest"):
                attesting_manager(connection, case, EYES, set(), named)
        with pytest.raises(NotPermittedError, match="M1, M2, M3 cannot attest"):
            attesting_manager(connection, case, EYES, {"M1", "M3"})
        with pytest.raises(UsageError, match="names nobody"):
            attesting_manager(connection, case, FourEyes(), set())


def test_a_manager_who_got_a_case_after_being_asked_does_not_count(
    engine: Engine, rows: list[Row], tmp_path: Path
) -> None:
    with writing(engine) as connection:
        alert(connection, done(connection, NOW.date()), "M1")
    filled = save_csv([{**row, "answer": "yes"} for row in rows], tmp_path / "a.csv")
    with pytest.raises(NotPermittedError, match="not independent"):
        taken(engine, filled)
