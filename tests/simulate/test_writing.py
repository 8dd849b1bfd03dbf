"""Files: the same seed gives the same bytes, feeds and truth lie apart, nobody else may read them."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from pipeline.contract import FEEDS
from pipeline.errors import UsageError
from pipeline.simulate import simulate

SIZE = {"employees": 40, "days": 55, "start": date(2026, 1, 5), "leakers": 0.1}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    first, again, _ = (simulate(tmp_path / str(i), seed, **SIZE) for i, seed in enumerate((7, 7, 8)))
    assert [p.relative_to(tmp_path / "0") for p in first.files] == [
        p.relative_to(tmp_path / "1") for p in again.files
    ]
    assert [p.read_bytes() for p in first.files] == [p.read_bytes() for p in again.files]
    assert (tmp_path / "0/employees.csv").read_bytes() != (tmp_path / "2/employees.csv").read_bytes()


def test_every_file_beside_the_truth_is_named_after_its_feed(tmp_path: Path) -> None:
    bank = simulate(tmp_path / "b", 7, **SIZE)
    feeds = [p for p in bank.files if p.parent == tmp_path / "b"]
    assert {p.stem.partition("-")[0] for p in feeds} == set(FEEDS) - {"bureau_findings"}
    assert sorted(p.name for p in (tmp_path / "b/truth").iterdir()) == [
        "innocents.csv",
        "truth.csv",
        "truth_events.csv",
    ]


def test_parts_add_up_and_both_formats_say_the_same(tmp_path: Path) -> None:
    bank = simulate(tmp_path / "c", 7, **SIZE)
    simulate(tmp_path / "p", 7, form="parquet", **SIZE)
    rows = sum(pyarrow.csv.read_csv(p).num_rows for p in (tmp_path / "c").glob("access_log-*.csv"))
    same = sum(pyarrow.parquet.read_table(p).num_rows for p in (tmp_path / "p").glob("access_log-*.parquet"))
    assert rows == same == len(bank.tables["access_log"])


def test_files_are_for_the_owner_alone(tmp_path: Path) -> None:
    bank = simulate(tmp_path / "b", 7, **SIZE)
    assert {stat.S_IMODE(p.stat().st_mode) for p in bank.files} == {0o600}
    assert {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "b", tmp_path / "b/truth")} == {0o700}


def test_a_folder_that_holds_tables_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "access_log.csv").write_text("mine")
    with pytest.raises(UsageError, match="already holds tables"):
        simulate(tmp_path, 7, **SIZE)
    assert (tmp_path / "access_log.csv").read_text() == "mine"


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No format is called xml"):
        simulate(tmp_path / "b", 7, form="xml", **SIZE)
    assert not (tmp_path / "b").exists()
