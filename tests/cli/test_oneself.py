"""Nobody looks at their own case, whichever command they ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.casebook import tables
from pipeline.casebook.engine import open_casebook, writing
from pipeline.casebook.relations import Relation, write_relations
from pipeline.casebook.runs import get_run
from pipeline.errors import ExitCode
from pipeline.home import Home
from pipeline.settings import Settings
from tests.casebook.filling import rows_of
from tests.cli.test_cases import MINE, traces

OWN, OTHER = "C-2026-0002", "C-2026-0001"


@pytest.fixture
def suspect(booked: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The command line of an officer who is the person of the gravest case."""
    monkeypatch.setenv("TELLERWATCH_CASEBOOK__OFFICERS", json.dumps({MINE: "e2"}))
    return booked


@pytest.mark.parametrize(
    "words",
    [
        ("cases", "show", OWN),
        ("cases", "show", OWN.lower(), "--json"),
        ("export", "evidence", OWN, "--out", "{out}"),
        ("cases", "attest-sheet", OWN, "--out", "{out}"),
        ("cases", "export-sheet", "--case", OWN, "--out", "{out}"),
        ("cases", "export-sheet", "--case", OTHER, "--case", OWN, "--out", "{out}"),
        ("investigate", "E2", "--case", OWN),
    ],
)
def test_ones_own_case_is_shown_by_no_command_and_the_attempt_is_on_record(
    suspect: Callable[..., Any], home: Home, tmp_path: Path, words: tuple[str, ...]
) -> None:
    out = tmp_path / "out.csv"
    answer = suspect(*(word.format(out=out) for word in words))
    assert answer.code == ExitCode.NOT_PERMITTED
    assert "nobody investigates themself" in answer.err
    assert "E1" not in answer.out
    assert not out.exists()
    assert traces(home)[0][0] == " ".join(words[: 1 if words[0] == "investigate" else 2])


def test_lists_leave_ones_own_case_out_and_say_so(suspect: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    listed = suspect("cases", "list", "--json")
    assert [case["employee_id"] for case in listed.json["cases"]] == ["E1", "E3"]
    assert "1 case is left out" in listed.err
    assert suspect("cases", "list", "--employee", "E2", "--json").json["cases"] == []
    written = suspect("cases", "export-sheet", "--out", out)
    assert (written.code, "1 case is left out" in written.err) == (ExitCode.OK, True)
    assert {row["case_id"] for row in rows_of(out.read_bytes())} == {OTHER, "C-2026-0003"}


def test_a_case_of_one_matter_with_ones_own_does_not_name_it(
    suspect: Callable[..., Any], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_casebook(home, Settings())
    with writing(engine) as connection:
        run = get_run(connection, connection.scalars(select(tables.runs.c.run_id)).one())
        write_relations(connection, run, [Relation(OTHER, OWN, "customers", date(2026, 6, 18), 3)])
    engine.dispose()
    for words in (("cases", "list"), ("cases", "show", OTHER)):
        for form in ((), ("--json",)):
            assert OWN not in suspect(*words, *form).out
    monkeypatch.delenv("TELLERWATCH_CASEBOOK__OFFICERS")
    assert OWN in suspect("cases", "show", OTHER).out


def test_ones_own_deadlines_are_left_out(
    suspect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TELLERWATCH_CASEBOOK__OFFICERS")
    for case in (OWN, OTHER):
        suspect("cases", "assign", case, "chen.jing", "--due", "2026-06-30")
    monkeypatch.setenv("TELLERWATCH_CASEBOOK__OFFICERS", json.dumps({MINE: "E2"}))
    clocks = suspect("cases", "clocks")
    assert OTHER in clocks.out
    assert OWN not in clocks.out
    assert "1 case is left out" in clocks.err
