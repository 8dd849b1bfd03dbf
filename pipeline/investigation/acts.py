"""One act as known on a night, made from a stored row."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pipeline.evidence.columns import BARE, STORED

READ = tuple(
    name
    for name in STORED
    if name not in ("source_ip", "channel", "is_workday", "typist_absent", "authorization_expires_on")
)
"""What an act is made of."""


class Act(NamedTuple):
    """One act as known on a night; a year of a busy desk has thousands, and tuples are made fastest.

    Attributes:
        state: The look-up's state on the night; None for prints, exports and what failed.
        signed_late: The consent was signed only after the look-up.
        mismatch: The typed business number is known to name somebody else.
        counted: The first look-up of this customer by this person on this day, unless it only follows; only these are counted.
        came_later: It had no record on an earlier night, and has one now.
        record_id: The record that explains it, where it is known by the night.
        only_follows: A view of what a colleague of the branch had queried, without a record: that is asked of the query.
        number_unknown: The typed business number is in no record, though nearly all records of its day are there.
    """

    event_id: str
    day: date
    entity: str
    employee_id: str
    role: str
    own_branch: str
    branch_id: str
    occurred_at: datetime
    operation: str
    data_category: str
    outcome: str
    reason: str
    rule: str
    subject_token: str
    business_ref: str
    authorization_id: str
    consent_needed: bool
    consent_bad: bool
    signed_late: bool
    terminal_id: str
    off_hours: bool
    is_lookup: bool
    state: str | None
    mismatch: bool
    counted: bool
    came_later: bool
    record_id: str
    record_kind: str
    record_is_near: bool
    record_is_hollow: bool
    only_follows: bool = False
    number_unknown: bool = False
    record_is_long_open: bool = False


_AT = {name: index for index, name in enumerate(READ)}


def in_time(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what rows of the columns `READ` are ordered by."""
    return row[_AT["occurred_at_local"]], row[_AT["event_id"]], row[_AT["from_night"]]


def _after(signed: Any, day: date) -> bool:
    return isinstance(signed, date) and signed > day


def as_acts(rows: list[tuple[Any, ...]], night: date, zone: ZoneInfo) -> list[Act]:
    """Turn stored rows into acts as known on a night; steps that were over by then only tell what was known before.

    Args:
        rows: Rows of the columns `READ`, in the order of time.
        night: The night.
        zone: The bank's zone.
    """
    was_unlinked = {
        row[_AT["event_id"]]
        for row in rows
        if row[_AT["state"]] == "unlinked" and row[_AT["until_night"]] <= night
    }
    seen: set[tuple[str, str, date, date]] = set()
    acts = []
    for row in rows:
        value = dict(zip(READ, row, strict=True))
        if value["until_night"] <= night:
            continue
        key = (value["entity"], value["subject_token"], value["day"], value["night"])
        counted = bool(value["is_lookup"]) and key not in seen
        if counted:
            seen.add(key)
        state = value["state"]
        only_follows = bool(value["follows"]) and state in BARE
        explained = (
            state in ("linked", "thin") and value["record_from"] is not None and value["record_from"] <= night
        )
        wrong = (
            value["mismatch_from"] is not None and value["mismatch_from"] <= night < value["mismatch_until"]
        )
        acts.append(
            Act(
                event_id=value["event_id"],
                day=value["day"],
                entity=value["entity"],
                employee_id=value["employee_id"],
                role=value["role"] or "",
                own_branch=value["own_branch"] or "",
                branch_id=value["branch_id"] or "",
                occurred_at=value["occurred_at_local"].replace(tzinfo=zone),
                operation=value["operation"] or "query",
                data_category=value["data_category"] or "credit_report",
                outcome=value["outcome"] or "ok",
                reason=value["reason"] or "",
                rule=value["rule"],
                subject_token=value["subject_token"] or "",
                business_ref=value["business_ref"] or "",
                authorization_id=value["authorization_id"] or "",
                consent_needed=bool(value["consent_needed"]),
                consent_bad=bool(value["consent_bad"]),
                signed_late=_after(value["authorization_signed_on"], value["day"]),
                terminal_id=value["terminal_id"] or "",
                off_hours=bool(value["off_hours"]),
                is_lookup=bool(value["is_lookup"]),
                state=state,
                mismatch=wrong,
                counted=counted and not only_follows,
                came_later=state in ("linked", "thin") and value["event_id"] in was_unlinked,
                record_id=(value["record_id"] or "") if explained else "",
                record_kind=(value["record_kind"] or "") if explained else "",
                record_is_near=bool(value["record_is_near"]),
                record_is_hollow=bool(value["record_is_hollow"]),
                record_is_long_open=bool(value["record_is_long_open"]),
                only_follows=only_follows,
                number_unknown=value["unknown_number_until"] is not None
                and (value["unknown_number_from"] or night) <= night < value["unknown_number_until"],
            )
        )
    return acts
