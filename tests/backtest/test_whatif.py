"""`tellerwatch whatif` on stored scores whose answer is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from pipeline.backtest.whatif import what_if
from pipeline.casebook.cases import raise_or_continue
from pipeline.casebook.engine import open_casebook
from pipeline.casebook.runs import finish_run, open_run
from pipeline.casebook.scores import ScoreRow, write_scores
from pipeline.casebook.tables import cases
from pipeline.errors import UsageError
from pipeline.settings import Alerting, load_settings

NOW = datetime(2026, 6, 19, 1, 30, tzinfo=UTC)
DAY = date(2026, 6, 1)
SETTINGS = Alerting(open_nats=8, keep_nats=5, budget_per_1000_per_week=4)
# night → person → score; the policy raised "gone", whose score says nothing.
NIGHTS = {
    0: {"ann": 9.0, "bob": 6.5, "cho": 1.0, "gone": 0.2},
    1: {"ann": 9.5, "bob": 7.5, "cho": 1.0, "gone": 0.0},
    20: {"ann": 1.0, "bob": 8.5, "cho": 12.5, "gone": 0.0},
}
RAISED = {0: {"ann", "gone"}, 1: {"ann"}, 20: {"bob", "cho"}}


@pytest.fixture
def engine(home, tellerwatch):
    assert tellerwatch("init").code == 0
    engine = open_casebook(home, load_settings(home.config))
    with engine.begin() as connection:
        for offset, scored in NIGHTS.items():
            night = DAY + timedelta(days=offset)
            run = open_run(
                connection,
                night=night,
                config_hash="abc",
                code_version="0",
                seed=1,
                cutoff=NOW,
                batch_horizon=1,
                at=NOW,
            ).run
            ranked = sorted(scored, key=lambda name: -scored[name])
            rows = [
                ScoreRow(name, scored[name], 0.5, place, name in RAISED[offset], 0)
                for place, name in enumerate(ranked, 1)
            ]
            write_scores(connection, run.run_id, rows)
            run = finish_run(connection, run.run_id, status="ok", at=NOW, manifest={"calibrated": True})
            for row in rows:
                if row.alert and row.employee_id in {"ann", "cho"}:
                    raise_or_continue(
                        connection,
                        run,
                        employee_id=row.employee_id,
                        score=row.score,
                        p_value=0.5,
                        rank=row.rank,
                        severity="low",
                        unexplained=0,
                        reasons=[],
                        at=NOW,
                    )
        connection.execute(update(cases).values(status="closed", disposition="confirmed_leak"))
    yield engine
    engine.dispose()


def options(engine, settings=SETTINGS, **more):
    with engine.connect() as connection:
        answer = what_if(connection, settings, **more)
    return answer, {(one.budget_per_1000_per_week, one.open_nats): one for one in answer.options}


def test_the_present_setting_gives_what_was_raised(engine):
    answer, by_setting = options(engine)
    now = by_setting[4, 8]
    # ann and, by policy, "gone" on the first night; cho and bob on the last.
    assert now.current
    assert (now.new_cases, now.most_a_night, now.lost) == (4, 2, ())
    assert now.cases_a_night == pytest.approx(4 / 3)
    assert (answer.nights, answer.confirmed) == (3, 2)
    assert sum(option.current for option in answer.options) == 1


def test_a_higher_threshold_names_the_confirmed_cases_that_it_loses(engine):
    _, by_setting = options(engine)
    strict = by_setting[4, 12]
    assert strict.new_cases == 2  # cho, and by policy "gone"
    assert [case.employee_id for case in strict.lost] == ["ann"]


def test_a_policy_rule_raises_under_every_setting(engine):
    _, by_setting = options(engine, last=DAY, days=1)
    assert {key: option.new_cases for key, option in by_setting.items() if key[1] >= 10} == {
        (4, 10): 1,
        (4, 12): 1,
    }


def test_days_bound_the_nights(engine):
    assert options(engine, last=DAY + timedelta(days=1), days=2)[0].nights == 2
    assert options(engine, days=1)[0].nights == 1


def test_a_lower_threshold_never_raises_fewer(engine):
    _, by_setting = options(engine)
    counts = [
        option.new_cases for (_, nats), option in sorted(by_setting.items(), key=lambda item: item[0][1])
    ]
    assert counts == sorted(counts, reverse=True)


def test_nights_that_were_not_run_say_what_to_do(engine):
    with pytest.raises(UsageError, match="no night of that time has been run"):
        options(engine, last=date(2025, 1, 1))


def test_the_command_prints_both_ways(engine, tellerwatch):
    answer = tellerwatch("whatif", "--json")
    assert answer.code == 0
    assert answer.json["nights"] == 3
    assert {"budget_per_1000_per_week", "open_nats", "new_cases", "cases_a_night", "lost"} <= set(
        answer.json["options"][0]
    )
    assert "now" in tellerwatch("whatif").out


def test_a_home_without_runs_says_what_to_do(tellerwatch):
    assert tellerwatch("init").code == 0
    answer = tellerwatch("whatif")
    assert answer.code == 2
    assert "run --catch-up" in answer.err
