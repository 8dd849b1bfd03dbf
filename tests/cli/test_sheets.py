"""Sheets on the command line: written, filled in, taken over, each step in the access record."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ExitCode
from pipeline.home import Home
from tests.casebook.filling import fill, rows_of, save_csv
from tests.cli.test_cases import MINE, employed, traces

CLOSE = {"decided_by": "chen.jing", "disposition": "重复", "reason": "Seen before."}


def test_open_cases_go_out_and_come_back_decided(
    booked: Callable[..., Any], home: Home, tmp_path: Path
) -> None:
    out = tmp_path / "sheet.csv"
    booked("cases", "close", "C-2026-0003", "--disposition", "duplicate", "--text", "Seen.")
    answer = booked("cases", "export-sheet", "--out", out, "--json")
    assert answer.code == ExitCode.OK, answer.err
    assert answer.json["cases"] == ["C-2026-0002", "C-2026-0001"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    filled = save_csv(fill(rows_of(out.read_bytes()), {"C-2026-0001": CLOSE}), tmp_path / "filled.csv")
    tried = booked("cases", "import-sheet", filled, "--dry-run", "--json")
    assert (tried.code, tried.json["dry_run"]) == (ExitCode.OK, True)
    assert booked("cases", "show", "C-2026-0001", "--json").json["case"]["status"] == "new"
    checked = booked("cases", "import-sheet", filled, "--dry-run").out
    assert "1 of 2 cases decided or changed. Checked; nothing was changed." in " ".join(checked.split())
    taken = booked("cases", "import-sheet", filled, "--json")
    assert taken.json["taken"]["rows"][1] == {"case_id": "C-2026-0001", "row": 2, "acts": ["closed"]}
    assert booked("cases", "show", "C-2026-0001", "--json").json["case"]["disposition"] == "duplicate"
    acts = [(act, target) for act, target, actor in traces(home) if actor == MINE]
    assert ("cases export-sheet", "C-2026-0001") in acts
    assert acts.count(("cases import-sheet", "C-2026-0001")) == 1
    assert ("cases import-sheet", "C-2026-0002") not in acts
    assert booked("ledger", "verify").code == ExitCode.OK


def test_a_sheet_that_was_tampered_with_changes_nothing_and_the_try_is_traced(
    booked: Callable[..., Any], home: Home, tmp_path: Path
) -> None:
    out = tmp_path / "sheet.csv"
    booked("cases", "export-sheet", "--case", "c-2026-0001", "--out", out)
    (row,) = rows_of(out.read_bytes())
    forged = save_csv([{**row, **CLOSE, "case_id": "C-2026-0003"}], tmp_path / "forged.csv")
    answer = booked("cases", "import-sheet", forged)
    assert answer.code == ExitCode.USAGE
    assert "Nothing was taken over" in answer.err
    assert "line 2" in answer.err
    assert traces(home)[0] == ("cases import-sheet", "cases", MINE)
    assert {case["status"] for case in booked("cases", "list", "--json").json["cases"]} == {"new"}


def test_a_closing_on_a_sheet_that_waits_for_its_second_person_is_said_to_wait(
    booked: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLERWATCH_CASEBOOK__SECOND_PERSON_MUST_ACT", "true")
    out = tmp_path / "sheet.csv"
    booked("cases", "export-sheet", "--case", "c-2026-0002", "--out", out)
    filled = save_csv(fill(rows_of(out.read_bytes()), {"C-2026-0002": CLOSE}), tmp_path / "filled.csv")
    said = " ".join(booked("cases", "import-sheet", filled).out.split())
    assert "Not closed yet, waiting for a second account to import the sheet too: C-2026-0002." in said


def test_a_manager_whom_the_register_does_not_know_attests_nothing(
    booked: Callable[..., Any], home: Home, tmp_path: Path
) -> None:
    employed(home, tmp_path)
    out = tmp_path / "sheet.csv"
    answer = booked("cases", "attest-sheet", "C-2026-0002", "--manager", "M11", "--out", out)
    assert answer.code == ExitCode.USAGE
    assert "There is no M11 in the register of employees" in answer.err
    assert "Did you mean M1" in answer.err
    assert not out.exists()


@pytest.mark.parametrize("name", ["there.csv", "sheet.xlsx"])
def test_a_sheet_is_never_written_over_another_file_nor_under_a_name_that_it_is_not(
    booked: Callable[..., Any], tmp_path: Path, name: str
) -> None:
    (tmp_path / "there.csv").write_text("mine")
    assert booked("cases", "export-sheet", "--out", tmp_path / name).code == ExitCode.USAGE
    assert (tmp_path / "there.csv").read_text() == "mine"
    assert not (tmp_path / "sheet.xlsx").exists()


def test_a_sheet_for_somebody_who_owns_no_case_names_those_who_do(
    booked: Callable[..., Any], tmp_path: Path
) -> None:
    out = tmp_path / "sheet.csv"
    alone = booked("cases", "export-sheet", "--owner", "nobody", "--out", out)
    assert "No open case has an owner yet" in alone.err
    booked("cases", "assign", "C-2026-0001", "chen.jing")
    answer = booked("cases", "export-sheet", "--owner", "nobody", "--out", out)
    assert answer.code == ExitCode.USAGE
    assert "No open case has the owner nobody" in answer.err
    assert "Owners of open cases: chen.jing." in answer.err
    assert booked("cases", "export-sheet", "--owner", "chen.jing", "--out", out).code == ExitCode.OK
