"""Decisions that come back on a sheet, on each database."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from pipeline.casebook.case_file import events_of, get_case, list_cases, reasons_of
from pipeline.casebook.decision_sheet import SheetTaken, decision_sheet, disposition_of, take_over
from pipeline.casebook.decisions import close, note
from pipeline.casebook.engine import writing
from pipeline.casebook.independence import FourEyes
from pipeline.casebook.scores import write_reasons
from pipeline.casebook.sheet_form import SheetRefusedError, plain_day
from pipeline.casebook.tables import DISPOSITIONS
from pipeline.errors import NotPermittedError, UsageError
from tests.casebook.filling import Row, fill, rows_of, save_csv, save_workbook
from tests.casebook.nights import NOW, alert, done, later, reason

KEY = b"k" * 32
EYES = FourEyes("high", managers={"007": "M1", "M1": "M2"})
FIRST, SECOND, GRAVE = "C-2026-0001", "C-2026-0002", "C-2026-0003"
CLOSE = {"decided_by": "chen.jing", "disposition": "explained_business", "reason": "A campaign."}


@pytest.fixture
def rows(engine: Engine) -> list[Row]:
    """Three cases on a sheet: one of somebody whose number begins with zeros, one grave."""
    with writing(engine) as connection:
        run = done(connection)
        people = (("007", "medium"), ("E2", "low"), ("E3", "high"))
        write_reasons(connection, run.run_id, [reason(employee_id=person) for person, _ in people])
        for person, severity in people:
            alert(connection, run, person, severity=severity)
        return rows_of(exported(connection))


def exported(connection: Connection, key: bytes = KEY) -> bytes:
    cases = sorted(list_cases(connection), key=lambda case: case.case_id)
    reasons = reasons_of(connection, cases)
    return decision_sheet(connection, cases, reasons, key=key, language="zh", actor="zhao.min", at=NOW)[1]


def taken(engine: Engine, path: Path, actor: str = "zhao.min", eyes: FourEyes = EYES) -> SheetTaken:
    with writing(engine) as connection:
        return take_over(connection, path, key=KEY, actor=actor, at=later(days=2), eyes=eyes)


def refused(engine: Engine, path: Path, **more: Any) -> dict[int, str]:
    with pytest.raises(SheetRefusedError) as caught:
        taken(engine, path, **more)
    with engine.connect() as connection:
        assert all(len(events_of(connection, case.case_id)) == 1 for case in list_cases(connection))
    assert all(f"line {line}" in str(caught.value) for line in caught.value.wrong)
    return caught.value.wrong


def test_a_sheet_shows_what_an_officer_needs_and_leaves_the_answers_empty(rows: list[Row]) -> None:
    assert [row["case_id"] for row in rows] == [FIRST, SECOND, GRAVE]
    assert rows[0]["employee_id"] == "007"
    assert "40 次查询中有 12 次" in rows[0]["why"]
    assert {row["disposition"] + row["decided_by"] for row in rows} == {""}
    assert len({row["sheet"] for row in rows}) == 1


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("s.csv", {}),
        ("s.csv", {"encoding": "gb18030"}),
        ("s.csv", {"encoding": "utf-16", "separator": "\t"}),
        ("s.csv", {"separator": ";"}),
        ("s.xlsx", None),
    ],
)
def test_decisions_are_carried_out_however_the_spreadsheet_has_saved_the_sheet(
    engine: Engine, rows: list[Row], tmp_path: Path, name: str, how: dict[str, str] | None
) -> None:
    owner = {"decided_by": "chen.jing", "owner": "sun.li", "due_on": "2026-06-30", "note": "请核实。"}
    filled = fill(rows, {FIRST: dict(CLOSE), SECOND: owner})
    path = tmp_path / name
    save_workbook(filled, path) if how is None else save_csv(filled, path, **how)
    answer = taken(engine, path)
    assert [(row.case_id, row.acts) for row in answer.rows] == [
        (FIRST, ("closed",)),
        (SECOND, ("assigned", "noted")),
        (GRAVE, ()),
    ]
    assert answer.missing == 0
    with engine.connect() as connection:
        closed, second = get_case(connection, FIRST), get_case(connection, SECOND)
        last = events_of(connection, FIRST)[-1]
        assert len(events_of(connection, GRAVE)) == 1
    assert (closed.status, closed.disposition) == ("closed", "explained_business")
    assert (second.owner, second.due_on) == ("sun.li", date(2026, 6, 30))
    assert last.actor == "zhao.min"
    assert last.detail["text"] == f"A campaign. [{rows[0]['sheet']} row 1, decided by chen.jing]"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("case_id", SECOND),
        ("case_id", "C-2026-0404"),
        ("employee_id", "E3"),
        ("severity", "low"),
        ("status", "in_review"),
        ("unexplained", "1"),
        ("why", "Nothing to see."),
        ("opened_on", "2026-06-17"),
        ("row", "2"),
        ("rows", "4"),
        ("sheet", "D-0000000000"),
        ("state", "2"),
        ("seal", "s-" + "0" * 32),
        ("seal", ""),
    ],
)
def test_whatever_was_exported_and_changed_is_found_and_nothing_is_taken_over(
    engine: Engine, rows: list[Row], tmp_path: Path, column: str, value: str
) -> None:
    filled = fill(rows, {FIRST: dict(CLOSE), SECOND: dict(CLOSE)})
    filled[0] = {**filled[0], column: value}
    assert 2 in refused(engine, save_csv(filled, tmp_path / "s.csv"))


def test_two_case_numbers_exchanged_are_found_in_both_rows(
    engine: Engine, rows: list[Row], tmp_path: Path
) -> None:
    rows[0]["case_id"], rows[2]["case_id"] = rows[2]["case_id"], rows[0]["case_id"]
    assert set(refused(engine, save_csv(fill(rows, {FIRST: dict(CLOSE)}), tmp_path / "s.csv"))) == {2, 4}


def test_a_row_twice_is_found_and_a_row_left_out_is_counted(
    engine: Engine, rows: list[Row], tmp_path: Path
) -> None:
    assert set(refused(engine, save_csv([*rows, rows[0]], tmp_path / "twice.csv"))) == {5}
    # With a decision too, which would have moved the case on by its first row.
    decided = fill(rows, {FIRST: dict(CLOSE)})
    told = refused(engine, save_csv([*decided, decided[0]], tmp_path / "decided.csv"))
    assert told == {5: f"{FIRST} stands in line 2 already: leave one of the two."}
    assert taken(engine, save_csv(rows[:1], tmp_path / "one.csv")).missing == 2


def test_the_order_of_rows_is_the_officers_own(engine: Engine, rows: list[Row], tmp_path: Path) -> None:
    path = save_csv(fill(rows, {FIRST: dict(CLOSE)})[::-1], tmp_path / "s.csv")
    assert taken(engine, path).rows[-1].acts == ("closed",)


def test_a_sheet_of_another_installation_is_refused(engine: Engine, tmp_path: Path, rows: list[Row]) -> None:
    with engine.connect() as connection:
        foreign = rows_of(exported(connection, b"other" * 8))
    assert set(refused(engine, save_csv(foreign, tmp_path / "s.csv"))) == {2, 3, 4}


def test_a_sheet_is_out_of_date_once_a_case_has_moved_but_not_by_a_note(
    engine: Engine, rows: list[Row], tmp_path: Path
) -> None:
    path = save_csv(fill(rows, {FIRST: dict(CLOSE)}), tmp_path / "s.csv")
    with writing(engine) as connection:
        note(connection, FIRST, text="Called.", actor="chen.jing", at=NOW)
    assert taken(engine, path).rows[0].acts == ("closed",)
    with pytest.raises(SheetRefusedError, match="has moved on"):
        taken(engine, path)


@pytest.mark.parametrize(
    ("case", "filled", "words"),
    [
        (FIRST, {"disposition": "duplicate", "reason": "x"}, "decided_by is empty"),
        (FIRST, {**CLOSE, "reason": ""}, "no reason in words"),
        (FIRST, {**CLOSE, "disposition": "fine"}, "no disposition 'fine'"),
        (FIRST, {**CLOSE, "decided_by": "007"}, "cannot decide about 007"),
        (FIRST, {"decided_by": "chen.jing"}, "no decision"),
        (FIRST, {"decided_by": "chen.jing", "reason": "x"}, "but no disposition"),
        (FIRST, {"decided_by": "chen.jing", "owner": "a", "due_on": "soon"}, "soon is no day"),
        (FIRST, {"decided_by": "chen.jing", "due_on": "2026-06-30"}, "whom to assign it to"),
        (FIRST, {**CLOSE, "decided_by": "M2"}, "second_person is empty"),
        (GRAVE, CLOSE, "second_person is empty"),
        (GRAVE, {**CLOSE, "second_person": "chen.jing"}, "is the one who decides"),
        (GRAVE, {**CLOSE, "second_person": "zhao.min"}, "is the one who decides"),
        (GRAVE, {**CLOSE, "second_person": "E3"}, "is the person in question"),
        (FIRST, {**CLOSE, "second_person": "m1"}, "leads 007"),
    ],
)
def test_a_row_that_cannot_be_carried_out_is_named_with_its_reason(
    engine: Engine, rows: list[Row], tmp_path: Path, case: str, filled: Row, words: str
) -> None:
    good = {SECOND: dict(CLOSE)}
    wrong = refused(engine, save_csv(fill(rows, {**good, case: dict(filled)}), tmp_path / "s.csv"))
    assert len(wrong) == 1
    assert words in next(iter(wrong.values()))


def test_a_grave_case_closes_on_the_word_of_two(engine: Engine, rows: list[Row], tmp_path: Path) -> None:
    path = save_csv(fill(rows, {GRAVE: {**CLOSE, "second_person": "sun.li"}}), tmp_path / "s.csv")
    assert taken(engine, path).rows[2].acts == ("closed",)
    with engine.connect() as connection:
        assert get_case(connection, GRAVE).second_person == "sun.li"


def test_where_the_second_must_act_the_sheet_closes_when_another_account_imports_it_too(
    engine: Engine, rows: list[Row], tmp_path: Path
) -> None:
    eyes = FourEyes("high", must_act=True)
    path = save_csv(fill(rows, {GRAVE: dict(CLOSE)}), tmp_path / "s.csv")
    assert taken(engine, path, eyes=eyes).rows[2].acts == ("waits_for_second",)
    assert taken(engine, path, eyes=eyes).rows[2].acts == ("waits_for_second",)
    assert taken(engine, path, actor="sun.li", eyes=eyes).rows[2].acts == ("closed",)


@pytest.mark.parametrize("second", ["chen.jing", " Chen.Jing"])
def test_where_the_second_must_act_whoever_decided_on_the_sheet_cannot_close_by_importing_it_again(
    engine: Engine, rows: list[Row], tmp_path: Path, second: str
) -> None:
    eyes = FourEyes("high", must_act=True)
    path = save_csv(fill(rows, {GRAVE: dict(CLOSE)}), tmp_path / "s.csv")
    assert taken(engine, path, eyes=eyes).rows[2].acts == ("waits_for_second",)
    with pytest.raises(SheetRefusedError, match="is the one who decides"):
        taken(engine, path, actor=second, eyes=eyes)
    with writing(engine) as connection, pytest.raises(NotPermittedError, match="is the one who decides"):
        close(
            connection,
            GRAVE,
            disposition="explained_business",
            text="At the terminal.",
            actor=second,
            at=later(days=3),
            eyes=eyes,
        )
    with engine.connect() as connection:
        assert get_case(connection, GRAVE).open


def test_where_the_second_must_act_a_sheet_with_the_same_decision_is_no_second_persons(
    engine: Engine, rows: list[Row], tmp_path: Path
) -> None:
    eyes = FourEyes("high", must_act=True)
    path = save_csv(fill(rows, {GRAVE: dict(CLOSE)}), tmp_path / "s.csv")
    acts: dict[str, Any] = {"disposition": "explained_business", "text": "Sold.", "at": NOW, "eyes": eyes}
    with writing(engine) as connection:
        assert close(connection, GRAVE, actor="chen.jing", **acts).waits_for_second
    with pytest.raises(SheetRefusedError, match="is the one who decides"):
        taken(engine, path, eyes=eyes)
    other = save_csv(fill(rows, {GRAVE: {**CLOSE, "decided_by": "sun.li"}}), tmp_path / "o.csv")
    assert taken(engine, other, eyes=eyes).rows[2].acts == ("closed",)


def test_where_the_second_must_act_a_decider_of_the_persons_line_needs_one_whoever_imports(
    engine: Engine, rows: list[Row], tmp_path: Path
) -> None:
    eyes = FourEyes("high", must_act=True, managers={"007": "M1"})
    path = save_csv(fill(rows, {FIRST: {**CLOSE, "decided_by": "M1"}}), tmp_path / "s.csv")
    assert taken(engine, path, eyes=eyes).rows[0].acts == ("waits_for_second",)


@pytest.mark.parametrize("code", DISPOSITIONS)
def test_a_disposition_is_known_by_its_code_and_by_its_name_in_either_language(code: str) -> None:
    from reports.words import say

    name = say(f"facts.disposition.{code}")
    assert {disposition_of(words) for words in (code, code.upper(), name.en, name.zh)} == {code}


@pytest.mark.parametrize("text", ["2026-06-30", "2026/6/30", "2026.6.30", "20260630", "2026-06-30T00:00:00"])
def test_a_day_is_read_as_spreadsheets_write_it(text: str) -> None:
    assert plain_day(text) == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is missing"),
        (b"a,b\r\n1,2\r\n", "is missing"),
        (b"PK\x03\x04nonsense", "no workbook"),
        (b"\xff\xfe\x00", "no text"),
    ],
)
def test_what_is_no_sheet_is_refused_in_words(
    engine: Engine, tmp_path: Path, body: bytes, words: str
) -> None:
    path = tmp_path / "s.csv"
    path.write_bytes(body)
    with pytest.raises(UsageError, match=words):
        taken(engine, path)


def test_a_formula_in_a_reason_is_led_by_an_apostrophe_and_comes_back_as_it_was(
    engine: Engine, tmp_path: Path
) -> None:
    with writing(engine) as connection:
        run = done(connection)
        shown = [reason(employee_id="E1")]
        write_reasons(connection, run.run_id, [_with_words(shown[0], "=1+1")])
        alert(connection, run)
        rows = rows_of(exported(connection))
    assert rows[0]["why"] == "'=1+1"
    assert taken(engine, save_csv(rows, tmp_path / "s.csv")).rows[0].acts == ()


def _with_words(row: Any, words: str) -> Any:
    from dataclasses import replace

    return replace(row, text_zh=words)
