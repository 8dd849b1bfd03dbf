"""The few statements by which a case changes; `cases` and `decisions` say when, and who may."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from pipeline.casebook.case_file import Case, get_case
from pipeline.casebook.digests import attest_event
from pipeline.casebook.masking import masked, storable
from pipeline.casebook.tables import case_events, cases

_CASE_LOCK = 0x7E11E9  # PostgreSQL's advisory lock: decisions are taken one after the other


def hold_cases(connection: Connection) -> None:
    """Make other writers of cases wait until this transaction ends; SQLite's write lock does so already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _CASE_LOCK})


def next_case_id(connection: Connection, year: int) -> str:
    """Return the next number of the year, from `C-2026-0001`."""
    prefix = f"C-{year:04d}-"
    last: str | None = connection.execute(
        select(cases.c.case_id)
        .where(cases.c.case_id.startswith(prefix, autoescape=True))
        .order_by(func.length(cases.c.case_id).desc(), cases.c.case_id.desc())
        .limit(1)
    ).scalar()
    return f"{prefix}{1 if last is None else int(last.removeprefix(prefix)) + 1:04d}"


def add_event(
    connection: Connection,
    case_id: str,
    *,
    at: datetime,
    actor: str,
    kind: str,
    detail: Mapping[str, Any],
    changed: Mapping[str, Any] | None = None,
) -> Case:
    """Add one line to a case's history, with what it changes in the case's state; lines are never changed.

    There is no other way to change a case: each state thus belongs to a line, and an entry of the access record
    written in the same transaction holds the digests of both.

    Args:
        connection: A transaction that writes (`engine.writing`).
        case_id: Which case.
        at: Now.
        actor: Who acts.
        kind: One of `tables.EVENT_KINDS`.
        detail: What happened.
        changed: Columns of `cases` that change by it.

    Returns:
        The case as it stands then.
    """
    if changed:
        connection.execute(update(cases).where(cases.c.case_id == case_id).values(**changed))
    number: int = connection.execute(
        insert(case_events)
        .values(case_id=case_id, at=at, actor=masked(actor), kind=kind, detail=storable(detail))
        .returning(case_events.c.id)
    ).scalar_one()
    attest_event(connection, number, case_id, kind, at=at, actor=actor)
    return get_case(connection, case_id)
