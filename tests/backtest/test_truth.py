"""Truth files as people write them."""

from datetime import date

import pandas as pd
import pytest

from pipeline.backtest.truth import read_truth
from pipeline.errors import UsageError

LEAKS = "employee_id,scenario,starts,ends\n007,bulk,2026-03-02,2026-03-04\n"
EVENTS = (
    "event_id,employee_id,occurred_at,scenario\n"
    "e1,007,2026-03-01T23:30:00+00:00,bulk\n"  # the 2nd, 07:30, in the bank's zone
    "e2,007,2026-03-04T23:59:00+08:00,bulk\n"
    "e2,007,2026-03-04T23:59:00+08:00,bulk\n"  # the same event again
    "e3,007,2026-03-05T00:01:00+08:00,bulk\n"  # after the end
    "e4,007,2026-03-03T10:00:00+08:00,drip\n"
    "e5,007,2026-03-03 10:00:00,bulk\n"  # no offset: the bank's clock
)
ZONE = "Asia/Shanghai"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "truth.csv").write_text(LEAKS, encoding="utf-8-sig")
    (tmp_path / "events.csv").write_text(EVENTS)
    return tmp_path / "truth.csv", tmp_path / "events.csv"


def test_lookups_join_the_leak_of_their_person_scenario_and_day_in_the_banks_zone(files):
    (leak,) = read_truth(files[0], ZONE, files[1])
    assert (leak.employee_id, leak.starts, leak.ends) == ("007", date(2026, 3, 2), date(2026, 3, 4))
    assert [moment.isoformat() for moment in leak.lookups] == [
        "2026-03-02T07:30:00+08:00",
        "2026-03-03T10:00:00+08:00",
        "2026-03-04T23:59:00+08:00",
    ]


def test_parquet_and_json_lines_say_the_same_as_csv(files, tmp_path):
    wanted = read_truth(files[0], ZONE, files[1])
    for path in files:
        frame = pd.read_csv(path, dtype=str)
        frame.to_parquet(path.with_suffix(".parquet"))
        frame.to_json(path.with_suffix(".jsonl"), orient="records", lines=True)
    for suffix in (".parquet", ".jsonl"):
        assert read_truth(files[0].with_suffix(suffix), ZONE, files[1].with_suffix(suffix)) == wanted


def test_typed_parquet_columns_are_read_too(files):
    frame = pd.DataFrame({"employee_id": ["007"], "scenario": ["bulk"]})
    typed = frame.assign(starts=date(2026, 3, 2), ends=pd.Timestamp("2026-03-04"))
    typed.to_parquet(files[0].with_suffix(".parquet"))
    (leak,) = read_truth(files[0].with_suffix(".parquet"), ZONE)
    assert (leak.starts, leak.ends, leak.lookups) == (date(2026, 3, 2), date(2026, 3, 4), None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("employee_id,scenario,starts\n1,a,2026-03-02\n", "lacks the column ends"),
        ("employee_id,scenario,starts,ends\n1,a,2026-03-02,soon\n", "Row 1"),
        ("employee_id,scenario,starts,ends\n1,a,2026-03-02,\n", "empty cells in ends"),
        ("employee_id,scenario,starts,ends\n1,a,2026-03-02,2026-03-01\n", "ends before it starts"),
        ("", "cannot be read"),
    ],
)
def test_a_truth_file_that_cannot_be_used_says_why(tmp_path, text, said):
    path = tmp_path / "truth.csv"
    path.write_text(text)
    with pytest.raises(UsageError, match=said):
        read_truth(path, ZONE)


def test_a_truth_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_truth(tmp_path / "none.csv", ZONE)
