"""The deadlines on a night's page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import create_engine

from pipeline.casebook.case_file import CaseEvent
from pipeline.casebook.runs import Run
from pipeline.home import Home
from pipeline.investigation.case_life import CaseThen, _after
from pipeline.investigation.stored import Stored
from pipeline.reporting.cards import clocks
from pipeline.settings import Settings

NIGHT = date(2026, 6, 18)
AWARE = datetime(2026, 6, 16, 20, 0, tzinfo=UTC)  # the 17th, four in the morning, in Shanghai
SETTINGS = Settings.model_validate(
    {
        "deadlines": {
            "decide_hours": 48,
            "legal_hours": {"report to the supervisor": 2, "written report": 24},
            "legal_sources": {"written report": "Article 0 of an invented rule"},
        }
    }
)


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    at = datetime(2026, 6, 18, 18, 0, tzinfo=UTC)
    run = Run("r", NIGHT, "abcdef012345", 0, "0.1.0", 1, "ok", at, 1, at, at, 0, 0, [], {})
    return Stored(Home(tmp_path), SETTINGS, create_engine("sqlite://"), run, duckdb.connect())


def case(**more: object) -> CaseThen:
    return CaseThen("C-2026-0001", "E1", NIGHT, **more)  # type: ignore[arg-type]  # each is of its type


def test_the_laws_deadlines_run_from_awareness_beside_the_houses_own(stored: Stored) -> None:
    told = [(clock.subject.en, clock.due, clock.state) for clock in clocks([case(aware_at=AWARE)], stored)]
    assert told == [
        ("report to the supervisor", date(2026, 6, 17), "overdue"),
        ("written report (Article 0 of an invented rule)", date(2026, 6, 18), "today"),
        ("Decision on the case", date(2026, 6, 19), "running"),
    ]


def test_a_day_that_an_officer_has_set_counts_before_the_houses_hours(stored: Stored) -> None:
    due = date(2026, 6, 30)
    assert [clock.due for clock in clocks([case(aware_at=AWARE, due_on=due)], stored)][-1] == due


def test_nothing_runs_while_nobody_is_aware_or_after_closing(stored: Stored) -> None:
    (waiting,) = clocks([case()], stored)
    assert (waiting.due, waiting.state) == (None, "unset")
    assert clocks([case(aware_at=AWARE, status="closed")], stored) == ()


def test_a_moment_of_awareness_that_was_set_counts_as_it_was_set() -> None:
    event = CaseEvent(
        datetime(2026, 6, 18, tzinfo=UTC), "chen.jing", "status", {"aware_at": AWARE.isoformat()}
    )
    assert _after(case(), event, NIGHT).aware_at == AWARE
