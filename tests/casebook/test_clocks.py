"""When time runs out, on each database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from pipeline.casebook.case_file import events_of, get_case
from pipeline.casebook.clocks import become_aware, clocks, hours_aware
from pipeline.casebook.decisions import assign, close
from pipeline.casebook.engine import writing
from pipeline.casebook.independence import FourEyes
from pipeline.errors import UsageError
from pipeline.settings import Settings
from tests.casebook.nights import NOW, alert, done, later

CASE = "C-2026-0001"
LAW = Settings.model_validate(
    {
        "deadlines": {
            "decide_hours": 48,
            "legal_hours": {"report to the supervisor": 24},
            "legal_sources": {"report to the supervisor": "Article 0 of an invented rule"},
        }
    }
)


@pytest.fixture(autouse=True)
def _case(engine: Engine) -> None:
    with writing(engine) as connection:
        alert(connection, done(connection))


def know(engine: Engine, **more: Any) -> Any:
    values: dict[str, Any] = {"since": NOW, "text": "A call.", "actor": "chen.jing", "at": later(hours=30)}
    with writing(engine) as connection:
        return become_aware(connection, CASE, **{**values, **more})


def test_nothing_runs_before_somebody_is_aware(engine: Engine) -> None:
    with engine.connect() as connection:
        assert clocks(connection, LAW, later(days=9)) == []
        assert hours_aware(get_case(connection, CASE), NOW) is None


def test_hours_run_from_awareness_and_a_legal_deadline_names_its_source(engine: Engine) -> None:
    case = know(engine)
    assert (case.status, case.aware_at) == ("in_review", NOW)
    assert hours_aware(case, later(hours=30)) == 30
    with engine.connect() as connection:
        law, decide = clocks(connection, LAW, later(hours=30))
        assert [event.kind for event in events_of(connection, CASE)] == ["opened", "status", "status"]
    assert (law.kind, law.hours_left, law.overdue) == ("legal", -6, True)
    assert law.source == "Article 0 of an invented rule"
    assert (decide.kind, decide.hours_left, decide.overdue) == ("decide", 18, False)


def test_a_day_to_decide_ends_with_itself_on_the_banks_wall_clock(engine: Engine) -> None:
    with writing(engine) as connection:
        assign(connection, CASE, owner="sun.li", actor="zhao.min", at=NOW, due_on=date(2026, 6, 30))
    with engine.connect() as connection:
        found = [clock for clock in clocks(connection, Settings(), NOW) if clock.kind == "due_day"]
    assert [clock.due_at for clock in found] == [datetime(2026, 6, 30, 16, tzinfo=UTC)]  # midnight, Shanghai
    assert found[0].owner == "sun.li"


def test_a_closed_case_has_no_clock(engine: Engine) -> None:
    know(engine)
    with writing(engine) as connection:
        close(connection, CASE, disposition="duplicate", text="x", actor="chen.jing", at=later(hours=31))
        assert clocks(connection, LAW, later(hours=32)) == []
        assert hours_aware(get_case(connection, CASE), later(hours=32)) is None
    with pytest.raises(UsageError, match="clocks have stopped"):
        know(engine)


def test_awareness_is_in_the_past_in_words_and_not_told_by_the_person(engine: Engine) -> None:
    for more in ({"since": later(hours=31)}, {"text": " "}):
        with pytest.raises(UsageError):
            know(engine, **more)
    with pytest.raises(UsageError, match="no case"):
        know(engine, actor="li.na", eyes=FourEyes(officers={"li.na": "E1"}))
    with engine.connect() as connection:
        assert get_case(connection, CASE).aware_at is None


def test_a_legal_deadline_without_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 0 hours"):
        Settings.model_validate({"deadlines": {"legal_hours": {"at once": 0}}})


def test_deadlines_do_not_make_another_night() -> None:
    assert LAW.config_hash == Settings().config_hash
