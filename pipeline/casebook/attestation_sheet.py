"""A manager's word about look-ups: a masked sheet goes out, the answers come back as evidence.

Never to a manager who is in the case: who typed or asked for one of the look-ups, or has an open case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from pipeline.casebook.case_file import Case, cases_of, events_of, get_case
from pipeline.casebook.decisions import Answer, attest
from pipeline.casebook.independence import FourEyes, same_person
from pipeline.casebook.sheet_form import (
    SheetLine,
    SheetRefusedError,
    plain_number,
    read_sheet,
    same_seal,
    same_text,
    seal_of,
    sheet_bytes,
)
from pipeline.errors import NotPermittedError, TellerwatchError, UsageError
from reports.document import LookUp

FORM = "tellerwatch attestation 1"
ASKED_STATES = ("unlinked", "mismatch")
SHOWN = {
    "sheet": "表号",
    "row": "行",
    "rows": "共",
    "case_id": "案件",
    "employee_id": "员工",
    "manager_id": "主管",
    "event_id": "查询编号",
    "occurred_at": "时间",
    "operation": "操作",
    "stated_reason": "查询原因",
    "customer": "客户代号",
    "branch": "机构",
    "terminal": "终端",
}
FILLED = {"answer": "是否属实", "words": "说明"}
COLUMNS = {**SHOWN, **FILLED, "seal": "校验码"}
ANSWERS: dict[str, Answer] = {
    "confirmed": "confirmed",
    "yes": "confirmed",
    "属实": "confirmed",
    "是": "confirmed",
    "not_confirmed": "not_confirmed",
    "no": "not_confirmed",
    "不属实": "not_confirmed",
    "否": "not_confirmed",
    "does_not_know": "does_not_know",
    "unknown": "does_not_know",
    "不清楚": "does_not_know",
}


@dataclass(frozen=True)
class Attested:
    """Answers that were taken over.

    Attributes:
        unanswered: Rows that came back empty, or not at all.
    """

    sheet: str
    case_id: str
    attested_by: str
    confirmed: int
    not_confirmed: int
    does_not_know: int
    unanswered: int


def attesting_manager(
    connection: Connection, case: Case, eyes: FourEyes, in_the_case: Collection[str], named: str = ""
) -> tuple[str, tuple[str, ...]]:
    """Find who may attest: the nearest manager who is not in the case.

    Args:
        connection: An open connection.
        case: The case.
        eyes: Who leads whom.
        in_the_case: People who typed or asked for look-ups of the case.
        named: This one, or nobody.

    Returns:
        The manager, and those nearer ones who were passed over.

    Raises:
        UsageError: The register names no manager.
        NotPermittedError: Everybody who could attest is in the case.
    """
    line = (named,) if named else eyes.line_above(case.employee_id)
    if not line:
        raise UsageError(
            f"The employees feed names nobody who leads {case.employee_id}, so nobody can be asked.",
            "Name a manager with --manager ID.",
        )
    passed_over: list[str] = []
    for manager in line:
        person = eyes.person(manager)
        entangled = any(same_person(person, other) for other in (case.employee_id, *in_the_case))
        if not entangled and not any(item.open for item in cases_of(connection, person)):
            return manager, tuple(passed_over)
        passed_over.append(manager)
    raise NotPermittedError(
        f"{', '.join(passed_over)} cannot attest: in the case themselves, or with an open case of their own.",
        "Name somebody else who knows the branch's business: --manager ID.",
    )


def attestation_sheet(
    case: Case, manager: str, lookups: Sequence[LookUp], *, key: bytes, most: int, at: datetime
) -> tuple[str, int, bytes]:
    """Write look-ups without business as a sheet for a manager; customers stand under aliases.

    Args:
        case: The case.
        manager: Who is asked.
        lookups: The person's look-ups as the dossier shows them.
        key: The installation's sheet key.
        most: At most so many rows, the newest.
        at: Now; part of the sheet's number.

    Returns:
        The sheet's number, its rows, its bytes.

    Raises:
        UsageError: There is no such look-up.
    """
    asked = [row for row in lookups if row.state in ASKED_STATES]
    asked = sorted(asked, key=lambda row: (row.occurred_at, row.event_id), reverse=True)[:most]
    if not asked:
        raise UsageError(
            f"{case.case_id} has no look-up without business, so there is nothing to attest.",
            f"`tellerwatch investigate {case.employee_id} --case {case.case_id}` shows what there is.",
        )
    drawn = "\n".join([case.case_id, manager, at.isoformat(), *(row.event_id for row in asked)])
    sheet = "A-" + hashlib.sha256(drawn.encode()).hexdigest()[:10]
    rows = []
    for number, row in enumerate(asked, start=1):
        shown: dict[str, object] = {
            "sheet": sheet,
            "row": number,
            "rows": len(asked),
            "case_id": case.case_id,
            "employee_id": case.employee_id,
            "manager_id": manager,
            "event_id": row.event_id,
            # With the T and the offset no spreadsheet takes it for a date and rewrites it.
            "occurred_at": row.occurred_at.isoformat(timespec="minutes"),
            "operation": row.operation,
            "stated_reason": row.reason,
            "customer": row.subject,
            "branch": row.branch,
            "terminal": row.terminal,
        }
        rows.append({**shown, "seal": seal_of(key, _under_seal(shown, case.employee_id, manager))})
    return sheet, len(asked), sheet_bytes(COLUMNS, rows)


def take_over_answers(
    connection: Connection, path: Path, *, key: bytes, actor: str, at: datetime, eyes: FourEyes
) -> Attested:
    """Check every row of an answered sheet, and write the answers into the case: all of them, or none.

    Args:
        connection: A transaction that writes (`engine.writing`).
        path: The answered sheet.
        key: The installation's sheet key.
        actor: The operating-system user who imports.
        at: Now.
        eyes: Who may attest and who may decide.

    Raises:
        UsageError: It is no such sheet, or without an answer.
        SheetRefusedError: A row was tampered with, or its answer cannot be read.
        NotPermittedError: The manager has a case by now, or the importer is the person in question.
    """
    lines = read_sheet(path, list(COLUMNS))
    first = lines[0]
    case, manager, sheet = (
        get_case(connection, first["case_id"], eyes.oneself(actor)),
        first["manager_id"],
        first["sheet"],
    )
    wrong: dict[int, str] = {}
    answers: list[dict[str, str]] = []
    for line in lines:
        try:
            answer = _checked(line, case, manager, sheet, key)
        except TellerwatchError as error:
            wrong[line.line] = error.what
            continue
        if any(given["event_id"] == line["event_id"] for given in answers):
            wrong[line.line] = f"{line['event_id']} stands on the sheet twice."
        elif answer:
            answers.append({"event_id": line["event_id"], "answer": answer, "text": line["words"]})
    if wrong:
        raise SheetRefusedError(path, wrong)
    if any(event.detail.get("sheet") == sheet for event in events_of(connection, case.case_id)):
        raise UsageError(f"The sheet {sheet} was taken over already.", "A new one: `cases attest-sheet`.")
    if not answers:
        raise UsageError(f"{path.name} holds no answer.", "Fill in the column `answer`: yes, no or unknown.")
    given = [answer["answer"] for answer in answers]
    tally = {name: given.count(name) for name in ("confirmed", "not_confirmed", "does_not_know")}
    overall: Answer = (
        "not_confirmed"
        if tally["not_confirmed"]
        else "does_not_know"
        if tally["does_not_know"]
        else "confirmed"
    )
    attest(
        connection,
        case.case_id,
        attested_by=manager,
        answer=overall,
        text=", ".join(f"{count} {name}" for name, count in tally.items() if count),
        actor=actor,
        at=at,
        eyes=eyes,
        more={"sheet": sheet, "answers": answers},
    )
    rows = int(plain_number(first["rows"]))
    return Attested(sheet, case.case_id, manager, **tally, unanswered=rows - len(answers))


def _under_seal(shown: dict[str, object], employee_id: str, manager: str) -> list[object]:
    loose = ("employee_id", "manager_id", "event_id", "branch", "terminal")  # leading zeros may go
    stable = [shown[name] for name in SHOWN if name not in loose]
    return [FORM, employee_id, manager, *(str(shown[name]).lstrip("0") for name in loose[2:]), *stable]


def _checked(line: SheetLine, case: Case, manager: str, sheet: str, key: bytes) -> Answer | None:
    shown: dict[str, object] = {
        name: plain_number(cell) if name in ("row", "rows", "event_id", "branch", "terminal") else cell
        for name, cell in line.cells.items()
    }
    sealed = same_seal(line["seal"], seal_of(key, _under_seal(shown, case.employee_id, manager)))
    same = line["case_id"] == case.case_id and line["manager_id"] == manager and line["sheet"] == sheet
    if not sealed or not same or not same_text(line["employee_id"], case.employee_id):
        raise UsageError(
            "what was exported in this row was changed, or it is of another sheet or another installation."
        )
    if not line["answer"]:
        return None
    answer = ANSWERS.get(line["answer"].casefold())
    if answer is None:
        raise UsageError(f"there is no answer {line['answer']!r}; it is yes, no or unknown.")
    return answer
