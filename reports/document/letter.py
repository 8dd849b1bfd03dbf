"""The answer to a customer's inquiry as a document: what was done with their data, without naming anybody."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from reports.document.common import Identifier, Language, Part, Text


class LetterLine(Part):
    """One act on the customer's data.

    Attributes:
        who: 1, 2, 3 … in the order of appearance; the same number is the same person.
    """

    on: date
    what: Text
    purpose: Text
    who: int = Field(ge=1)
    finding: Text


class AnswerLetter(Part):
    """What a customer is told.

    Attributes:
        case_number: The number of the customer's inquiry.
        since: First day that was searched.
        night: As known on this night.
        people: How many staff or systems acted.
        examined: Look-ups for which no business was found so far.
    """

    institution: str
    language: Language
    case_number: Identifier
    since: date
    night: date
    lines: tuple[LetterLine, ...]
    people: int
    lookups: int
    examined: int
