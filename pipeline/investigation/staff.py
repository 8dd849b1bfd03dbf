"""The staff as a run knew them: who held which post on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from pipeline.investigation.stored import Stored

_BEGINNING = date(1900, 1, 1)
_NEWEST = """
    SELECT employee_id, name, role, branch_id, manager_id, shift, hired_on, left_on,
        coalesce(valid_from, hired_on, DATE '1900-01-01') AS begins
    FROM read_parquet(?, union_by_name = true)
    QUALIFY row_number() OVER (
        PARTITION BY employee_id, valid_from ORDER BY batch_id DESC, file_id DESC, line DESC
    ) = 1
    ORDER BY employee_id, begins, line
"""


@dataclass(frozen=True)
class Spell:
    """One person in one post over a stretch of time; `ends` is None while it lasts."""

    employee_id: str
    name: str
    role: str
    branch_id: str
    manager_id: str
    shift: str
    hired_on: date | None
    left_on: date | None
    begins: date
    ends: date | None

    def holds(self, day: date) -> bool:
        """Whether the person held this post on a day."""
        return self.begins <= day and (self.ends is None or day <= self.ends)


class Staff:
    """Everybody's spells.

    Args:
        spells: employee → spells, oldest first.
    """

    def __init__(self, spells: dict[str, list[Spell]]) -> None:
        self.spells = spells

    def of(self, employee_id: str) -> list[Spell]:
        """List one person's spells, oldest first; none for somebody the register does not know."""
        return self.spells.get(employee_id, [])

    def post(self, employee_id: str, day: date) -> Spell | None:
        """Return the post of a person on a day: before the first one begins, that one."""
        own = self.of(employee_id)
        held = [spell for spell in own if spell.holds(day)]
        return held[-1] if held else own[0] if own else None

    def posts(self, day: date) -> dict[str, Spell]:
        """Return everybody's post on a day, of those not gone by then."""
        found = {}
        for employee_id in self.spells:
            post = self.post(employee_id, day)
            if post is not None and (post.left_on is None or post.left_on >= day):
                found[employee_id] = post
        return found


def read_staff(stored: Stored) -> Staff:
    """Read the employees feed; empty when the bank sends none."""
    paths = stored.feed_paths("employees")
    by_person: dict[str, list[tuple[object, ...]]] = {}
    for row in stored.rows(_NEWEST, [paths]) if paths else []:
        by_person.setdefault(row[0], []).append(row)
    return Staff({person: _spells(rows) for person, rows in by_person.items()})


def _spells(rows: list[tuple[object, ...]]) -> list[Spell]:
    hired = min((row[6] for row in rows if isinstance(row[6], date)), default=None)
    left = max((row[7] for row in rows if isinstance(row[7], date)), default=None)
    begins = [row[8] if isinstance(row[8], date) else _BEGINNING for row in rows]
    ends: list[date | None] = [after - timedelta(days=1) for _, after in pairwise(begins)]
    found = []
    for row, begun, ended in zip(rows, begins, [*ends, None], strict=True):
        if ended is not None and ended < begun:
            continue
        name, role, branch, manager, shift = (str(value) if value is not None else "" for value in row[1:6])
        found.append(Spell(str(row[0]), name, role, branch, manager, shift, hired, left, begun, ended))
    return found
