"""A home whose night was written by the same functions that a night uses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pipeline.casebook.cases import raise_or_continue
from pipeline.casebook.engine import open_casebook, writing
from pipeline.casebook.runs import finish_run, open_run
from pipeline.casebook.scores import ReasonRow, write_reasons
from pipeline.errors import ExitCode
from pipeline.home import Home
from pipeline.settings import Settings

AT = datetime(2026, 6, 18, 18, 30, tzinfo=UTC)
PEOPLE = (("E1", "medium", 12), ("E2", "high", 40), ("E3", "low", 6))


@pytest.fixture
def booked(home: Home, tellerwatch: Callable[..., Any]) -> Callable[..., Any]:
    """The command line on a home with three cases."""
    assert tellerwatch("init").code == ExitCode.OK
    engine = open_casebook(home, Settings())
    with writing(engine) as connection:
        run = open_run(
            connection,
            night=date(2026, 6, 18),
            config_hash="abcdef012345",
            code_version="0.1.0",
            seed=1,
            cutoff=AT,
            batch_horizon=1,
            at=AT,
        ).run
        rows = [
            ReasonRow(
                employee_id=person,
                ordinal=0,
                code="UNLINKED_SHARE",
                family="unexplained",
                text_en=f"{count} look-ups [led] to no business.",
                text_zh=f"{count} 次查询未对应业务。",
                points=4.0,
                value=0.3,
                own_normal=0.02,
                peer_normal=None,
            )
            for person, _, count in PEOPLE
        ]
        write_reasons(connection, run.run_id, rows)
        for rank, (person, severity, count) in enumerate(PEOPLE, start=1):
            raise_or_continue(
                connection,
                run,
                employee_id=person,
                score=9.0 - rank,
                p_value=0.001 * rank,
                rank=rank,
                severity=severity,
                unexplained=count,
                reasons=[row for row in rows if row.employee_id == person],
                at=AT,
            )
        finish_run(connection, run.run_id, status="ok", at=AT, scored=3, new_cases=3)
    engine.dispose()
    return tellerwatch
