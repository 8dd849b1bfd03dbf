"""Legal holds: days, or one person's cases, that nothing deletes. They live in the access record itself.

Each hold and each release is an entry of the chain, so nobody can lift a hold, purge, and put it back unseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from pipeline.casebook.tables import access_records

HOLD, RELEASE = "hold", "hold release"


@dataclass(frozen=True)
class Hold:
    """One hold in force.

    Attributes:
        number: The number of its entry in the access record.
        first: First business day that it covers.
        last: Last business day that it covers.
        reason: Why.
        case_no: The case or matter.
        actor: Who set it.
    """

    number: int
    first: date
    last: date
    reason: str
    case_no: str | None
    actor: str

    def covers(self, day: date) -> bool:
        """Whether data of this business day are kept."""
        return self.first <= day <= self.last


def hold_detail(first: date, last: date, reason: str) -> dict[str, Any]:
    """Return what a hold's entry says."""
    return {"first": first.isoformat(), "last": last.isoformat(), "reason": reason}


def holds_in_force(connection: Connection) -> list[Hold]:
    """Read the holds that were set and not released."""
    query = (
        select(access_records).where(access_records.c.act.in_((HOLD, RELEASE))).order_by(access_records.c.seq)
    )
    found: dict[int, Hold] = {}
    for row in connection.execute(query):
        if row.act == RELEASE:
            found.pop(int(row.target), None)
            continue
        first, last = (date.fromisoformat(row.detail[name]) for name in ("first", "last"))
        found[row.seq] = Hold(row.seq, first, last, row.detail["reason"], row.case_no, row.actor)
    return list(found.values())
