"""The access record: who looked at whose data, when, for which case; written before the data are shown.

Each entry carries the hash of the one before it, so a change, a gap or another order is found by reading the
chain once. Whoever can write to the database could cut off the tail, or write the whole chain anew; an
anchor, the last number and hash kept on another machine, finds that too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, text

from pipeline.casebook.engine import writing
from pipeline.casebook.masking import masked, storable
from pipeline.casebook.tables import access_records

GENESIS = "0" * 64
_FORM = "tellerwatch access record 1"
_APPEND_LOCK = 0x7E11E8  # PostgreSQL's advisory lock: one entry at a time, whichever machine writes it


@dataclass(frozen=True)
class AccessRecord:
    """One entry of the chain."""

    seq: int
    at: datetime
    actor: str
    host: str
    case_no: str | None
    act: str
    target_kind: str
    target: str
    detail: dict[str, Any]
    previous_hash: str
    hash: str


def append(
    engine: Engine,
    *,
    at: datetime,
    actor: str,
    host: str,
    act: str,
    target_kind: str,
    target: str,
    case_no: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> AccessRecord:
    """Write one entry and commit it; only then may the data be shown.

    It takes a transaction of its own, so that an act which fails later still leaves its trace.

    Args:
        engine: The casebook.
        at: Now, aware.
        actor: The operating-system user.
        host: The machine.
        act: What is done, such as `investigate` or `who-queried`.
        target_kind: What `target` names: `employee`, `customer`, `case`, `run`, `casebook`.
        target: An employee's id or a case's, or a customer's token; never a customer's number.
        case_no: The case or matter it is done for.
        detail: More, as JSON values.

    Returns:
        The entry as stored.
    """
    with writing(engine) as connection:
        return append_within(
            connection,
            at=at,
            actor=actor,
            host=host,
            act=act,
            target_kind=target_kind,
            target=target,
            case_no=case_no,
            detail=detail,
        )


def append_within(
    connection: Connection,
    *,
    at: datetime,
    actor: str,
    host: str,
    act: str,
    target_kind: str,
    target: str,
    case_no: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> AccessRecord:
    """Write one entry inside a transaction that writes, so that act and trace stand or fall together.

    Args:
        connection: A transaction opened by `engine.writing`.
        at: Now, aware.
        actor: The operating-system user.
        host: The machine.
        act: What is done.
        target_kind: What `target` names.
        target: An employee's id or a case's, or a customer's token; never a customer's number.
        case_no: The case or matter it is done for.
        detail: More, as JSON values.
    """
    if at.tzinfo is None:
        raise ValueError("an access record needs an aware moment")
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _APPEND_LOCK})
    newest = select(access_records.c.seq, access_records.c.hash).order_by(access_records.c.seq.desc())
    last = connection.execute(newest.limit(1)).first()
    fields: dict[str, Any] = {
        "seq": 1 if last is None else last.seq + 1,
        "at": at.astimezone(UTC),
        "actor": masked(actor),
        "host": masked(host),
        "case_no": None if case_no is None else masked(case_no),
        "act": act,
        "target_kind": target_kind,
        "target": masked(target),
        "detail": storable(detail or {}),
        "previous_hash": GENESIS if last is None else last.hash,
    }
    record = AccessRecord(**fields, hash=hash_of(fields))
    connection.execute(insert(access_records).values(**fields, hash=record.hash))
    return record


def hash_of(fields: Mapping[str, Any]) -> str:
    """Compute an entry's hash over every field but the hash itself, the previous entry's hash among them.

    Source: the chain's form is this project's own, written down in docs/access-record.md.
    """
    content = {
        name: value.astimezone(UTC).isoformat(timespec="microseconds") if name == "at" else value
        for name, value in fields.items()
        if name != "hash"
    }
    text_form = json.dumps(
        [_FORM, content], ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(text_form.encode()).hexdigest()


def access_log_of(
    connection: Connection,
    *,
    target: str | None = None,
    case_no: str | None = None,
    limit: int = 100,
    without: Collection[str] = (),
) -> list[AccessRecord]:
    """Read the newest entries, newest first.

    Args:
        connection: An open connection.
        target: Those about this target alone.
        case_no: Those done for this case alone.
        limit: At most so many.
        without: None about these targets, nor done for these cases; in any spelling.
    """
    query = select(access_records).order_by(access_records.c.seq.desc()).limit(limit)
    if target is not None:
        query = query.where(access_records.c.target == target)
    if case_no is not None:
        query = query.where(access_records.c.case_no == case_no)
    if without:
        hidden = {name.casefold() for name in without}
        query = query.where(func.lower(access_records.c.target).not_in(hidden)).where(
            access_records.c.case_no.is_(None) | func.lower(access_records.c.case_no).not_in(hidden)
        )
    return [AccessRecord(**row) for row in connection.execute(query).mappings()]
