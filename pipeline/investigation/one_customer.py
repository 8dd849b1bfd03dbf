"""Everyone who looked up one customer, with the state of each look-up as known on a night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine

from pipeline.casebook.runs import Run
from pipeline.home import Home
from pipeline.investigation.lookups import note_of, shown_state
from pipeline.investigation.staff import read_staff
from pipeline.investigation.stored import Act, steadily
from pipeline.pseudonyms import staff_codes
from pipeline.settings import Settings
from reports.document import Text


@dataclass(frozen=True)
class Inquiry:
    """One look-up of the customer.

    Attributes:
        employee_id: Whom it counts for.
        typed_by: Who was at the keyboard, where that was somebody else.
        purpose: The reason as the rules know it.
        data_category: What was seen: the credit report, an account, a card …
        record_id: The record that explains it.
        note: Why it has its state.
    """

    occurred_at: datetime
    event_id: str
    employee_id: str
    typed_by: str
    name: str
    role: str
    branch: str
    operation: str
    reason: str
    outcome: str
    state: str
    record_id: str
    terminal: str
    note: Text | None
    purpose: str = ""
    data_category: str = "credit_report"


@dataclass(frozen=True)
class Asker:
    """One person who looked the customer up.

    Attributes:
        lookups: How often.
        unexplained: How often without a record.
    """

    employee_id: str
    name: str
    role: str
    branch: str
    lookups: int
    unexplained: int
    first: date
    last: date


@dataclass(frozen=True)
class OneCustomer:
    """All that is stored about who looked at one customer.

    Attributes:
        night: The night as of which states are given.
        since: The first day that was searched.
        people: Each person, those without a record first.
        inquiries: Each act, oldest first.
    """

    night: date
    since: date | None
    people: tuple[Asker, ...]
    inquiries: tuple[Inquiry, ...]


def who_queried(home: Home, settings: Settings, engine: Engine, run: Run, token: str) -> OneCustomer:
    """Find everyone who looked up a customer.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        run: The run whose night the states are as of.
        token: The customer's token.
    """
    days, staff, acts = steadily(
        home,
        settings,
        engine,
        run,
        lambda stored: (stored.evidence_days, read_staff(stored), stored.acts_on(token)),
    )
    inquiries = []
    for act in acts:
        post = staff.post(act.entity, act.day)
        inquiries.append(
            Inquiry(
                occurred_at=act.occurred_at,
                event_id=act.event_id,
                employee_id=act.entity,
                typed_by=act.employee_id if act.employee_id != act.entity else "",
                name=post.name if post else "",
                role=post.role if post else act.role,
                branch=post.branch_id if post else act.own_branch,
                operation=act.operation,
                reason=act.reason or act.rule,
                outcome=act.outcome,
                state=_state(act),
                record_id=act.record_id,
                terminal=act.terminal_id,
                note=note_of(act) if act.is_lookup else None,
                purpose=act.rule,
                data_category=act.data_category,
            )
        )
    found = OneCustomer(run.night, min(days, default=None), _people(inquiries), tuple(inquiries))
    if codes := staff_codes(home, settings, engine):
        codes.learn(name for act in acts for name in (act.entity, act.employee_id))
        return codes.shown(found)
    return found


def _state(act: Act) -> str:
    """Prints, exports and what failed have no state of their own."""
    return shown_state(act) if act.is_lookup else ""


def _people(inquiries: list[Inquiry]) -> tuple[Asker, ...]:
    by_person: dict[str, list[Inquiry]] = {}
    for inquiry in inquiries:
        by_person.setdefault(inquiry.employee_id, []).append(inquiry)
    found = [
        Asker(
            employee_id=person,
            name=some[-1].name,
            role=some[-1].role,
            branch=some[-1].branch,
            lookups=len(some),
            unexplained=sum(inquiry.state == "unlinked" for inquiry in some),
            first=some[0].occurred_at.date(),
            last=some[-1].occurred_at.date(),
        )
        for person, some in by_person.items()
    ]
    return tuple(sorted(found, key=lambda asker: (-asker.unexplained, -asker.lookups, asker.employee_id)))
