"""The casebook's commands on a home whose night was written by the same functions that a night uses."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.casebook import tables
from pipeline.casebook.access import access_log_of
from pipeline.casebook.case_file import events_of, get_case
from pipeline.casebook.digests import CASE_EVENT
from pipeline.casebook.engine import open_casebook
from pipeline.cli import cases as commands
from pipeline.cli.acting import operating_system_user
from pipeline.errors import ExitCode
from pipeline.home import Home
from pipeline.intake.ingest import ingest
from pipeline.settings import Settings

AT = datetime(2026, 6, 18, 18, 30, tzinfo=UTC)
PEOPLE = (("E1", "medium", 12), ("E2", "high", 40), ("E3", "low", 6))
MINE = operating_system_user()


def traces(home: Home) -> list[tuple[str, str, str]]:
    """What somebody did; the entries that attest lines of history stand beside each decision."""
    engine = open_casebook(home, Settings())
    with engine.connect() as connection:
        found = [
            (item.act, item.target, item.actor)
            for item in access_log_of(connection)
            if item.act != CASE_EVENT
        ]
    engine.dispose()
    return found


def test_the_list_as_json_is_what_the_contract_says(booked: Callable[..., Any]) -> None:
    answer = booked("cases", "list", "--json")
    assert answer.code == ExitCode.OK
    assert answer.json["schema_version"]
    listed = answer.json["cases"]
    assert [case["employee_id"] for case in listed] == ["E2", "E1", "E3"]
    first = listed[1]
    assert {name: first[name] for name in ("case_id", "opened_on", "severity", "status", "unexplained")} == {
        "case_id": "C-2026-0001",
        "opened_on": "2026-06-18",
        "severity": "medium",
        "status": "new",
        "unexplained": 12,
    }
    assert (first["score"], first["p_value"]) == (8.0, 0.001)
    (reason,) = first["reasons"]
    assert {"code", "text_en", "text_zh", "value", "own_normal", "peer_normal"} <= set(reason)
    assert (reason["code"], reason["value"], reason["peer_normal"]) == ("UNLINKED_SHARE", 0.3, None)


@pytest.mark.parametrize(
    ("options", "people"),
    [
        (["--severity", "high", "--severity", "low"], ["E2", "E3"]),
        (["--employee", "E1"], ["E1"]),
        (["--owner", "chen.jing"], []),
        (["--status", "closed"], ["E3"]),
        (["--open"], ["E2", "E1"]),
        (["--from", "2026-06-19"], []),
        (["--to", "2026-06-18"], ["E2", "E1", "E3"]),
    ],
)
def test_the_list_is_narrowed(booked: Callable[..., Any], options: list[str], people: list[str]) -> None:
    closing = ("cases", "close", "C-2026-0003", "--disposition", "duplicate", "--text", "Seen before.")
    assert booked(*closing).code == ExitCode.OK
    answer = booked("cases", "list", "--json", *options)
    assert [case["employee_id"] for case in answer.json["cases"]] == people


def test_people_get_tables_with_the_reasons_words_as_they_are(booked: Callable[..., Any]) -> None:
    listed = booked("cases", "list").out
    assert "C-2026-0001" in listed
    assert "12 次查询未对应业务" in " ".join(listed.split())
    assert "3 open, 0 closed" in listed
    shown = booked("cases", "show", "c-2026-0002").out
    assert "C-2026-0002  E2  high  new" in shown
    assert "由 2026-06-18 当晚立案" in shown
    assert "40" in shown


def test_a_cases_history_is_told_in_words_and_on_the_banks_clock(
    booked: Callable[..., Any], monkeypatch: Any
) -> None:
    monkeypatch.setenv("TELLERWATCH_REPORTS__LANGUAGE", "en")
    booked("cases", "aware", "C-2026-0002", "--at", "2026-06-18T17:30+00:00", "--text", "A call.")
    assert (
        "run since 2026-06-19 01:30 +08:00"
        in booked("cases", "aware", "C-2026-0002", "--at", "2026-06-18T17:30+00:00", "--text", "A call.").out
    )
    shown = booked("cases", "show", "C-2026-0002").out
    assert "Known since   2026-06-19 01:30 +08:00" in shown
    assert "the clocks run from 2026-06-19 01:30: A call." in shown
    assert "opened by the night of 2026-06-18" in shown
    assert "families" not in shown
    assert "UTC" not in shown + booked("cases", "clocks").out


def test_square_brackets_in_words_are_no_markup(booked: Callable[..., Any], monkeypatch: Any) -> None:
    monkeypatch.setenv("TELLERWATCH_REPORTS__LANGUAGE", "en")
    assert booked("cases", "note", "C-2026-0001", "[bold]x[/nonsense]").code == ExitCode.OK
    shown = booked("cases", "show", "C-2026-0001")
    assert shown.code == ExitCode.OK
    assert "[bold]x[/nonsense]" in shown.out
    assert "[led]" in shown.out


def test_an_empty_casebook_is_no_error(home: Home, tellerwatch: Callable[..., Any]) -> None:
    tellerwatch("init")
    assert tellerwatch("cases", "list", "--json").json["cases"] == []
    assert "No case." in tellerwatch("cases", "list").out
    assert "No suppression." in tellerwatch("suppress", "list").out


def test_a_case_goes_from_hand_to_hand_and_every_act_is_traced_under_the_accounts_name(
    booked: Callable[..., Any], home: Home
) -> None:
    case = "C-2026-0001"
    acts = [
        booked("cases", "assign", case, "chen.jing", "--due", "2026-06-30", "--json"),
        booked("cases", "note", case, "Called the branch.", "--json"),
        booked(
            "cases", "close", case, "--disposition", "explained_business", "--text", "Campaign.", "--json"
        ),
        booked("cases", "reopen", case, "--text", "A letter.", "--json"),
        booked("cases", "show", case, "--json"),
    ]
    assert [act.code for act in acts] == [ExitCode.OK] * 5
    assert [act.json["case"]["status"] for act in acts] == [
        "in_review",
        "in_review",
        "closed",
        "in_review",
        "in_review",
    ]
    assert acts[0].json["case"]["due_on"] == "2026-06-30"
    assert acts[2].json["case"]["disposition"] == "explained_business"
    events = acts[4].json["case"]["events"]
    assert [event["kind"] for event in events] == [
        "opened",
        "status",
        "assigned",
        "note",
        "closed",
        "reopened",
    ]
    assert {event["actor"] for event in events[1:]} == {MINE}
    assert traces(home)[::-1] == [
        (f"cases {act}", case, MINE) for act in ("assign", "note", "close", "reopen", "show")
    ]


def test_a_grave_case_does_not_close_without_a_second_person_and_the_try_is_traced(
    booked: Callable[..., Any], home: Home
) -> None:
    closing = ("cases", "close", "C-2026-0002", "--disposition", "confirmed_leak", "--text", "Sold.")
    refused = booked(*closing)
    assert refused.code == ExitCode.NOT_PERMITTED
    assert "second person" in refused.err
    assert traces(home)[0] == ("cases close", "C-2026-0002", MINE)
    assert booked(*closing, "--second-person", MINE).code == ExitCode.NOT_PERMITTED
    agreed = booked(*closing, "--second-person", "zhao.min", "--json")
    assert agreed.code == ExitCode.OK
    assert agreed.json["case"]["second_person"] == "zhao.min"


def test_the_second_person_is_held_against_the_register_of_the_employees_feed(
    booked: Callable[..., Any], home: Home, tmp_path: Path
) -> None:
    closing = ("cases", "close", "C-2026-0002", "--disposition", "confirmed_leak", "--text", "Sold.")
    assert "No employees feed" in booked(*closing).err
    employed(home, tmp_path)
    for leader in ("M1", "m2", "\uff2d\uff11"):
        refused = booked(*closing, "--second-person", leader)
        assert refused.code == ExitCode.NOT_PERMITTED
        assert "leads E2" in refused.err
    assert booked(*closing, "--second-person", "OLD").code == ExitCode.OK


def employed(home: Home, folder: Path) -> None:
    """Take in a register of employees, with a post that is over and one that has not begun."""
    feed = folder / "employees-2026-06-18.csv"
    feed.write_text(
        "employee_id,name,role,branch_id,manager_id,valid_from\n"
        "E2,Bai Hua,teller,B1,OLD,2020-01-01\n"
        "E2,Bai Hua,teller,B1,M1,2024-01-01\n"
        "E2,Bai Hua,teller,B1,LATER,2030-01-01\n"
        "M1,Cui Yan,head,B1,M2,\n",
        encoding="utf-8",
    )
    engine = open_casebook(home, Settings())
    taken = ingest(home, Settings(), engine, [feed], clock=lambda: AT)
    engine.dispose()
    assert [file.accepted for file in taken.files] == [4]


def test_where_the_second_must_act_one_account_alone_closes_nothing(
    booked: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELLERWATCH_CASEBOOK__SECOND_PERSON_MUST_ACT", "true")
    closing = ("cases", "close", "C-2026-0002", "--disposition", "confirmed_leak", "--text", "Sold.")
    first = booked(*closing, "--json")
    assert first.code == ExitCode.OK
    assert first.json["case"]["waits_for_second"] is True
    assert first.json["case"]["status"] == "in_review"
    assert "waits for a second account" in booked(*closing).out
    monkeypatch.setattr("pipeline.cli.acting.operating_system_user", lambda: "zhao.min")
    assert booked(*closing, "--json").json["case"]["status"] == "closed"


@pytest.mark.parametrize(
    "words",
    [
        ["cases", "show", "C-2026-0404"],
        ["cases", "close", "C-2026-0001", "--disposition", "fine", "--text", "x"],
        ["cases", "close", "C-2026-0001", "--disposition", "duplicate"],
        ["cases", "close", "C-2026-0001", "--disposition", "duplicate", "--text", " "],
        ["cases", "reopen", "C-2026-0001", "--text", "x"],
        ["cases", "assign", "C-2026-0001", "a", "--due", "soon"],
        ["suppress", "remove", "404"],
        ["suppress", "add", "--reason", "x", "--until", "2026-07-01"],
        ["ledger", "verify", "--anchor", "nowhere"],
        ["verify", ".", "--key", ""],
        ["verify", ".", "--key", " "],
    ],
)
def test_what_cannot_be_carried_out_is_a_usage_error_without_a_trace_of_the_program(
    booked: Callable[..., Any], words: list[str]
) -> None:
    answer = booked(*words)
    assert answer.code == ExitCode.USAGE
    assert "Traceback" not in answer.err
    assert answer.out == ""


def test_the_choices_written_out_for_help_are_those_of_the_tables() -> None:
    assert commands.SEVERITIES == tables.SEVERITIES
    assert commands.STATUSES == tables.CASE_STATUSES
    assert commands.DISPOSITIONS == tables.DISPOSITIONS


def test_a_note_is_read_from_standard_input_and_loses_a_customers_number(
    booked: Callable[..., Any], home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("The caller, 990101199001011234,\nwas rude.\n"))
    assert booked("cases", "note", "C-2026-0003", "-").code == ExitCode.OK
    engine = open_casebook(home, Settings())
    with engine.connect() as connection:
        kept = events_of(connection, "C-2026-0003")[-1].detail["text"]
        assert get_case(connection, "C-2026-0003").status == "in_review"
    engine.dispose()
    assert kept == "The caller, [number removed],\nwas rude."


def test_a_suppression_is_added_listed_and_removed(booked: Callable[..., Any], home: Home) -> None:
    from datetime import timedelta

    until = (datetime.now(UTC).date() + timedelta(days=30)).isoformat()
    scope = ("--employee", "E1", "--reason-code", "unlinked", "--reason", "Night shift.", "--until", until)
    added = booked("suppress", "add", *scope, "--record", "HR-7", "--json")
    assert added.code == ExitCode.OK, added.err
    number = added.json["suppression"]["id"]
    assert booked("suppress", "list", "--json").json["suppressions"][0]["active"] is True
    assert "in force" in booked("suppress", "list").out
    assert booked("suppress", "remove", number).code == ExitCode.OK
    assert booked("suppress", "list", "--json").json["suppressions"] == []
    (ended,) = booked("suppress", "list", "--all", "--json").json["suppressions"]
    assert ended["removed_by"] == MINE
    assert "removed" in booked("suppress", "list", "--all").out
    wide = booked("suppress", "add", "--branch", "B1", "--reason", "x", "--until", until)
    assert wide.code == ExitCode.NOT_PERMITTED
    assert ("suppress add", "E1", MINE) in traces(home)


def test_the_account_is_the_systems_and_not_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "somebody.else")
    assert operating_system_user() != "somebody.else"


def test_a_result_is_one_json_object(booked: Callable[..., Any]) -> None:
    for words in (
        ["cases", "list"],
        ["cases", "show", "C-2026-0001"],
        ["suppress", "list"],
        ["ledger", "verify"],
    ):
        assert json.loads(booked(*words, "--json").out)["schema_version"]
