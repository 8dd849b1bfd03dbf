from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from pipeline.casebook.engine import writing
from pipeline.casebook.errors import CasebookError
from pipeline.casebook.runs import (
    begin_step,
    end_step,
    finish_run,
    get_run,
    latest_run,
    open_run,
    runs_between,
    steps_of,
)
from pipeline.casebook.scores import read_scores, write_scores
from tests.casebook.nights import DAY, NOW, begin, done, later
from tests.casebook.test_scores import score

SAME = {
    "night": DAY,
    "config_hash": "abcdef012345",
    "code_version": "0.1.0",
    "seed": 20260618,
    "cutoff": NOW,
    "at": NOW,
}


def test_a_night_done_is_given_back_and_nothing_is_to_be_done(engine: Engine) -> None:
    with writing(engine) as connection:
        first = done(connection)
    with writing(engine) as connection:
        again = open_run(connection, batch_horizon=99, **SAME)
    assert not again.work
    assert again.run == first
    assert again.run.batch_horizon == 3


def test_a_re_score_that_is_asked_for_makes_the_next_revision(engine: Engine) -> None:
    with writing(engine) as connection:
        first = done(connection)
        again = open_run(connection, batch_horizon=99, rescore=True, **SAME)
    assert again.work
    assert not again.resumed
    assert (first.revision, again.run.revision) == (0, 1)
    assert again.run.run_id != first.run_id
    assert again.run.batch_horizon == 99


def test_a_run_that_was_cut_off_goes_on_with_its_own_horizon_and_steps(engine: Engine) -> None:
    with writing(engine) as connection:
        run = begin(connection)
        end_step(connection, run.run_id, begin_step(connection, run.run_id, "link", NOW), status="ok", at=NOW)
    with writing(engine) as connection:
        again = open_run(connection, batch_horizon=99, **SAME)
        assert [step.name for step in steps_of(connection, run.run_id)] == ["link"]
    assert again.work
    assert again.resumed
    assert again.run.batch_horizon == 3


@pytest.mark.parametrize("change", [{}, {"code_version": "0.2.0"}])
def test_a_failed_run_or_another_versions_run_starts_over(engine: Engine, change: dict[str, str]) -> None:
    with writing(engine) as connection:
        run = begin(connection)
        begin_step(connection, run.run_id, "link", NOW)
        write_scores(connection, run.run_id, [score("E1")])
        if not change:
            finish_run(connection, run.run_id, status="failed", at=NOW)
    with writing(engine) as connection:
        again = open_run(connection, batch_horizon=99, **{**SAME, **change})
        assert steps_of(connection, again.run.run_id) == []
        assert read_scores(connection, again.run.run_id) == []
    assert again.work
    assert not again.resumed
    assert again.run.revision == 0
    assert again.run.batch_horizon == 99


def test_another_configuration_is_another_run_of_the_same_night(engine: Engine) -> None:
    with writing(engine) as connection:
        first = done(connection)
        second = begin(connection, config_hash="ffffffffffff")
    assert first.run_id != second.run_id
    assert second.revision == 0


def test_a_run_comes_back_as_it_was_written(engine: Engine) -> None:
    with writing(engine) as connection:
        run = begin(connection)
        finish_run(
            connection,
            run.run_id,
            status="incomplete",
            at=later(minutes=4),
            scored=9_876,
            new_cases=2,
            findings=[{"code": "FEED_LATE", "feed": "business_records", "count": 1}],
            manifest={"支行": "朝阳", "pyod": "3.6.7", "nested": {"b": [1, 2.5, None]}},
        )
    with engine.connect() as connection:
        found = get_run(connection, run.run_id)
    assert found.finished
    assert (found.night, found.cutoff, found.started_at) == (DAY, NOW, NOW)
    assert found.finished_at == later(minutes=4)
    assert (found.scored, found.new_cases) == (9_876, 2)
    assert found.findings == [{"code": "FEED_LATE", "feed": "business_records", "count": 1}]
    assert found.manifest == {"支行": "朝阳", "pyod": "3.6.7", "nested": {"b": [1, 2.5, None]}}


def test_what_has_ended_is_not_written_over(engine: Engine) -> None:
    with writing(engine) as connection:
        run = done(connection)
        with pytest.raises(CasebookError, match="not running"):
            finish_run(connection, run.run_id, status="failed", at=NOW)
        assert get_run(connection, run.run_id).status == "ok"


def test_a_run_that_is_not_there_is_named(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(CasebookError, match="2026-01-01-x-0"):
        get_run(connection, "2026-01-01-x-0")


def test_steps_keep_their_order_and_one_begun_again_keeps_its_place(engine: Engine) -> None:
    with writing(engine) as connection:
        run_id = begin(connection).run_id
        first = begin_step(connection, run_id, "link", NOW)
        end_step(connection, run_id, first, status="ok", at=later(seconds=2), detail={"rows": 5})
        begin_step(connection, run_id, "score", later(seconds=2))
        again = begin_step(connection, run_id, "score", later(seconds=9))
        end_step(
            connection, run_id, again, status="failed", at=later(seconds=10), detail={"code": "NO_SPACE"}
        )
        link, scoring = steps_of(connection, run_id)
    assert (link.ordinal, link.name, link.status, link.detail) == (0, "link", "ok", {"rows": 5})
    assert (scoring.ordinal, scoring.status, scoring.started_at) == (1, "failed", later(seconds=9))


def test_the_latest_finished_run_speaks_for_a_night(engine: Engine) -> None:
    with writing(engine) as connection:
        done(connection, date(2026, 6, 16))
        first = done(connection)
        second = done(connection, rescore=True, at=later(hours=3))
        begin(connection, date(2026, 6, 20))
        assert latest_run(connection, night=DAY) == second
        assert latest_run(connection) == second
        assert latest_run(connection, at_or_before=date(2026, 6, 17)).night == date(2026, 6, 16)
        assert latest_run(connection, at_or_before=date(2026, 6, 15)) is None
        assert latest_run(connection, night=date(2026, 6, 20)) is None
        assert latest_run(connection, night=date(2026, 6, 20), finished=False).status == "running"
        assert latest_run(connection, config_hash="ffffffffffff") is None
        listed = runs_between(connection, date(2026, 6, 17), date(2026, 6, 30))
        assert listed == [second]
        assert [run.night for run in runs_between(connection)] == [date(2026, 6, 16), DAY]
    assert first != second
