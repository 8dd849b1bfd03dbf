"""Which cases belong to one matter: what a night found between their people, and the groups that follow from it.

A case stays one person's, with its own number, history and decision. A relation says that two of them should be looked at
together; it is found anew each night and kept by the run that found it, so that the page of an earlier night stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from pipeline.casebook.runs import Run
from pipeline.casebook.tables import case_relations


@dataclass(frozen=True)
class Relation:
    """Two cases whose people one night found to have to do with each other.

    Attributes:
        case_id: The lower number.
        other_id: The higher number.
        kind: `customers`, `typed`, `terminal` or `gathered`.
        night: The night that found it.
        shared: Customers, look-ups or days that they have in common.
    """

    case_id: str
    other_id: str
    kind: str
    night: date
    shared: int

    def beside(self, case_id: str) -> str:
        """Return the other one of the two."""
        return self.other_id if case_id == self.case_id else self.case_id


def write_relations(connection: Connection, run: Run, found: Iterable[Relation]) -> int:
    """Store what a run has found in place of anything that it had; return how many relations.

    Args:
        connection: A transaction that writes (`engine.writing`).
        run: The run.
        found: The relations.
    """
    connection.execute(delete(case_relations).where(case_relations.c.run_id == run.run_id))
    rows = [{"run_id": run.run_id, **asdict(one)} for one in found]
    if rows:
        connection.execute(insert(case_relations), rows)
    return len(rows)


def relations_of_run(connection: Connection, run_id: str) -> list[Relation]:
    """Read what one run has found."""
    table = case_relations
    query = select(table).where(table.c.run_id == run_id)
    rows = connection.execute(query.order_by(table.c.case_id, table.c.other_id, table.c.kind))
    return [Relation(row.case_id, row.other_id, row.kind, row.night, row.shared) for row in rows]


def relations_of(connection: Connection) -> list[Relation]:
    """Read all relations, each as the last night that found it has it."""
    table = case_relations
    newest: dict[tuple[str, str, str], Relation] = {}
    for row in connection.execute(select(table).order_by(table.c.night, table.c.run_id)):
        one = Relation(row.case_id, row.other_id, row.kind, row.night, row.shared)
        newest[one.case_id, one.other_id, one.kind] = one
    return [newest[key] for key in sorted(newest)]


def matter_of(case_id: str, relations: Iterable[Relation]) -> str:
    """Return the number that names a case's matter, the first of its cases; empty for a case that stands alone."""
    known = list(relations)
    cases = {case_id, *(side for one in known for side in (one.case_id, one.other_id))}
    return next((group[0] for group in matters(cases, known) if case_id in group), "")


def matters(case_ids: Iterable[str], relations: Iterable[Relation]) -> list[tuple[str, ...]]:
    """Group cases that are related, directly or by way of others, each group in the order of its numbers.

    Args:
        case_ids: The cases; a relation to any other one says nothing here.
        relations: What was found.

    Returns:
        Groups of two cases or more, by their first number: that number names the matter.
    """
    leader = {case_id: case_id for case_id in case_ids}

    def first(case_id: str) -> str:
        while leader[case_id] != case_id:
            case_id = leader[case_id]
        return case_id

    for one in relations:
        if one.case_id in leader and one.other_id in leader:
            low, high = sorted((first(one.case_id), first(one.other_id)))
            leader[high] = low
    groups: dict[str, list[str]] = {}
    for case_id in sorted(leader):
        groups.setdefault(first(case_id), []).append(case_id)
    return [tuple(group) for _, group in sorted(groups.items()) if len(group) > 1]
