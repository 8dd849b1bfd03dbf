"""What the casebook holds of a case: its state, its history, the nights on which it was seen."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, Literal

from sqlalchemy import Connection, case, select

from pipeline.casebook.scores import ReasonRow, read_reasons
from pipeline.casebook.tables import SEVERITIES, case_events, case_nights, cases
from pipeline.errors import UsageError

Severity = Literal["low", "medium", "high", "critical"]
CaseStatus = Literal["new", "in_review", "closed"]


@dataclass(frozen=True)
class Case:
    """One person's case as it stands."""

    case_id: str
    employee_id: str
    opened_on: date
    opened_run: str
    last_night: date
    severity: Severity
    status: CaseStatus
    score: float
    p_value: float
    unexplained: int
    owner: str | None = None
    due_on: date | None = None
    disposition: str | None = None
    disposition_text: str | None = None
    second_person: str | None = None
    aware_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it still waits for a decision."""
        return self.status != "closed"


@dataclass(frozen=True)
class CaseEvent:
    """One thing that happened to a case."""

    at: datetime
    actor: str
    kind: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class CaseNight:
    """One night on which the person was seen, while the case was open or after."""

    night: date
    run_id: str
    score: float
    p_value: float
    rank: int
    unexplained: int


def severity_rank(severity: str) -> int:
    """Return 0 for the lowest severity, more for a higher one."""
    return SEVERITIES.index(severity)


def get_case(connection: Connection, case_id: str, hidden: Callable[[str], bool] | None = None) -> Case:
    """Read one case.

    Args:
        connection: An open connection.
        case_id: Which case.
        hidden: Says of an employee whether a case about them is to look as if there were none, as one about
            whoever asks does: a refusal would tell them that they are in question.

    Raises:
        UsageError: There is none of this id; the nearest ones are named.
    """
    row = connection.execute(select(cases).where(cases.c.case_id == case_id)).mappings().first()
    if row is None or (hidden is not None and hidden(row["employee_id"])):
        known = [
            str(found.case_id)
            for found in connection.execute(select(cases.c.case_id, cases.c.employee_id))
            if hidden is None or not hidden(found.employee_id)
        ]
        near = get_close_matches(case_id, known, n=3, cutoff=0.6)
        raise UsageError(
            f"There is no case {case_id} that this account may see.",
            f"Did you mean {', '.join(near)}?" if near else "`tellerwatch cases list` shows every case.",
        )
    return Case(**row)


def list_cases(
    connection: Connection,
    *,
    statuses: Collection[str] | None = None,
    severities: Collection[str] | None = None,
    employee_id: str | None = None,
    owner: str | None = None,
    opened_from: date | None = None,
    opened_to: date | None = None,
) -> list[Case]:
    """List cases: open before closed, then the gravest, the least likely by chance, the oldest.

    Args:
        connection: An open connection.
        statuses: These alone; None for all.
        severities: These alone; None for all.
        employee_id: This person's alone.
        owner: Those assigned to this officer alone.
        opened_from: Opened on this day or later.
        opened_to: Opened on this day or earlier.
    """
    query = select(cases)
    if statuses is not None:
        query = query.where(cases.c.status.in_(statuses))
    if severities is not None:
        query = query.where(cases.c.severity.in_(severities))
    if employee_id is not None:
        query = query.where(cases.c.employee_id == employee_id)
    if owner is not None:
        query = query.where(cases.c.owner == owner)
    if opened_from is not None:
        query = query.where(cases.c.opened_on >= opened_from)
    if opened_to is not None:
        query = query.where(cases.c.opened_on <= opened_to)
    gravity = case({name: rank for rank, name in enumerate(SEVERITIES)}, value=cases.c.severity)
    query = query.order_by(
        cases.c.status == "closed", gravity.desc(), cases.c.p_value, cases.c.opened_on, cases.c.case_id
    )
    return [Case(**row) for row in connection.execute(query).mappings()]


def cases_of(connection: Connection, employee_id: str) -> list[Case]:
    """List one person's cases, the newest first; at most the first is open."""
    found = list_cases(connection, employee_id=employee_id)
    return sorted(found, key=lambda item: (item.open, item.opened_on, item.case_id), reverse=True)


def events_of(connection: Connection, case_id: str) -> list[CaseEvent]:
    """Read a case's history, oldest first."""
    query = select(case_events).where(case_events.c.case_id == case_id).order_by(case_events.c.id)
    return [CaseEvent(row.at, row.actor, row.kind, row.detail) for row in connection.execute(query)]


def nights_of(connection: Connection, case_id: str) -> list[CaseNight]:
    """Read the nights on which a case's person was seen, oldest first."""
    query = select(case_nights).where(case_nights.c.case_id == case_id).order_by(case_nights.c.night)
    return [
        CaseNight(row.night, row.run_id, row.score, row.p_value, row.rank, row.unexplained)
        for row in connection.execute(query)
    ]


def reasons_of(connection: Connection, listed: Collection[Case]) -> dict[str, list[ReasonRow]]:
    """Read the reasons of each case's last night, by case id, the most telling first."""
    last = {item.case_id: item.last_night for item in listed}
    found: dict[str, list[ReasonRow]] = {case_id: [] for case_id in last}
    if not last:
        return found
    # As many queries as there are last nights, not as there are cases.
    by_run: dict[str, dict[str, str]] = {}
    person = {item.case_id: item.employee_id for item in listed}
    query = select(case_nights.c.case_id, case_nights.c.night, case_nights.c.run_id)
    for row in connection.execute(query.where(case_nights.c.night.in_(set(last.values())))):
        if last.get(row.case_id) == row.night:
            by_run.setdefault(row.run_id, {})[person[row.case_id]] = row.case_id
    for run_id, people in by_run.items():
        for employee_id, rows in read_reasons(connection, run_id, people).items():
            found[people[employee_id]] = rows
    return found
