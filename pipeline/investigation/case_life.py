"""Cases as they stood when a night had been written, folded from their events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, select

from pipeline.casebook.case_file import CaseEvent, Severity, severity_rank
from pipeline.casebook.cases import NIGHT
from pipeline.casebook.runs import Run
from pipeline.casebook.tables import case_events, cases

Change = Literal["", "new", "continued", "reopened"]
_TOLD = ("opened", "continued", "new_evidence", "reopened")


@dataclass(frozen=True)
class CaseThen:
    """A case as of one run.

    Attributes:
        change: What the night did to it; empty when it did not see the person.
        unexplained_before: The figure of the last night before; None where there was none.
        events: Its history up to then, oldest first.
    """

    case_id: str
    employee_id: str
    opened_on: date
    severity: Severity = "low"
    status: Literal["new", "in_review", "closed"] = "new"
    score: float = 0.0
    unexplained: int = 0
    last_night: date | None = None
    owner: str = ""
    due_on: date | None = None
    disposition: str = ""
    aware_at: datetime | None = None
    change: Change = ""
    unexplained_before: int | None = None
    why: tuple[str, ...] = ()
    events: tuple[CaseEvent, ...] = ()

    @property
    def open(self) -> bool:
        """Whether it still waited for a decision."""
        return self.status != "closed"


def cases_then(
    connection: Connection, run: Run, employee_id: str | None = None, known_at: datetime | None = None
) -> list[CaseThen]:
    """List the cases that were there when a run had ended, as they stood then.

    Args:
        connection: An open connection.
        run: The run; what later nights did does not count.
        employee_id: This person's alone.
        known_at: What people did after this moment does not count; None takes the end of the run, so that a
            page drawn again is the same.
    """
    query = select(cases.c.case_id, cases.c.employee_id, cases.c.opened_on).where(
        cases.c.opened_on <= run.night
    )
    if employee_id is not None:
        query = query.where(cases.c.employee_id == employee_id)
    listed = connection.execute(query.order_by(cases.c.case_id)).all()
    if not listed:
        return []
    wanted = select(case_events).order_by(case_events.c.id)
    if employee_id is not None:
        wanted = wanted.where(case_events.c.case_id.in_([row.case_id for row in listed]))
    history: dict[str, list[CaseEvent]] = {}
    for row in connection.execute(wanted):
        event = CaseEvent(row.at, row.actor, row.kind, row.detail)
        if _counts(event, run, known_at or run.finished_at):
            history.setdefault(row.case_id, []).append(event)
    return [
        _folded(CaseThen(row.case_id, row.employee_id, row.opened_on), history[row.case_id], run.night)
        for row in listed
        if row.case_id in history
    ]


def _counts(event: CaseEvent, run: Run, known_at: datetime | None) -> bool:
    if event.actor == NIGHT and "night" in event.detail:
        return str(event.detail["night"]) <= run.night.isoformat()
    return known_at is None or event.at <= known_at


def _folded(case: CaseThen, events: Sequence[CaseEvent], night: date) -> CaseThen:
    for event in events:
        case = _after(case, event, night)
    return replace(case, events=tuple(events))


def _after(case: CaseThen, event: CaseEvent, night: date) -> CaseThen:
    detail = event.detail
    if event.actor == NIGHT and event.kind in _TOLD:
        return case if detail.get("closed") else _told(case, event, night)
    if event.kind == "assigned":
        due = detail.get("due_on")
        return replace(
            case, owner=detail.get("owner") or "", due_on=date.fromisoformat(due) if due else case.due_on
        )
    if event.kind == "status" and detail.get("to") == "in_review":
        return replace(case, status="in_review", aware_at=case.aware_at or event.at)
    if event.kind == "status" and detail.get("aware_at"):
        return replace(case, aware_at=datetime.fromisoformat(detail["aware_at"]))
    if event.kind == "closed":
        return replace(case, status="closed", disposition=detail.get("disposition") or "")
    if event.kind == "reopened":
        return replace(case, status="in_review", disposition="", aware_at=event.at)
    return case


def _told(case: CaseThen, event: CaseEvent, night: date) -> CaseThen:
    """Take the figures that a night brought; a re-score of an older night leaves those of the last one."""
    detail: dict[str, Any] = event.detail
    seen = date.fromisoformat(detail["night"])
    if event.kind == "reopened":
        case = replace(case, status="new", disposition="", aware_at=None)
    if case.last_night is not None and seen < case.last_night:
        return case
    before = (
        case.unexplained
        if case.last_night is not None and case.last_night < seen
        else case.unexplained_before
    )
    change: Change = ""
    if seen == night:
        change = "new" if event.kind == "opened" else "reopened" if event.kind == "reopened" else "continued"
        if case.change and case.last_night == seen:
            change = case.change  # the same night told twice, as after a re-score: the first telling names it
    worst = max(case.severity, detail["severity"], key=severity_rank)
    return replace(
        case,
        severity=worst,
        score=float(detail["score"]),
        unexplained=int(detail["unexplained"]),
        last_night=seen,
        unexplained_before=before,
        change=change,
        why=tuple(detail.get("news", ())),
    )
