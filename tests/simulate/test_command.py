"""`tellerwatch simulate` writes a bank and says what it wrote."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli.main import invoke

SMALL = ["--employees", "30", "--days", "50", "--seed", "4"]


def test_json_counts_the_rows_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "bank"
    assert (
        invoke(["simulate", str(out), *SMALL, "--scenarios", "bulk,to_order", "--leakers", "0.1", "--json"])
        == 0
    )
    said = json.loads(capsys.readouterr().out)
    assert said["schema_version"]
    lines = sum(p.read_text().count("\n") - 1 for p in out.glob("access_log-*.csv"))
    assert said["rows"]["access_log"] == lines
    assert set(said["scenarios"]) <= {"bulk", "to_order"}
    assert said["leakers"] >= 1


def test_a_quiet_bank_has_no_leakers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["simulate", str(tmp_path / "b"), *SMALL, "--leakers", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["leakers"] == 0


def test_an_unknown_scenario_ends_with_the_usage_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["simulate", str(tmp_path / "b"), *SMALL, "--scenarios", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()
