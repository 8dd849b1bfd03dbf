"""What officers do with a case: assign, annotate, attest, close, re-open; each is a line of its history.

To whoever it is about, a case looks as if there were none: a refusal would tell them that they are in question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection

from pipeline.casebook.case_file import Case, CaseEvent, cases_of, events_of, get_case
from pipeline.casebook.case_writing import add_event, hold_cases
from pipeline.casebook.independence import FourEyes, same_person
from pipeline.casebook.masking import masked
from pipeline.casebook.tables import DISPOSITIONS
from pipeline.errors import NotPermittedError, UsageError

Answer = Literal["confirmed", "not_confirmed", "does_not_know"]


@dataclass(frozen=True)
class Closing:
    """The answer to the wish to close a case.

    Attributes:
        case: The case as it stands now.
        waits_for_second: The wish is recorded; the case closes when another account closes it the same way.
    """

    case: Case
    waits_for_second: bool = False


def assign(
    connection: Connection,
    case_id: str,
    *,
    owner: str,
    actor: str,
    at: datetime,
    due_on: date | None = None,
    eyes: FourEyes | None = None,
) -> Case:
    """Give an open case to an officer, with a day by which to decide.

    Raises:
        UsageError: There is no such case that the actor may see, it is closed, or nobody is named.
        NotPermittedError: The officer is the person in question.
    """
    eyes = eyes or FourEyes()
    case = _open_case(connection, case_id, actor, eyes)
    eyes.check_actor(owner, case.employee_id)
    owner = _words(owner, "whom to assign it to")
    case = _take_up(connection, case, actor, at)
    detail = {"owner": owner, "before": case.owner, "due_on": due_on.isoformat() if due_on else None}
    given = {"owner": owner, "due_on": due_on or case.due_on}
    return add_event(connection, case_id, at=at, actor=actor, kind="assigned", detail=detail, changed=given)


def note(
    connection: Connection,
    case_id: str,
    *,
    text: str,
    actor: str,
    at: datetime,
    eyes: FourEyes | None = None,
) -> Case:
    """Add a note to a case, open or closed.

    Raises:
        UsageError: There is no such case that the actor may see, or no text.
    """
    hold_cases(connection)
    case = get_case(connection, case_id, (eyes or FourEyes()).oneself(actor))
    words = _words(text, "the note's text")
    case = _take_up(connection, case, actor, at) if case.open else case
    return add_event(connection, case_id, at=at, actor=actor, kind="note", detail={"text": words})


def attest(
    connection: Connection,
    case_id: str,
    *,
    attested_by: str,
    answer: Answer,
    text: str,
    actor: str,
    at: datetime,
    eyes: FourEyes | None = None,
    more: Mapping[str, Any] | None = None,
) -> Case:
    """Record what a manager says about look-ups of the person whom they lead: evidence, not a decision.

    Raises:
        NotPermittedError: The manager is the person in question, or has an open case.
    """
    eyes = eyes or FourEyes()
    case = _open_case(connection, case_id, actor, eyes)
    eyes.check_actor(attested_by, case.employee_id)
    if any(item.open for item in cases_of(connection, eyes.person(attested_by))):
        raise NotPermittedError(
            f"What {attested_by} attests cannot count here: they are not independent of it.",
            "Ask the next manager above.",
        )
    _take_up(connection, case, actor, at)
    said = {"attested_by": attested_by, "answer": answer, "text": _words(text, "what was attested")}
    detail = {**(more or {}), **said}
    return add_event(connection, case_id, at=at, actor=actor, kind="attested", detail=detail)


def close(
    connection: Connection,
    case_id: str,
    *,
    disposition: str,
    text: str,
    actor: str,
    at: datetime,
    second_person: str | None = None,
    decided_by: str | None = None,
    eyes: FourEyes | None = None,
) -> Closing:
    """Close a case with a disposition and its reason in words.

    A grave case, or one within the actor's own line, needs a second person. Where it is enough to name them,
    the name is recorded as the actor's word; where they must act, the first wish is recorded and the case
    closes when another account closes it with the same disposition, unless new evidence comes between.

    Args:
        connection: A transaction that writes (`engine.writing`).
        case_id: Which case.
        disposition: One of `tables.DISPOSITIONS`.
        text: Why, in words.
        actor: The operating-system user.
        at: Now.
        second_person: Who has agreed.
        decided_by: Whose decision the account hands in, as on a sheet; None where the account itself decides.
        eyes: When a second person is needed, and who cannot be one.

    Raises:
        UsageError: There is no such case that the actor may see, it is closed, the disposition is unknown, or there
            is no reason.
        NotPermittedError: The second person is missing or one of the line.
    """
    eyes = eyes or FourEyes()
    case = _open_case(connection, case_id, actor, eyes)
    if disposition not in DISPOSITIONS:
        raise UsageError(
            f"There is no disposition {disposition!r}.", f"It is one of {', '.join(DISPOSITIONS)}."
        )
    words = _words(text, "the reason in words")
    # Whoever decides on paper is held to the same as the account that hands it in.
    decider = decided_by or actor
    needed = eyes.why_second(actor, case.employee_id, case.severity) or eyes.why_second(
        decider, case.employee_id, case.severity
    )
    second = eyes.check_second(actor, second_person, case.employee_id) if second_person else None
    if needed and eyes.must_act:
        return _close_by_two(connection, case, disposition, words, actor, decider, at, eyes)
    if needed and second is None:
        raise NotPermittedError(
            f"Closing {case_id} needs a second person: {needed}.",
            "Name one who has agreed and does not lead the person: --second-person NAME.",
        )
    case = _take_up(connection, case, actor, at)
    if second is not None:
        detail: dict[str, Any] = {"second_person": second, "disposition": disposition, "acted": False}
        add_event(connection, case_id, at=at, actor=actor, kind="second_approval", detail=detail)
    return Closing(_closed(connection, case, disposition, words, actor, second, at))


def reopen(
    connection: Connection,
    case_id: str,
    *,
    text: str,
    actor: str,
    at: datetime,
    eyes: FourEyes | None = None,
) -> Case:
    """Open a closed case again by a person's decision.

    Raises:
        UsageError: There is no such case that the actor may see, it or another of the person is open, or there is
            no reason.
    """
    hold_cases(connection)
    case = get_case(connection, case_id, (eyes or FourEyes()).oneself(actor))
    if case.open:
        raise UsageError(f"{case_id} is open.", "`tellerwatch cases note` adds to it.")
    words = _words(text, "the reason in words")
    other = next((item for item in cases_of(connection, case.employee_id) if item.open), None)
    if other is not None:
        raise UsageError(
            f"{case.employee_id} has an open case already: {other.case_id}.",
            f"Go on there; a note can point to {case_id}.",
        )
    detail = {"text": words, "closed_as": case.disposition, "second_person": case.second_person}
    changed = {
        "status": "in_review",
        "disposition": None,
        "disposition_text": None,
        "second_person": None,
        "aware_at": at,
    }
    return add_event(connection, case_id, at=at, actor=actor, kind="reopened", detail=detail, changed=changed)


def pending_closing(history: Sequence[CaseEvent]) -> CaseEvent | None:
    """Find the wish to close that still waits for a second account; new evidence makes it void."""
    for event in reversed(history):
        if event.kind in ("opened", "reopened", "new_evidence", "closed"):
            return None
        if event.kind == "status" and "closing_as" in event.detail:
            return event
    return None


def _close_by_two(
    connection: Connection,
    case: Case,
    disposition: str,
    words: str,
    actor: str,
    decider: str,
    at: datetime,
    eyes: FourEyes,
) -> Closing:
    wish = pending_closing(events_of(connection, case.case_id))
    case = _take_up(connection, case, actor, at)
    agreed = (
        wish is not None
        and wish.detail["closing_as"] == disposition
        and not same_person(eyes.person(wish.actor), eyes.person(actor))
    )
    if wish is None or not agreed:
        detail: dict[str, Any] = {"closing_as": disposition, "text": words, "decided_by": decider}
        add_event(connection, case.case_id, at=at, actor=actor, kind="status", detail=detail)
        return Closing(case, waits_for_second=True)
    _check_two(wish, actor, decider, case.employee_id, eyes)
    detail = {"second_person": actor, "disposition": disposition, "text": words, "acted": True}
    add_event(connection, case.case_id, at=at, actor=actor, kind="second_approval", detail=detail)
    return Closing(_closed(connection, case, disposition, wish.detail["text"], wish.actor, actor, at))


def _check_two(wish: CaseEvent, actor: str, decider: str, employee_id: str, eyes: FourEyes) -> None:
    """See that the two who close a case are two people, whichever of them handed in a decision on paper.

    Raises:
        NotPermittedError: The second account, or whoever decides through it, took the first decision too, or
            is not independent of the person.
    """
    first = str(wish.detail.get("decided_by") or wish.actor)
    for earlier in (wish.actor, first):
        eyes.check_second(earlier, actor, employee_id)
    # The very sheet that the first account took over may come again: then the second account is what is new.
    same_paper = same_person(eyes.person(decider), eyes.person(first))
    if not same_paper or same_person(eyes.person(first), eyes.person(wish.actor)):
        eyes.check_second(wish.actor, decider, employee_id)


def _closed(
    connection: Connection,
    case: Case,
    disposition: str,
    words: str,
    closed_by: str,
    second: str | None,
    at: datetime,
) -> Case:
    detail = {
        "disposition": disposition,
        "text": words,
        "second_person": second,
        "unexplained": case.unexplained,
        "severity": case.severity,
        "last_night": case.last_night.isoformat(),
    }
    changed = {
        "status": "closed",
        "disposition": disposition,
        "disposition_text": words,
        "second_person": second,
    }
    return add_event(
        connection, case.case_id, at=at, actor=closed_by, kind="closed", detail=detail, changed=changed
    )


def _open_case(connection: Connection, case_id: str, actor: str, eyes: FourEyes) -> Case:
    hold_cases(connection)
    case = get_case(connection, case_id, eyes.oneself(actor))
    if not case.open:
        raise UsageError(
            f"{case_id} is closed as {case.disposition}.",
            f"Open it again first: `tellerwatch cases reopen {case_id}`.",
        )
    return case


def _take_up(connection: Connection, case: Case, actor: str, at: datetime) -> Case:
    """Mark that a person has seen the case: the clocks of awareness start."""
    if case.status != "new":
        return case
    return add_event(
        connection,
        case.case_id,
        at=at,
        actor=actor,
        kind="status",
        detail={"from": "new", "to": "in_review"},
        changed={"status": "in_review", "aware_at": case.aware_at or at},
    )


def _words(text: str, what: str) -> str:
    words = masked(text).strip()
    if not words:
        raise UsageError(
            f"There is no text for {what}.", "A decision that nobody can read later does not hold up."
        )
    return words
