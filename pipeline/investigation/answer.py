"""From what is stored about one customer to the letter that answers them: nobody is named in it."""

from __future__ import annotations

from datetime import date

from pipeline.evidence.reasons import RULE_OF, UNSTATED
from pipeline.investigation.one_customer import Inquiry, OneCustomer
from pipeline.settings import Settings
from reports.document.letter import AnswerLetter, LetterLine
from reports.words import say

_FINDINGS = {
    "linked": "linked",
    "pending": "open",
    "thin": "examined",
    "unlinked": "examined",
    "mismatch": "examined",
    "not_assessable": "unknown",
}
_THINGS = ("credit_report", "account", "card", "transactions", "contact")
_OPERATIONS = ("query", "view", "print", "export")


def answer_letter(found: OneCustomer, settings: Settings, case_number: str) -> AnswerLetter:
    """Put together what the customer is told.

    What failed or was denied showed nobody anything and stays out.

    Args:
        found: Who looked the customer up.
        settings: The effective configuration.
        case_number: The inquiry's number.
    """
    told = [one for one in found.inquiries if one.outcome == "ok"]
    numbers: dict[str, int] = {}
    lines = []
    for one in told:
        number = numbers.setdefault(one.typed_by or one.employee_id, len(numbers) + 1)
        lines.append(_line(one, number))
    return AnswerLetter(
        institution=settings.bank.name or "____________________",
        language=settings.reports.language,
        case_number=case_number,
        since=found.since or date.min,
        night=found.night,
        lines=tuple(lines),
        people=len(numbers),
        lookups=len(lines),
        examined=sum(_FINDINGS.get(one.state) == "examined" for one in told),
    )


def _line(one: Inquiry, number: int) -> LetterLine:
    purpose = "unstated" if one.purpose == UNSTATED or one.purpose not in RULE_OF else one.purpose
    operation = one.operation if one.operation in _OPERATIONS else "other"
    thing = one.data_category if one.data_category in _THINGS else "other"
    return LetterLine(
        on=one.occurred_at.date(),
        what=say(f"letter.operation.{operation}", thing=say(f"letter.thing.{thing}")),
        purpose=say("letter.purpose.self_request")
        if purpose == "self_request"
        else say(f"common.reason.{purpose}"),
        who=number,
        finding=say(f"letter.finding.{_FINDINGS.get(one.state, 'none')}"),
    )
