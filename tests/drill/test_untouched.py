"""A whole drill on a real home: what it finds, what it leaves alone, and that a blinded watch turns it red."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.errors import ExitCode
from tests.drill.conftest import NIGHT, DrillBank, casebook_of, lake_of
from tests.homes import told

OWN = {"drills", "drill_scenarios"}


def drill(bank: DrillBank, capfd: pytest.CaptureFixture[str], *more: str) -> tuple[int, dict[str, Any], str]:
    from pipeline.cli.main import invoke

    capfd.readouterr()
    code = invoke(["--home", str(bank.home.root), "drill", "--night", NIGHT.isoformat(), "--json", *more])
    out, err = capfd.readouterr()
    return int(code), dict(told(out)) if out else {}, out + err


def test_a_drill_finds_loud_leakers_leaves_all_else_alone_and_says_the_same_again(
    drill_bank: DrillBank, capfd: pytest.CaptureFixture[str]
) -> None:
    files, tables = lake_of(drill_bank.home), casebook_of(drill_bank.home)
    code, answer, said = drill(drill_bank, capfd)
    assert code == ExitCode.OK, said
    assert answer["hosts"] == 4
    assert answer["recall"] >= 0.5
    assert {one["scenario"] for one in answer["scenarios"]} <= {
        "bulk",
        "to_order",
        "lent_account",
        "stolen_account",
    }

    assert lake_of(drill_bank.home) == files
    after = casebook_of(drill_bank.home)
    assert {name: rows for name, rows in after.items() if name not in OWN} == {
        name: rows for name, rows in tables.items() if name not in OWN
    }
    assert [len(after[name]) - len(tables[name]) for name in ("drills", "drill_scenarios")] == [
        1,
        len(answer["scenarios"]),
    ]
    staff = {line.split(",")[0] for line in (drill_bank.feeds / "employees.csv").read_text().splitlines()[1:]}
    kept = repr([after[name] for name in OWN])
    assert len(staff) >= 40
    assert not {name for name in staff if name and (name in said or name in kept)}

    code, again, _ = drill(drill_bank, capfd)
    assert code == ExitCode.OK
    timeless = {"at", "seconds"}
    assert {k: v for k, v in again.items() if k not in timeless} == {
        k: v for k, v in answer.items() if k not in timeless
    }
    assert len(casebook_of(drill_bank.home)["drills"]) == 1


def test_a_blinded_watch_turns_the_drill_red(
    drill_bank: DrillBank, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLERWATCH_ALERTING__OPEN_NATS", "100000")
    code, answer, said = drill(drill_bank, capfd, "--scenario", "bulk", "--hosts", "2")
    assert code == ExitCode.DRILL_BELOW_FLOOR
    assert (answer["status"], answer["raised"], answer["hosts"]) == ("below_floor", 0, 2)
    assert "below its floor" in said
    assert answer["trend"] == [] or answer["trend"][-1]["status"] == "passed"  # another mix is not kept


def test_a_drill_that_is_switched_off_says_how_to_switch_it_on(
    drill_bank: DrillBank, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLERWATCH_DRILL__ENABLED", "false")
    code, _, said = drill(drill_bank, capfd)
    assert code == ExitCode.USAGE
    assert "enabled = true" in said


def test_an_unknown_scenario_is_refused_with_the_names_of_those_there_are(
    drill_bank: DrillBank, capfd: pytest.CaptureFixture[str]
) -> None:
    code, _, said = drill(drill_bank, capfd, "--scenario", "bulky")
    assert code == ExitCode.USAGE
    assert "slow_drip" in said
