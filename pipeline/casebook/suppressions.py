"""Suppressions: hide a finding for a time, for a reason, in the open. What each one hid is always told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from sqlalchemy import Connection, insert, select, update

from pipeline.casebook.case_file import cases_of, severity_rank
from pipeline.casebook.digests import attest_suppression
from pipeline.casebook.independence import FourEyes
from pipeline.casebook.masking import masked
from pipeline.casebook.suppression_scope import check_scope
from pipeline.casebook.tables import suppressions
from pipeline.errors import NotPermittedError, UsageError


@dataclass(frozen=True)
class Suppression:
    """One suppression; what is None is not narrowed by it."""

    id: int
    employee_id: str | None
    reason_code: str | None
    branch_id: str | None
    reason: str
    record: str | None
    created_by: str
    second_person: str | None
    created_at: datetime
    until: date
    removed_at: datetime | None
    removed_by: str | None

    def covers(self, employee_id: str, branch_id: str | None, code: str) -> bool:
        """Say whether it hides this reason of this person."""
        return (
            self.employee_id in (None, employee_id)
            and self.branch_id in (None, branch_id)
            and self.reason_code in (None, code)
        )


@dataclass(frozen=True)
class Hidden:
    """One reason of one person that a suppression hid; it belongs on the report."""

    suppression_id: int
    employee_id: str
    code: str


@dataclass(frozen=True)
class Sifted:
    """A person's reasons after the suppressions.

    Attributes:
        kept: Reason codes that still count, in their order.
        hidden: What was hidden, and by which suppression.
    """

    kept: tuple[str, ...]
    hidden: tuple[Hidden, ...]


def add_suppression(
    connection: Connection,
    *,
    reason: str,
    created_by: str,
    created_at: datetime,
    until: date,
    employee_id: str | None = None,
    reason_code: str | None = None,
    branch_id: str | None = None,
    record: str | None = None,
    second_person: str | None = None,
    max_days: int = 180,
    zone: tzinfo = UTC,
    eyes: FourEyes | None = None,
) -> Suppression:
    """Record a suppression.

    A second person is needed for a wide one (it does not name both a person and a reason), for a person whose
    open case is grave, and for one of the actor's own line.

    Args:
        connection: A transaction that writes (`engine.writing`).
        reason: Why, in words.
        created_by: The operating-system user.
        created_at: Now.
        until: The last day on which it hides anything.
        employee_id: This person alone.
        reason_code: This reason alone.
        branch_id: This branch alone.
        record: A record that bears it out, such as a project's number.
        second_person: Who has agreed.
        max_days: How long it may last at most.
        zone: The bank's zone, whose days count.
        eyes: When a second person is needed, and who cannot be one.

    Raises:
        UsageError: It names nothing, has no reason, or ends too early or too late.
        NotPermittedError: It is about the actor or could shield them, or the second person is missing, not
            independent, or shielded by it.
    """
    eyes = eyes or FourEyes()
    words = masked(reason).strip()
    # The bank's day: between midnight there and midnight in UTC its yesterday is over already.
    first = created_at.astimezone(zone).date()
    last = first + timedelta(days=max_days)
    if not (employee_id or reason_code or branch_id):
        raise UsageError(
            "A suppression of everything is none.", "Name an employee, a reason code or a branch."
        )
    if not words:
        raise UsageError("A suppression needs a reason in words.", "Say why: --reason TEXT.")
    if not first <= until <= last:
        raise UsageError(
            f"A suppression cannot last until {until}.",
            f"Choose a day from {first} to {last}, and renew it then.",
        )
    if employee_id:
        eyes.check_actor(created_by, employee_id)
    check_scope(connection, eyes, created_by, employee_id, branch_id)
    if second_person:
        second_person = eyes.check_second(created_by, second_person, employee_id or "")
        check_scope(connection, eyes, second_person, employee_id, branch_id)
    elif _needs_second(connection, created_by, employee_id, reason_code, eyes):
        raise NotPermittedError(
            "So wide a suppression, or one over a grave case, needs a second person.",
            "Name one who has agreed: --second-person NAME; or narrow it to one person and one reason code.",
        )
    number = connection.execute(
        insert(suppressions)
        .values(
            employee_id=employee_id or None,
            reason_code=reason_code or None,
            branch_id=branch_id or None,
            reason=words,
            record=masked(record) if record else None,
            created_by=created_by,
            second_person=second_person or None,
            created_at=created_at,
            until=until,
        )
        .returning(suppressions.c.id)
    ).scalar_one()
    attest_suppression(connection, number, at=created_at, actor=created_by)
    return get_suppression(connection, number)


def remove_suppression(connection: Connection, number: int, *, removed_by: str, at: datetime) -> Suppression:
    """End a suppression before its day; its record stays.

    Raises:
        UsageError: There is none of this number, or it was removed before.
    """
    found = get_suppression(connection, number)
    if found.removed_at is not None:
        raise UsageError(
            f"Suppression {number} was removed by {found.removed_by} on {found.removed_at.date()}.",
            "`tellerwatch suppress list` shows what is in force.",
        )
    values = {"removed_at": at, "removed_by": removed_by}
    connection.execute(update(suppressions).where(suppressions.c.id == number).values(**values))
    attest_suppression(connection, number, at=at, actor=removed_by)
    return get_suppression(connection, number)


def get_suppression(connection: Connection, number: int) -> Suppression:
    """Read one suppression.

    Raises:
        UsageError: There is none of this number.
    """
    row = connection.execute(select(suppressions).where(suppressions.c.id == number)).mappings().first()
    if row is None:
        raise UsageError(f"There is no suppression {number}.", "See `tellerwatch suppress list --all`.")
    return Suppression(**row)


def list_suppressions(connection: Connection) -> list[Suppression]:
    """List every suppression there ever was, oldest first."""
    rows = connection.execute(select(suppressions).order_by(suppressions.c.id)).mappings()
    return [Suppression(**row) for row in rows]


def active_on(connection: Connection, day: date, known_at: datetime | None = None) -> list[Suppression]:
    """List the suppressions that hide findings of one day.

    Args:
        connection: An open connection.
        day: The business day of the findings.
        known_at: What was in force at this moment, such as a night's cut-off, so that a replay finds the
            same; None takes what is in force now.
    """
    query = select(suppressions).where(suppressions.c.until >= day)
    if known_at is None:
        query = query.where(suppressions.c.removed_at.is_(None))
    else:
        query = query.where(
            suppressions.c.created_at <= known_at,
            suppressions.c.removed_at.is_(None) | (suppressions.c.removed_at > known_at),
        )
    rows = connection.execute(query.order_by(suppressions.c.id)).mappings()
    return [Suppression(**row) for row in rows]


def sift(
    active: Sequence[Suppression], employee_id: str, branch_id: str | None, codes: Sequence[str]
) -> Sifted:
    """Part a person's reasons into those that count and those that are hidden.

    Args:
        active: The suppressions of the day.
        employee_id: Whose reasons.
        branch_id: Their branch.
        codes: The reasons' codes, the most telling first.
    """
    kept: list[str] = []
    hidden: list[Hidden] = []
    for code in codes:
        by = [item for item in active if item.covers(employee_id, branch_id, code)]
        if not by:
            kept.append(code)
        hidden += [Hidden(item.id, employee_id, code) for item in by]
    return Sifted(tuple(kept), tuple(hidden))


def _needs_second(
    connection: Connection,
    created_by: str,
    employee_id: str | None,
    reason_code: str | None,
    eyes: FourEyes,
) -> bool:
    if employee_id is None or reason_code is None:
        return True
    grave = any(
        item.open and severity_rank(item.severity) >= severity_rank(eyes.second_person_from)
        for item in cases_of(connection, employee_id)
    )
    return grave or eyes.one_line(eyes.person(created_by), employee_id)
