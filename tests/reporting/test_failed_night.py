"""A night that failed has a page that says so, what to do next, and that an empty list says nothing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pipeline.casebook import runs
from pipeline.casebook.engine import init_casebook, open_casebook, writing
from pipeline.home import Home
from pipeline.notify.news import news_since
from pipeline.reporting.failed import write_failed_night
from pipeline.settings import Settings

NIGHT = date(2026, 6, 18)
AT = datetime(2026, 6, 18, 19, tzinfo=UTC)


@pytest.fixture
def failed(home: Home) -> tuple[Home, Engine, runs.Run]:
    """A home without lake and evidence, whose only night failed while scoring."""
    home.make()
    init_casebook(home, Settings()).dispose()
    engine = open_casebook(home, Settings())
    with writing(engine) as connection:
        opened = runs.open_run(
            connection,
            night=NIGHT,
            config_hash="0" * 12,
            code_version="0",
            seed=1,
            cutoff=AT,
            batch_horizon=0,
            at=AT,
        )
        run_id = opened.run.run_id
        step = runs.begin_step(connection, run_id, "score", AT)
        runs.end_step(connection, run_id, step, status="failed", at=AT, detail={})
        finding = {"code": "failed_step", "feed": "", "count": 1}
        run = runs.finish_run(connection, run_id, status="failed", at=AT, findings=[finding])
    return home, engine, run


def test_the_page_names_the_step_and_the_next_command(failed: tuple[Home, Engine, runs.Run]) -> None:
    path = write_failed_night(failed[0], Settings(), failed[1], failed[2])
    page = path.read_text(encoding="utf-8")
    assert "the step score" in page
    assert f"tellerwatch run --night <i>{NIGHT}</i>" in page, "the day stays whole at the end of a line"
    assert "an empty list says nothing" in page
    assert "the data are complete" not in page
    assert json.loads(path.with_suffix(".json").read_text("utf-8"))["verdict"]["data_state"] == "failed"
    assert path.stat().st_mode & 0o077 == 0


def test_the_same_failed_night_gives_the_same_bytes(failed: tuple[Home, Engine, runs.Run]) -> None:
    first = write_failed_night(failed[0], Settings(), failed[1], failed[2]).read_bytes()
    assert write_failed_night(failed[0], Settings(), failed[1], failed[2]).read_bytes() == first


def test_index_and_message_lead_to_the_page(failed: tuple[Home, Engine, runs.Run], tmp_path: Path) -> None:
    home, engine, run = failed
    assert news_since(home, Settings(), engine, NIGHT)[0].link == ""
    path = write_failed_night(home, Settings(), engine, run)
    assert news_since(home, Settings(), engine, NIGHT)[0].link == str(path)
    index = (home.reports / "index.html").read_text(encoding="utf-8")
    assert path.relative_to(home.reports).as_posix() in index
