"""Clocks: hours since somebody became aware, decisions that are overdue, deadlines that the law sets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from pipeline.casebook.case_file import Case, get_case, list_cases
from pipeline.casebook.case_writing import add_event, hold_cases
from pipeline.casebook.independence import FourEyes
from pipeline.casebook.masking import masked
from pipeline.errors import UsageError
from pipeline.settings import Settings

ClockKind = Literal["due_day", "decide", "legal"]
SECONDS_AN_HOUR = 3600


@dataclass(frozen=True)
class RunningClock:
    """One deadline of one open case.

    Attributes:
        kind: The day that an officer set, the house's own hours, or a deadline of the law.
        name: What the deadline is called; a code for the first two kinds.
        source: Where a legal deadline stands, as the configuration has it; to be checked by counsel.
        hours_left: Until it ends; negative when overdue.
    """

    case_id: str
    employee_id: str
    kind: ClockKind
    name: str
    started_at: datetime | None
    due_at: datetime
    hours_left: float
    source: str = ""
    owner: str = ""

    @property
    def overdue(self) -> bool:
        """Whether it has ended."""
        return self.hours_left < 0


def clocks(connection: Connection, settings: Settings, at: datetime) -> list[RunningClock]:
    """List the clocks of all open cases, the nearest end first.

    Args:
        connection: An open connection.
        settings: The effective configuration.
        at: Now, aware.
    """
    found = [
        clock
        for case in list_cases(connection, statuses={"new", "in_review"})
        for clock in clocks_of(case, settings, at)
    ]
    return sorted(found, key=lambda clock: (clock.due_at, clock.case_id, clock.kind, clock.name))


def clocks_of(case: Case, settings: Settings, at: datetime) -> list[RunningClock]:
    """List one case's clocks; a closed case has none.

    Args:
        case: The case as it stands.
        settings: The effective configuration.
        at: Now, aware.
    """
    if not case.open:
        return []
    ends: list[tuple[ClockKind, str, datetime, str]] = []
    if case.due_on is not None:
        # A day ends with itself, on the bank's own wall clock.
        midnight = datetime.combine(
            case.due_on + timedelta(days=1), time(), tzinfo=ZoneInfo(settings.bank.zone)
        )
        ends.append(("due_day", "due_day", midnight, ""))
    limits = settings.deadlines
    if case.aware_at is not None:
        if limits.decide_hours:
            ends.append(("decide", "decide", case.aware_at + timedelta(hours=limits.decide_hours), ""))
        ends += [
            ("legal", name, case.aware_at + timedelta(hours=hours), limits.legal_sources.get(name, ""))
            for name, hours in sorted(limits.legal_hours.items())
        ]
    return [
        RunningClock(
            case_id=case.case_id,
            employee_id=case.employee_id,
            kind=kind,
            name=name,
            started_at=case.aware_at,
            due_at=due_at.astimezone(at.tzinfo),
            hours_left=round((due_at - at).total_seconds() / SECONDS_AN_HOUR, 2),
            source=source,
            owner=case.owner or "",
        )
        for kind, name, due_at, source in ends
    ]


def hours_aware(case: Case, at: datetime) -> float | None:
    """Return the hours since somebody became aware of an open case; None when nobody has, or it is closed."""
    if case.aware_at is None or not case.open:
        return None
    return round((at - case.aware_at).total_seconds() / SECONDS_AN_HOUR, 2)


def become_aware(
    connection: Connection,
    case_id: str,
    *,
    since: datetime,
    text: str,
    actor: str,
    at: datetime,
    eyes: FourEyes | None = None,
) -> Case:
    """Set the moment from which a case's clocks run, where it is not the officers' first act.

    Args:
        connection: A transaction that writes (`engine.writing`).
        case_id: Which case.
        since: When somebody became aware, such as the arrival of a complaint.
        text: How, in words.
        actor: The operating-system user.
        at: Now.
        eyes: Who is who.

    Raises:
        UsageError: There is no such case that the actor may see, it is closed, the moment is yet to come, or there
            are no words.
    """
    hold_cases(connection)
    case = get_case(connection, case_id, (eyes or FourEyes()).oneself(actor))
    words = masked(text).strip()
    if not case.open:
        raise UsageError(
            f"{case_id} is closed as {case.disposition}; its clocks have stopped.",
            f"Open it again first: `tellerwatch cases reopen {case_id}`.",
        )
    if since > at or not words:
        raise UsageError(
            "Nobody can have become aware in the time to come."
            if words
            else "There is no text for how somebody became aware.",
            "Give the moment with its offset, such as 2026-06-18T09:30+08:00, and the way in words.",
        )
    if case.status == "new":
        taken_up, status = {"from": "new", "to": "in_review"}, {"status": "in_review"}
        add_event(connection, case_id, at=at, actor=actor, kind="status", detail=taken_up, changed=status)
    detail = {
        "aware_at": since.isoformat(timespec="seconds"),
        "before": case.aware_at.isoformat(timespec="seconds") if case.aware_at else None,
        "text": words,
    }
    changed = {"aware_at": since}
    return add_event(connection, case_id, at=at, actor=actor, kind="status", detail=detail, changed=changed)
