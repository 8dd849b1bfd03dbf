"""What the casebook's tests are made of: a night's run, an alert, its reasons. All people are invented."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from pipeline.casebook.cases import Raised, raise_or_continue
from pipeline.casebook.runs import Run, finish_run, open_run
from pipeline.casebook.scores import ReasonRow

DAY = date(2026, 6, 18)
NOW = datetime(2026, 6, 19, 1, 30, tzinfo=UTC)


def later(**delta: int) -> datetime:
    """A moment after NOW."""
    return NOW + timedelta(**delta)


def begin(connection: Connection, night: date = DAY, **more: Any) -> Run:
    """Open a night's run."""
    values: dict[str, Any] = {
        "config_hash": "abcdef012345",
        "code_version": "0.1.0",
        "seed": 20260618,
        "cutoff": NOW,
        "batch_horizon": 3,
        "at": NOW,
    }
    return open_run(connection, night=night, **{**values, **more}).run


def done(connection: Connection, night: date = DAY, **more: Any) -> Run:
    """Open and finish a night's run."""
    run = begin(connection, night, **more)
    return finish_run(connection, run.run_id, status="ok", at=NOW, scored=2)


def reason(
    family: str = "unexplained", code: str = "UNLINKED_SHARE", ordinal: int = 0, employee_id: str = "E1"
) -> ReasonRow:
    """One reason."""
    return ReasonRow(
        employee_id=employee_id,
        ordinal=ordinal,
        code=code,
        family=family,
        text_en="12 of 40 look-ups led to no business; usual are 3 of 100.",
        text_zh="40 次查询中有 12 次未对应业务，通常为 3%。",
        points=4.25,
        value=0.3,
        own_normal=0.02,
        peer_normal=0.03,
        window_days=20,
        detail={"states": {"unlinked": 12}},
    )


def alert(connection: Connection, run: Run, employee_id: str = "E1", **more: Any) -> Raised:
    """Raise an alert of a night."""
    values: dict[str, Any] = {
        "score": 7.5,
        "p_value": 0.0005,
        "rank": 1,
        "severity": "medium",
        "unexplained": 12,
        "reasons": [reason(employee_id=employee_id)],
        "at": NOW,
    }
    return raise_or_continue(connection, run, employee_id=employee_id, **{**values, **more})
