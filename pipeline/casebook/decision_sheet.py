"""Decisions on a sheet: cases go out, each row sealed; the officers' answers come back, each row checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from pipeline.casebook import decisions
from pipeline.casebook.case_file import Case, events_of, get_case
from pipeline.casebook.case_writing import hold_cases
from pipeline.casebook.independence import FourEyes
from pipeline.casebook.scores import ReasonRow
from pipeline.casebook.sheet_form import (
    SheetLine,
    SheetRefusedError,
    plain_day,
    plain_number,
    read_sheet,
    same_seal,
    same_text,
    seal_of,
    sheet_bytes,
)
from pipeline.casebook.tables import DISPOSITIONS
from pipeline.errors import TellerwatchError, UsageError
from reports.words import say

FORM = "tellerwatch decisions 1"
SHOWN = {
    "sheet": "表号",
    "row": "行",
    "rows": "共",
    "case_id": "案件",
    "employee_id": "员工",
    "opened_on": "立案日",
    "severity": "级别",
    "status": "状态",
    "unexplained": "无业务查询",
    "why": "原因",
}
FILLED = {
    "decided_by": "决定人",
    "owner": "经办人",
    "due_on": "期限",
    "disposition": "结论",
    "reason": "理由",
    "second_person": "复核人",
    "note": "备注",
}
SEALED = {"state": "版本", "seal": "校验码"}
COLUMNS = {**SHOWN, **FILLED, **SEALED}
_MOVES = frozenset({"opened", "new_evidence", "reopened", "closed", "attested"})


@dataclass(frozen=True)
class TakenOver:
    """What one row has done.

    Attributes:
        acts: `assigned`, `noted`, `closed` or `waits_for_second`; empty for a row without a decision.
    """

    case_id: str
    row: int
    acts: tuple[str, ...]


@dataclass(frozen=True)
class SheetTaken:
    """A decision sheet that was taken over as a whole.

    Attributes:
        missing: Rows of the sheet that did not come back; their cases are as they were.
    """

    sheet: str
    rows: tuple[TakenOver, ...]
    missing: int


def decision_sheet(
    connection: Connection,
    cases: Sequence[Case],
    reasons: Mapping[str, Sequence[ReasonRow]],
    *,
    key: bytes,
    language: str,
    actor: str,
    at: datetime,
    shown_as: Callable[[str], str] = str,
) -> tuple[str, bytes]:
    """Write cases as a sheet for officers to fill in.

    Args:
        connection: An open connection.
        cases: Which, in this order.
        reasons: Each case's reasons, the most telling first.
        key: The installation's sheet key.
        language: `zh` or `en`, of the reason shown.
        actor: Who exports; part of the sheet's number.
        at: Now; likewise.
        shown_as: Puts codes in the place of employees, where staff is shown so.

    Returns:
        The sheet's number and its bytes.
    """
    drawn = "\n".join([actor, at.isoformat(), *(case.case_id for case in cases)])
    sheet = "D-" + hashlib.sha256(drawn.encode()).hexdigest()[:10]
    rows = []
    for number, case in enumerate(cases, start=1):
        why = next(
            (row.text_zh if language == "zh" else row.text_en for row in reasons.get(case.case_id, ())), ""
        )
        shown = {
            "sheet": sheet,
            "row": number,
            "rows": len(cases),
            "case_id": case.case_id,
            "employee_id": shown_as(case.employee_id),
            "opened_on": case.opened_on,
            "severity": case.severity,
            "status": case.status,
            "unexplained": case.unexplained,
            "why": shown_as(" ".join(why.split())),
            "state": _state(connection, case.case_id),
        }
        rows.append({**shown, "seal": seal_of(key, _under_seal(shown, case.employee_id))})
    return sheet, sheet_bytes(COLUMNS, rows)


def take_over(
    connection: Connection,
    path: Path,
    *,
    key: bytes,
    actor: str,
    at: datetime,
    eyes: FourEyes,
    person: Callable[[str], str] = str,
) -> SheetTaken:
    """Check every row of a filled sheet and carry out its decisions: all of them, or none.

    Args:
        connection: A transaction that writes (`engine.writing`).
        path: The filled sheet.
        key: The installation's sheet key.
        actor: The operating-system user who imports.
        at: Now.
        eyes: When a second person is needed, and who cannot be one.
        person: Tells who is meant by a code, where staff is shown so.

    Raises:
        UsageError: It is no such sheet.
        SheetRefusedError: A row was tampered with, is out of date, or cannot be carried out.
    """
    lines = read_sheet(path, [*SHOWN, *SEALED])
    hold_cases(connection)
    wrong: dict[int, str] = {}
    done: list[TakenOver] = []
    seen: dict[str, int] = {}
    for line in lines:
        try:
            # Asked first: once its first row is carried out, the second would seem out of date.
            if (first := seen.setdefault(line["case_id"], line.line)) != line.line:
                raise UsageError(f"{line['case_id']} stands in line {first} already: leave one of the two.")
            case = _checked(connection, line, key, lines[0]["sheet"], person, eyes.oneself(actor))
            with connection.begin_nested():
                acts = _carried_out(connection, case, line, actor, at, eyes)
            done.append(TakenOver(case.case_id, int(plain_number(line["row"])), acts))
        except TellerwatchError as error:
            wrong[line.line] = error.what
    if wrong:
        raise SheetRefusedError(path, wrong)
    return SheetTaken(lines[0]["sheet"], tuple(done), int(plain_number(lines[0]["rows"])) - len(done))


def _state(connection: Connection, case_id: str) -> int:
    """Count what makes an older sheet out of date; a night that merely saw the person again does not."""
    return sum(event.kind in _MOVES for event in events_of(connection, case_id))


def _under_seal(shown: Mapping[str, object], employee_id: str) -> list[object]:
    stable = ("sheet", "row", "rows", "case_id", "severity", "status", "unexplained", "why", "state")
    day = shown["opened_on"]
    return [FORM, employee_id, str(day), *(shown[name] for name in stable)]


def _checked(
    connection: Connection,
    line: SheetLine,
    key: bytes,
    sheet: str,
    person: Callable[[str], str],
    hidden: Callable[[str], bool],
) -> Case:
    """Hold a row against its seal, and against the case as it stands now."""
    case = get_case(connection, line["case_id"], hidden)
    shown: dict[str, object] = dict(line.cells)
    try:
        shown |= {name: plain_number(line[name]) for name in ("row", "rows", "unexplained", "state")}
        shown["opened_on"] = plain_day(line["opened_on"])
    except ValueError as error:
        raise UsageError(str(error)) from error
    shown["why"] = " ".join(line["why"].split())
    sealed = same_seal(line["seal"], seal_of(key, _under_seal(shown, case.employee_id)))
    if not sealed or not same_text(person(line["employee_id"]), case.employee_id) or line["sheet"] != sheet:
        raise UsageError(
            "what was exported in this row was changed, or it is of another sheet or another installation."
        )
    if shown["state"] != str(_state(connection, case.case_id)):
        raise UsageError(f"{case.case_id} has moved on since the sheet was written.")
    return case


def _carried_out(
    connection: Connection, case: Case, line: SheetLine, actor: str, at: datetime, eyes: FourEyes
) -> tuple[str, ...]:
    if not any(line[name] for name in FILLED):
        return ()
    decider = line["decided_by"]
    if not decider:
        raise UsageError("decided_by is empty: a decision needs somebody who took it.")
    eyes.check_actor(decider, case.employee_id)
    by = f"[{line['sheet']} row {plain_number(line['row'])}, decided by {decider}]"
    acts: list[str] = []
    if line["owner"] or line["due_on"]:
        try:
            due = plain_day(line["due_on"])
        except ValueError as error:
            raise UsageError(f"due_on: {error}") from error
        owner = line["owner"] or case.owner or ""
        decisions.assign(connection, case.case_id, owner=owner, actor=actor, at=at, due_on=due, eyes=eyes)
        acts.append("assigned")
    if line["note"]:
        words = f"{line['note']} {by}"
        decisions.note(connection, case.case_id, text=words, actor=actor, at=at, eyes=eyes)
        acts.append("noted")
    if line["disposition"]:
        acts.append(_closed(connection, case, line, decider, by, actor, at, eyes))
    elif line["reason"] or line["second_person"]:
        raise UsageError("reason or second_person is filled in, but no disposition.")
    if not acts:
        raise UsageError("decided_by is filled in, but no decision.")
    return tuple(acts)


def _closed(
    connection: Connection,
    case: Case,
    line: SheetLine,
    decider: str,
    by: str,
    actor: str,
    at: datetime,
    eyes: FourEyes,
) -> str:
    """Close a case on the word of whoever decided; the four eyes are theirs as well as the importer's."""
    if not line["reason"]:
        raise UsageError("disposition is filled in, but no reason in words.")
    second = line["second_person"] or None
    if second is not None:
        eyes.check_second(decider, second, case.employee_id)
    elif (why := eyes.why_second(decider, case.employee_id, case.severity)) and not eyes.must_act:
        raise UsageError(f"{case.case_id} needs a second person ({why}): second_person is empty.")
    closing = decisions.close(
        connection,
        case.case_id,
        disposition=disposition_of(line["disposition"]),
        text=f"{line['reason']} {by}",
        actor=actor,
        at=at,
        second_person=second,
        decided_by=decider,
        eyes=eyes,
    )
    return "waits_for_second" if closing.waits_for_second else "closed"


def disposition_of(words: str) -> str:
    """Read a disposition as its code, or as its name in either language.

    Raises:
        UsageError: There is none of this name.
    """
    known = {code: code for code in DISPOSITIONS}
    for code in DISPOSITIONS:
        name = say(f"facts.disposition.{code}")
        known |= {name.en.casefold(): code, name.zh: code}
    found = known.get(words.strip().casefold())
    if found is None:
        raise UsageError(f"there is no disposition {words!r}; it is one of {', '.join(DISPOSITIONS)}.")
    return found
