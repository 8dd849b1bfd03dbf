"""Nobody looks at their own case, nor is told that there is one: what an account is refused, and what lists leave out.

A refusal that only comes where there is a case would say that there is one. So a case about whoever asks looks as if
there were none, and what lists say of leaving such cases out they say to everybody, always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from pipeline.casebook.case_file import Case
    from pipeline.casebook.relations import Relation
    from pipeline.cli.acting import Acting

NEVER_LISTED = "Cases about whoever asks are never listed."


def oneself(act: Acting) -> Callable[[str], bool]:
    """Return what says of an employee whether the account that acts is theirs."""
    from pipeline.casebook.independence import FourEyes

    # The settings alone tell who is who: the register of staff need not be read for it.
    return FourEyes(officers=act.context.settings.casebook.officers).oneself(act.actor)


def is_oneself(act: Acting, employee_id: str) -> bool:
    """Say whether the account that acts belongs to an employee."""
    return oneself(act)(employee_id)


def refuse_oneself(act: Acting, employee_id: str) -> None:
    """Refuse to show an officer what is about them, be there a case or not; that they asked is on record.

    Raises:
        NotPermittedError: The account belongs to the person in question.
    """
    if is_oneself(act, employee_id):
        raise NotPermittedError(
            f"{act.actor} is {employee_id}: nobody investigates themself, whether there is a case or not.",
            "Ask another officer; this attempt stands in the access record.",
        )


def visible_case(act: Acting, case_id: str) -> Case:
    """Read a case; one about whoever asks looks as if there were none.

    Raises:
        UsageError: There is no such case that the account may see.
    """
    from pipeline.casebook.case_file import get_case

    with act.engine.connect() as connection:
        return get_case(connection, case_id, oneself(act))


def without_own(act: Acting, found: Sequence[Case]) -> list[Case]:
    """Leave the actor's own cases out of a list, and say of every list that it would."""
    hidden = oneself(act)
    act.context.say(NEVER_LISTED)
    return [case for case in found if not hidden(case.employee_id)]


def own_names(act: Acting, connection: Connection) -> set[str]:
    """Return what entries of the access record about the actor's own cases name: the employee and the cases."""
    from sqlalchemy import select

    from pipeline.casebook.tables import cases

    hidden = oneself(act)
    rows = connection.execute(select(cases.c.case_id, cases.c.employee_id))
    own = {name for row in rows if hidden(row.employee_id) for name in (row.case_id, row.employee_id)}
    officers = act.context.settings.casebook.officers
    return own | {person for person in officers.values() if hidden(person)}


def relations_of_others(act: Acting, connection: Connection) -> list[Relation]:
    """Read which cases are one matter, without those that would name the actor's own case beside another's."""
    from pipeline.casebook.relations import relations_of
    from pipeline.investigation.matter_words import people_of

    found = relations_of(connection)
    people = people_of(connection, [side for one in found for side in (one.case_id, one.other_id)])
    own = {case_id for case_id, person in people.items() if is_oneself(act, person)}
    return [one for one in found if not own & {one.case_id, one.other_id}]
