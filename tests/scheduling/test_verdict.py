from __future__ import annotations

import pytest

from pipeline.home import Home
from pipeline.installation import install
from pipeline.scheduling.child import Ended
from pipeline.scheduling.verdict import Verdict, judge, obstacle, wait_seconds
from pipeline.settings import Settings, load_settings
from pipeline.settings.operation import Schedule

RULES = Schedule(retries=3, retry_seconds=10, retry_longest_seconds=60)


def verdicts(exit_code: int, ended_by: str = "itself", why: str = "") -> list[str]:
    ended = Ended(exit_code, ended_by, 1.0, "")  # type: ignore[arg-type]  # one of the three words
    return [judge(ended, attempt, why, RULES).value for attempt in range(5)]


@pytest.mark.parametrize(
    ("exit_code", "expected"),
    [
        (0, ["done"] * 5),
        (1, ["done"] * 5),
        (3, ["incomplete"] * 5),
        (2, ["failed"] * 5),
        (4, ["failed"] * 5),
        (6, ["failed"] * 5),
        (5, ["again", "again", "again", "failed", "failed"]),
        (130, ["again", "again", "again", "failed", "failed"]),
        (70, ["again", "failed", "failed", "failed", "failed"]),
        (-9, ["again", "failed", "failed", "failed", "failed"]),
    ],
)
def test_each_exit_code_is_retried_as_often_as_it_deserves(exit_code, expected):
    assert verdicts(exit_code) == expected


def test_a_hung_job_gets_one_more_attempt():
    assert verdicts(130, "time limit") == ["again", "failed", "failed", "failed", "failed"]


def test_an_obstacle_that_may_go_away_makes_an_internal_error_transient():
    assert verdicts(70, why="the casebook does not answer")[:4] == ["again", "again", "again", "failed"]


def test_a_job_that_was_stopped_is_neither_done_nor_failed():
    assert verdicts(130, "stop") == [Verdict.STOPPED.value] * 5


def test_waiting_doubles_up_to_a_bound():
    assert [wait_seconds(attempt, RULES) for attempt in range(5)] == [10, 20, 40, 60, 60]
    assert wait_seconds(10_000, RULES) == 60


def test_a_database_that_does_not_answer_is_an_obstacle_and_a_missing_home_is_none(tmp_path):
    home = Home(tmp_path / "home")
    install(home)
    assert obstacle(home, load_settings(home.config)) == ""
    away = Settings.model_validate({"casebook": {"url": "postgresql+psycopg://nobody@127.0.0.1:1/none"}})
    assert obstacle(home, away) == "the casebook does not answer"
    home.casebook.unlink()
    assert obstacle(home, Settings()) == ""
