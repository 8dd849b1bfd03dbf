"""What relates cases, in words, as one night found it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from pipeline.casebook.relations import Relation, matters, relations_of_run
from pipeline.casebook.tables import cases
from pipeline.investigation.case_life import CaseThen
from reports.document import Matter, MatterCase, RelatedCase, Text
from reports.words import say


def why(relation: Relation) -> Text:
    """Say what relates two cases."""
    return say(f"facts.related.{relation.kind}", n=relation.shared)


def people_of(connection: Connection, case_ids: Sequence[str]) -> dict[str, str]:
    """Return whose each case is."""
    query = select(cases.c.case_id, cases.c.employee_id).where(cases.c.case_id.in_(sorted(case_ids)))
    return {row.case_id: row.employee_id for row in connection.execute(query)}


def related_cases(connection: Connection, run_id: str, case_id: str) -> tuple[RelatedCase, ...]:
    """List the cases that a run found to be one matter with a case, for the case's own page.

    Args:
        connection: An open connection.
        run_id: The run.
        case_id: The case; empty for a person who has none.
    """
    found = [one for one in relations_of_run(connection, run_id) if case_id in (one.case_id, one.other_id)]
    people = people_of(connection, [one.beside(case_id) for one in found])
    return tuple(
        RelatedCase(
            case_id=one.beside(case_id),
            employee_id=people[one.beside(case_id)],
            shared=one.shared,
            why=why(one),
            page=f"{one.beside(case_id)}.html",
        )
        for one in found
    )


def matters_of(standing: Sequence[CaseThen], found: Sequence[Relation]) -> tuple[Matter, ...]:
    """Put the cases of a night together that are one matter.

    Args:
        standing: The night's cases, the worst first.
        found: What the night has found between them.
    """
    by_id = {case.case_id: case for case in standing}
    return tuple(
        Matter(
            heading=say("facts.matter.heading", n=len(group)),
            cases=tuple(_row(by_id[case_id], by_id, found) for case_id in by_id if case_id in group),
        )
        for group in matters(by_id, found)
    )


def _row(case: CaseThen, by_id: Mapping[str, CaseThen], found: Sequence[Relation]) -> MatterCase:
    beside = [
        (by_id[one.beside(case.case_id)], one)
        for one in found
        if case.case_id in (one.case_id, one.other_id) and one.beside(case.case_id) in by_id
    ]
    return MatterCase(
        case_id=case.case_id,
        employee_id=case.employee_id,
        severity=case.severity,
        why=tuple(
            say("facts.matter.beside", who=other.employee_id, case=other.case_id, why=why(one))
            for other, one in beside
        ),
    )
