"""Digests of the casebook's own rows, kept in entries of the access record.

An entry says that somebody closed a case; without a digest nobody could tell afterwards whether the row that says
how is still the one that was written. Each line of a case's history, each state of a case with its nights and each
state of a suppression is therefore attested by an entry written in the same transaction. `record_check` holds the
rows against them.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, select

from pipeline.casebook.access import append_within
from pipeline.casebook.tables import case_events, case_nights, cases, suppressions

Kind = Literal["event", "case", "night", "suppression"]

CASE_EVENT, SUPPRESSION, AS_FOUND = "case event", "suppression written", "rows taken as found"
"""Acts of the entries that hold digests."""
PURGE = "purge"
"""The act of the entry that names the cases whose retention was over."""

# Written out and never changed: digests that were made once must be made again for as long as a casebook lives.
# A column that is added later comes with a second form.
FORMS: dict[Kind, tuple[Table, tuple[str, ...]]] = {
    "event": (case_events, ("id", "case_id", "at", "actor", "kind", "detail")),
    "case": (
        cases,
        (
            "case_id", "employee_id", "opened_on", "opened_run", "last_night", "severity", "status", "score",
            "p_value", "unexplained", "owner", "due_on", "disposition", "disposition_text", "second_person",
            "aware_at",
        ),
    ),
    "night": (case_nights, ("case_id", "night", "run_id", "score", "p_value", "rank", "unexplained")),
    "suppression": (
        suppressions,
        (
            "id", "employee_id", "reason_code", "branch_id", "reason", "record", "created_by", "second_person",
            "created_at", "until", "removed_at", "removed_by",
        ),
    ),
}  # fmt: skip


def rows_query(kind: Kind) -> Select[Any]:
    """Return the query for the columns that a digest is made over."""
    table, names = FORMS[kind]
    return select(*(table.c[name] for name in names))


def digest_of(kind: Kind, rows: Iterable[Mapping[str, Any]]) -> str:
    """Compute the SHA-256 of rows: of one row, or of all nights of a case in their order.

    Args:
        kind: Whose form.
        rows: The rows as `rows_query` reads them.

    Raises:
        ValueError: A value cannot have been written by this program, such as a number that is none.

    Source: the form is this project's own, written down in docs/access-record.md.
    """
    content = [{name: _plain(row[name]) for name in FORMS[kind][1]} for row in rows]
    written = json.dumps(
        [f"tellerwatch {kind} 1", content],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )
    return hashlib.sha256(written.encode()).hexdigest()


def attest_event(
    connection: Connection, number: int, case_id: str, kind: str, *, at: datetime, actor: str
) -> None:
    """Write the entry for one line of a case's history, and for the case as that line leaves it.

    Args:
        connection: The transaction that wrote the line.
        number: The line's number.
        case_id: Whose.
        kind: The line's kind, for whoever reads the access record.
        at: The line's moment.
        actor: Who acted.
    """
    append_within(
        connection,
        at=at,
        actor=actor,
        host=socket.gethostname(),
        act=CASE_EVENT,
        target_kind="case",
        target=case_id,
        case_no=case_id,
        detail={
            "kind": kind,
            "event": number,
            "event_sha256": digest_of("event", _read(connection, "event", case_events.c.id == number)),
            **_case_digests(connection, case_id),
        },
    )


def attest_suppression(connection: Connection, number: int, *, at: datetime, actor: str) -> None:
    """Write the entry for a suppression as it stands after it was added or removed."""
    append_within(
        connection,
        at=at,
        actor=actor,
        host=socket.gethostname(),
        act=SUPPRESSION,
        target_kind="suppression",
        target=str(number),
        detail={
            "suppression": number,
            "sha256": digest_of("suppression", _read(connection, "suppression", suppressions.c.id == number)),
        },
    )


def attest_as_found(connection: Connection, *, at: datetime, actor: str) -> None:
    """Write one entry for all that a casebook held before digests were kept.

    It cannot say that these rows are what was once written; it says that they are what stood there on that day.

    Args:
        connection: The transaction of the upgrade.
        at: Now.
        actor: Who upgrades.
    """
    events = [
        [row["id"], row["case_id"], digest_of("event", [dict(row)])]
        for row in connection.execute(rows_query("event").order_by(case_events.c.id)).mappings()
    ]
    states = [
        [case_id, *_case_digests(connection, case_id).values()]
        for case_id in connection.scalars(select(cases.c.case_id).order_by(cases.c.case_id)).all()
    ]
    hidden = [
        [row["id"], digest_of("suppression", [dict(row)])]
        for row in connection.execute(rows_query("suppression").order_by(suppressions.c.id)).mappings()
    ]
    if not (events or states or hidden):
        return
    append_within(
        connection,
        at=at,
        actor=actor,
        host=socket.gethostname(),
        act=AS_FOUND,
        target_kind="casebook",
        target="digests",
        detail={"events": events, "cases": states, "suppressions": hidden},
    )


def _case_digests(connection: Connection, case_id: str) -> dict[str, str]:
    nights = _read(connection, "night", case_nights.c.case_id == case_id, case_nights.c.night)
    return {
        "case_sha256": digest_of("case", _read(connection, "case", cases.c.case_id == case_id)),
        "nights_sha256": digest_of("night", nights),
    }


def _read(
    connection: Connection, kind: Kind, where: ColumnElement[bool], *order: Column[Any]
) -> list[Mapping[str, Any]]:
    # Read back, not taken from what was handed over: only this is what a later reading will find.
    found = connection.execute(rows_query(kind).where(where).order_by(*order))
    return [dict(row) for row in found.mappings()]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value
