"""The trend: one drill a night speaks, the last done; nothing but counts is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from pipeline.casebook.engine import init_casebook
from pipeline.drill.ledger import DrillDone, ScenarioResult, drill_trend, last_drill, pooled, record_drill
from pipeline.home import Home
from pipeline.settings import Settings

NOON = datetime(2026, 6, 18, 12, tzinfo=UTC)
NIGHT = date(2026, 6, 17)
DONE = DrillDone(
    night=NIGHT,
    seed=1,
    config_hash="abc",
    code_version="0.1.0",
    batch_horizon=4,
    at=NOON,
    seconds=12.5,
    status="passed",
    hosts=4,
    raised=3,
    leaked_median=9.0,
    floor=0.5,
    scenarios=(ScenarioResult("bulk", 1, 1, 40.0, 0.0), ScenarioResult("ring", 3, 2, 9.0, 2.5)),
    skipped={"hollow": "no feed business_records"},
)


@pytest.fixture
def engine(home: Home) -> Engine:
    home.make()
    return init_casebook(home, Settings())


def test_what_was_recorded_is_read_back(engine: Engine) -> None:
    record_drill(engine, DONE)
    assert drill_trend(engine) == [DONE]
    assert last_drill(engine) == DONE
    assert DONE.recall == 0.75


def test_the_same_drill_again_takes_the_place_of_the_first(engine: Engine) -> None:
    record_drill(engine, DONE)
    record_drill(engine, replace(DONE, raised=4, at=NOON + timedelta(hours=1), scenarios=DONE.scenarios[:1]))
    (found,) = drill_trend(engine)
    assert (found.raised, len(found.scenarios)) == (4, 1)


def test_of_several_drills_of_a_night_the_last_one_speaks(engine: Engine) -> None:
    record_drill(engine, replace(DONE, seed=2, at=NOON + timedelta(hours=2), raised=1))
    record_drill(engine, DONE)
    assert [one.seed for one in drill_trend(engine)] == [2]


def test_the_trend_is_oldest_first_and_bounded(engine: Engine) -> None:
    for back in range(5):
        record_drill(engine, replace(DONE, night=NIGHT - timedelta(days=back)))
    assert [one.night.day for one in drill_trend(engine)] == [13, 14, 15, 16, 17]
    assert [one.night.day for one in drill_trend(engine, most=2)] == [16, 17]
    assert [one.night.day for one in drill_trend(engine, date(2026, 6, 14), date(2026, 6, 15))] == [14, 15]
    before = last_drill(engine, date(2026, 6, 15))
    assert before is not None
    assert before.night.day == 15
    assert last_drill(engine, date(2026, 6, 1)) is None


def test_a_drill_that_could_say_nothing_has_no_recall_and_does_not_count_in_the_sums(engine: Engine) -> None:
    silent = replace(DONE, status="not_assessable", hosts=0, raised=0, scenarios=())
    assert silent.recall is None
    assert pooled([DONE, silent, DONE])[1] == ScenarioResult("ring", 6, 4, 9.0, 2.5)
