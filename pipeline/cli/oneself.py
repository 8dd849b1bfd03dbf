"""Nobody looks at their own case: what an account is refused, and what is left out of its lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import NotPermittedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from pipeline.casebook.case_file import Case
    from pipeline.casebook.relations import Relation
    from pipeline.cli.acting import Acting


def is_oneself(act: Acting, employee_id: str) -> bool:
    """Say whether the account that acts belongs to an employee."""
    from pipeline.casebook.independence import FourEyes, same_person

    # The settings alone tell who is who: the register of staff need not be read for it.
    own = FourEyes(officers=act.context.settings.casebook.officers).person(act.actor)
    return same_person(own, employee_id)


def refuse_oneself(act: Acting, employee_id: str) -> None:
    """Refuse to show an officer what is about them; that they asked stands in the access record.

    Raises:
        NotPermittedError: The account belongs to the person in question.
    """
    if is_oneself(act, employee_id):
        raise NotPermittedError(
            f"{act.actor} is {employee_id}: nobody investigates themself.",
            "Ask another officer; this attempt stands in the access record.",
        )


def refuse_own_case(act: Acting, case_id: str) -> None:
    """Refuse to show an officer the case that is about them.

    Raises:
        UsageError: There is no such case.
        NotPermittedError: It is about the account's own person.
    """
    from pipeline.casebook.case_file import get_case

    with act.engine.connect() as connection:
        refuse_oneself(act, get_case(connection, case_id).employee_id)


def without_own(act: Acting, found: Sequence[Case]) -> list[Case]:
    """Leave the actor's own cases out of a list, and say that it is not whole."""
    others = [case for case in found if not is_oneself(act, case.employee_id)]
    if left_out := len(found) - len(others):
        cases = "1 case is" if left_out == 1 else f"{left_out} cases are"
        act.context.say(f"{cases} left out: nobody investigates themself.")
    return others


def relations_of_others(act: Acting, connection: Connection) -> list[Relation]:
    """Read which cases are one matter, without those that would name the actor's own case beside another's."""
    from pipeline.casebook.relations import relations_of
    from pipeline.investigation.matter_words import people_of

    found = relations_of(connection)
    people = people_of(connection, [side for one in found for side in (one.case_id, one.other_id)])
    own = {case_id for case_id, person in people.items() if is_oneself(act, person)}
    return [one for one in found if not own & {one.case_id, one.other_id}]
