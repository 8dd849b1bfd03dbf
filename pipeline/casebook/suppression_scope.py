"""Whom a suppression touches: nobody hides what could be their own, nor agrees to it."""

from __future__ import annotations

from sqlalchemy import Connection

from pipeline.casebook.case_file import list_cases
from pipeline.casebook.independence import FourEyes, same_person
from pipeline.errors import NotPermittedError


def check_scope(
    connection: Connection, eyes: FourEyes, name: str, employee_id: str | None, branch_id: str | None
) -> None:
    """Refuse somebody whom a suppression could shield.

    One of a single person is held against that person alone. One of a branch, or of a reason wherever it
    stands, hides findings about whoever is in it: so it is not for those people, nor for those who lead
    them, nor for anybody whose own open case it might empty.

    Args:
        connection: An open connection.
        eyes: Who is who, who leads whom, who belongs where.
        name: Who suppresses, or agrees.
        employee_id: The person it is about, or nobody.
        branch_id: The branch it is about, or none.

    Raises:
        NotPermittedError: It could hide a finding about them or about somebody whom they lead.
    """
    if employee_id:
        return
    person, why = eyes.person(name), ""
    if branch_id and any(same_person(person, one) for one in eyes.of_branch(branch_id)):
        why = f"{name} belongs to branch {branch_id}"
    elif branch_id and (led := eyes.led_in(person, branch_id)):
        why = f"{name} leads {led} of branch {branch_id}, directly or through others"
    else:
        undecided = list_cases(connection, statuses=("new", "in_review"))
        if any(same_person(case.employee_id, person) for case in undecided):
            # In no other words: nobody is told that a case about them is open.
            why = f"{name} is not independent of what it may hide"
    if why:
        raise NotPermittedError(
            f"Neither decide about this suppression nor agree to it can somebody whom it may shield: {why}.",
            "Ask somebody outside it, or narrow it to one person: --employee ID.",
        )
