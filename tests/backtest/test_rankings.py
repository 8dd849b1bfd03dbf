"""The rankings file, on a small simulated bank."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipeline.backtest.rankings import COLUMNS, CodedSink, RankingRow, rankings_file
from pipeline.errors import UsageError
from pipeline.features.catalogue import FEATURE_OF
from pipeline.pseudonyms import StaffCodes, is_code
from pipeline.settings import Alerting
from tests.backtest.conftest import FIRST, LAST


@pytest.fixture(scope="session")
def table(replays):
    return pd.read_parquet(replays["ranks.parquet"].path)


@pytest.fixture(scope="session")
def alone(replays):
    """The last night, replayed by itself: its lines."""
    text = replays["alone.jsonl"].path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="session")
def among(table):
    """The last night, replayed after the others."""
    return table[table["night"] == date.fromisoformat(LAST)]


def test_the_columns_have_the_contracts_names_and_types(replays):
    schema = pq.read_schema(replays["ranks.parquet"].path)
    assert tuple(schema.names) == COLUMNS
    kinds = ["date32[day]", "string", "double", "double", "int32", "bool", "list<element: string>"]
    assert [str(kind) for kind in schema.types] == kinds


def test_every_night_is_there(table):
    first, last = date.fromisoformat(FIRST), date.fromisoformat(LAST)
    nights = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    assert sorted(set(table["night"])) == nights


def test_ranks_count_from_one_within_the_night_and_follow_the_score(table):
    for _, night in table.groupby("night"):
        assert list(night["rank"]) == list(range(1, len(night) + 1))
        assert night["score"].is_monotonic_decreasing
        # P-values are counted role by role, so they need not fall with the score from one role to another.
        assert night["p_value"].corr(night["rank"], method="spearman") > 0.9
        assert not night["employee_id"].duplicated().any()


def test_reasons_are_codes_of_the_catalogue_and_the_suspicious_have_some(table):
    codes = {code for codes in table["reasons"] for code in codes}
    assert codes <= set(FEATURE_OF) | {"pattern"}
    suspicious = table["score"] >= Alerting().keep_nats
    assert suspicious.any()
    assert all(len(codes) for codes in table.loc[suspicious | table["alert"], "reasons"])


def test_p_values_are_shares(table):
    assert table["p_value"].between(0, 1).all()
    assert (table["score"] >= 0).all()


def test_a_second_run_gives_the_same_bytes_with_the_truth_at_hand_or_not(replays):
    assert replays["ranks.parquet"].path.read_bytes() == replays["again.parquet"].path.read_bytes()


def test_every_format_says_the_same(replays, table, alone, among):
    flat = pd.read_csv(replays["ranks.csv"].path, keep_default_na=False, dtype={"employee_id": str})
    assert list(flat.columns) == list(COLUMNS)
    assert list(flat["night"]) == [str(night) for night in table["night"]]
    assert list(flat["reasons"]) == [";".join(codes) for codes in table["reasons"]]
    assert all(list(line) == list(COLUMNS) for line in alone)
    assert {type(line["alert"]) for line in alone} == {bool}
    assert [line["night"] for line in alone] == [str(night) for night in among["night"]] != []
    for name in ("employee_id", "score", "p_value", "rank", "alert"):
        assert list(flat[name]) == list(table[name])


def test_a_night_is_ranked_the_same_whichever_night_the_replay_begins_with(alone, among):
    for name in ("employee_id", "score", "p_value", "rank"):
        assert [line[name] for line in alone] == list(among[name])
    assert [line["reasons"] for line in alone] == [list(codes) for codes in among["reasons"]]


def test_only_the_owner_can_read_it(replays):
    assert {one.path.stat().st_mode & 0o777 for one in replays.values()} == {0o600}


def test_a_replay_that_fails_leaves_the_old_file_and_no_draft(tmp_path):
    path = tmp_path / "rankings.csv"
    path.write_text("old")
    row = RankingRow(date(2026, 3, 1), "ann", 1.0, 0.4, 1, False, ("volume", "off_hours"))

    def half_a_replay() -> None:
        with rankings_file(path) as sink:
            assert sink is not None
            sink.write([row])
            raise KeyError("half way")

    with pytest.raises(KeyError):
        half_a_replay()
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["rankings.csv"]


@pytest.mark.parametrize("name", ["rankings.xlsx", "rankings", "no/such/folder/rankings.csv"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path, name):
    with pytest.raises(UsageError), rankings_file(tmp_path / name):
        pass


def test_where_staff_is_shown_under_codes_the_file_holds_codes_and_no_id(tmp_path):
    codes, out = StaffCodes(b"key", ["E10476"]), tmp_path / "ranks.csv"
    with rankings_file(out) as file:
        CodedSink(file, codes.code).write(
            [RankingRow(date(2026, 6, 18), "E10476", 9.5, 0.001, 1, True, ("unlinked",))]
        )
    written = out.read_text()
    assert "E10476" not in written
    assert is_code(written.splitlines()[1].split(",")[1])
