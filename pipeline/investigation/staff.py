"""The staff as a run knew them: who held which post on which day."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from pipeline.investigation.stored import Stored

# As the register's newest word on each spell has it; a spell ends where the next one begins.
_SPELLS = """
    SELECT employee_id, name, role, branch_id, manager_id, shift, hired, gone, begins, ends FROM (
        SELECT *, min(hired_on) OVER person AS hired, max(left_on) OVER person AS gone,
            lead(begins) OVER (PARTITION BY employee_id ORDER BY begins, line) - 1 AS ends
        FROM (
            SELECT employee_id, coalesce(name, '') AS name, coalesce(role, '') AS role,
                coalesce(branch_id, '') AS branch_id, coalesce(manager_id, '') AS manager_id,
                coalesce(shift, '') AS shift, hired_on, left_on, line,
                coalesce(valid_from, hired_on, DATE '1900-01-01') AS begins
            FROM read_parquet(?, union_by_name = true)
            QUALIFY row_number() OVER (
                PARTITION BY employee_id, valid_from ORDER BY batch_id DESC, file_id DESC, line DESC
            ) = 1
        )
        WINDOW person AS (PARTITION BY employee_id)
    )
    WHERE ends IS NULL OR ends >= begins
    ORDER BY employee_id, begins, line
"""


class Spell(NamedTuple):
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
        if len(own) < 2:
            return own[0] if own else None
        held = [spell for spell in own if spell.holds(day)]
        return held[-1] if held else own[0]

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
    spells: dict[str, list[Spell]] = {}
    for row in stored.rows(_SPELLS, [paths]) if paths else []:
        spells.setdefault(row[0], []).append(Spell(*row))
    return Staff(spells)
