"""Nobody looks at their own case, whichever command they ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.casebook import tables
from pipeline.casebook.engine import open_casebook, writing
from pipeline.casebook.independence import FourEyes
from pipeline.casebook.relations import Relation, write_relations
from pipeline.casebook.reveals import request
from pipeline.casebook.runs import get_run
from pipeline.cli.oneself import NEVER_LISTED
from pipeline.errors import ExitCode
from pipeline.home import Home
from pipeline.settings import Settings
from tests.casebook.filling import rows_of
from tests.cli.test_cases import MINE, traces

OWN, OTHER, NONE = "C-2026-0002", "C-2026-0001", "C-2026-0005"


@pytest.fixture
def suspect(booked: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The command line of an officer who is the person of the gravest case."""
    monkeypatch.setenv("TELLERWATCH_CASEBOOK__OFFICERS", json.dumps({MINE: "e2"}))
    return booked


CLOSING = ("--disposition", "duplicate", "--text", "Mine.", "--second-person", "wu.min")
ON_A_CASE = [
    ("cases", "show", "{case}"),
    ("cases", "show", "{case}", "--json"),
    ("cases", "assign", "{case}", "chen.jing"),
    ("cases", "note", "{case}", "It was not me."),
    ("cases", "close", "{case}", *CLOSING),
    ("cases", "reopen", "{case}", "--text", "Why?"),
    ("cases", "aware", "{case}", "--at", "2026-06-18T09:30+08:00", "--text", "A call."),
    ("export", "evidence", "{case}", "--out", "{out}"),
    ("cases", "attest-sheet", "{case}", "--out", "{out}"),
    ("cases", "export-sheet", "--case", "{case}", "--out", "{out}"),
    ("cases", "export-sheet", "--case", OTHER, "--case", "{case}", "--out", "{out}"),
    ("reveal", "request", "{case}", "--reason", "To see."),
    ("investigate", "E1", "--case", "{case}"),
]


@pytest.mark.parametrize("words", ON_A_CASE, ids=" ".join)
def test_ones_own_case_looks_as_if_there_were_none_to_every_command(
    suspect: Callable[..., Any], home: Home, tmp_path: Path, words: tuple[str, ...]
) -> None:
    out = tmp_path / "out.csv"
    told = []
    for case in (OWN, NONE):
        answer = suspect(*(word.format(case=case, out=out) for word in words))
        told.append((answer.code, answer.out.replace(case, "…"), answer.err.replace(case, "…")))
        assert not out.exists()
        assert traces(home)[0][0] == " ".join(words[: 1 if words[0] == "investigate" else 2])
    assert told[0] == told[1]
    assert told[0][0] == ExitCode.USAGE
    assert "that this account may see" in told[0][2]


@pytest.mark.parametrize("case", [OWN, OTHER, "T-1"])
@pytest.mark.parametrize("person", ["E2", "E9"])
def test_nobody_investigates_themself_be_there_a_case_or_not(
    suspect: Callable[..., Any], home: Home, monkeypatch: pytest.MonkeyPatch, person: str, case: str
) -> None:
    monkeypatch.setenv("TELLERWATCH_CASEBOOK__OFFICERS", json.dumps({MINE: person}))
    answer = suspect("investigate", person, "--case", case)
    assert answer.code == ExitCode.NOT_PERMITTED
    assert "nobody investigates themself, whether there is a case or not" in answer.err
    assert traces(home)[0][:2] == ("investigate", person)


def test_lists_leave_ones_own_case_out_and_say_the_same_to_everybody(
    suspect: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.csv"
    listed = suspect("cases", "list", "--json")
    assert [case["employee_id"] for case in listed.json["cases"]] == ["E1", "E3"]
    assert suspect("cases", "list", "--employee", "E2", "--json").json["cases"] == []
    written = suspect("cases", "export-sheet", "--out", out)
    assert written.code == ExitCode.OK
    assert {row["case_id"] for row in rows_of(out.read_bytes())} == {OTHER, "C-2026-0003"}
    clocks = suspect("cases", "clocks")
    monkeypatch.setenv("TELLERWATCH_CASEBOOK__OFFICERS", json.dumps({MINE: "E9"}))
    of_another = (suspect("cases", "list", "--json"), suspect("cases", "clocks"))
    assert [case["employee_id"] for case in of_another[0].json["cases"]] == ["E2", "E1", "E3"]
    assert {one.err for one in (listed, clocks, *of_another)} == {f"{NEVER_LISTED}\n"}


def test_the_access_record_and_requests_to_unmask_do_not_name_ones_own_case(
    suspect: Callable[..., Any], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TELLERWATCH_CASEBOOK__OFFICERS")
    suspect("cases", "note", OWN, "Somebody else looks at it.")
    suspect("investigate", "E2", "--case", "T-1")
    engine = open_casebook(home, Settings())
    with writing(engine) as connection:
        asked = {
            "tokens": ["a" * 64],
            "reason": "To tell them.",
            "hours": 24,
            "actor": "chen.jing",
            "host": "h",
        }
        at = datetime.now(UTC)
        made = request(connection, case_id=OWN, at=at, eyes=FourEyes(), **asked)
    engine.dispose()
    assert OWN in suspect("ledger", "show").out
    assert made.reveal_id in suspect("reveal", "list").out
    monkeypatch.setenv("TELLERWATCH_CASEBOOK__OFFICERS", json.dumps({MINE: "e2"}))
    for words in (
        ("ledger", "show"),
        ("ledger", "show", "--json"),
        ("ledger", "show", "--case", OWN),
        ("reveal", "list"),
    ):
        shown = suspect(*words)
        assert (OWN in shown.out, "E2" in shown.out, made.reveal_id in shown.out) == (False, False, False)
    missing = suspect("reveal", "approve", "R-9999")
    mine = suspect("reveal", "approve", made.reveal_id)
    assert (mine.code, mine.err.replace(made.reveal_id, "R-9999")) == (missing.code, missing.err)
    assert mine.code == ExitCode.USAGE


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
    assert clocks.err == f"{NEVER_LISTED}\n"
