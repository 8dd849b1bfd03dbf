"""`tellerwatch backtest` from the command line."""

from __future__ import annotations

import json

import pytest

from pipeline.backtest.figures import FIGURES
from tests.backtest.conftest import FIRST, LAST


@pytest.fixture
def run(bank_home, capfd):
    def ask(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = bank_home.run("backtest", *arguments)
        out, err = capfd.readouterr()
        return code, out, err

    return ask


def test_the_figures_come_as_json_with_rivals_at_no_more_cases_than_ours(replays):
    answer = json.loads(replays["ranks.parquet"].out)
    assert answer["schema_version"]
    assert (answer["from"], answer["to"], answer["nights"]) == (FIRST, LAST, 7)
    assert set(FIGURES) <= set(answer["figures"]["all"])
    assert set(answer["rivals"]) == {"volume", "front-end", "raw IForest"}
    assert all(rival["new_cases"] <= answer["new_cases"] for rival in answer["rivals"].values())


def test_people_get_tables(replays):
    assert "recall" in replays["ranks.csv"].out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", LAST, "--to", FIRST), "before it begins"),
        (("--from", "2031-01-01", "--to", "2031-01-05"), "The look-ups taken in reach from"),
        (("--from", FIRST, "--to", "2031-01-05"), "The look-ups taken in reach from"),
        (("--from", FIRST, "--to", LAST, "--out", "rankings.xlsx"), ".parquet, .csv, .jsonl"),
        (("--from", FIRST, "--to", LAST, "--rivals"), "--truth"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_with_the_reason(run, arguments, said):
    code, out, err = run(*arguments)
    assert code == 2
    assert said in err
    assert out == ""


def test_a_home_without_lookups_says_to_take_some_in(tellerwatch):
    assert tellerwatch("init").code == 0
    answer = tellerwatch("backtest", "--from", FIRST, "--to", LAST)
    assert answer.code == 2
    assert "ingest" in answer.err


def test_a_backtest_touches_no_case_and_stores_no_score(bank_home, replays):
    from sqlalchemy import func, select

    from pipeline.casebook.engine import open_casebook
    from pipeline.casebook.tables import cases, runs, scores
    from pipeline.settings import load_settings

    engine = open_casebook(bank_home.home, load_settings(bank_home.home.config))
    with engine.connect() as connection:
        stored = [
            connection.scalar(select(func.count()).select_from(table)) for table in (cases, runs, scores)
        ]
    engine.dispose()
    assert all(one.path.is_file() for one in replays.values())
    assert stored == [0, 0, 0]
