"""Which business record supports which reason, and for how long it may still come (contract.md section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.contract import RECORD_KINDS


class Mode(StrEnum):
    """How a record must lie in time to support a look-up."""

    CREATED = "created"  # created inside the window around the look-up
    CREATED_OR_OPEN = "created_or_open"  # the same, or open on the day
    CREATED_OR_UNDER_WAY = (
        "created_or_under_way"  # the same, or open on the day and no older than such business lasts
    )
    ACTIVE = "active"  # standing business: begun by then, and not ended more than `closed_days` before
    MINUTES = "minutes"  # created within minutes of the look-up; on its day where a source has no time of day
    REFERENCE = "reference"  # the number that was typed exists and names the subject


@dataclass(frozen=True)
class ReasonRule:
    """What makes a look-up with this reason legitimate.

    Attributes:
        reason: Canonical name.
        kinds: Kinds of records that support it.
        mode: How the record must lie in time.
        before_days: Calendar days before the look-up in which the record may have been created.
        after_workdays: Working days after the look-up in which it may still be created; the look-up is
            pending until then.
        before_minutes: For MINUTES, minutes before the look-up.
        after_minutes: For MINUTES, minutes after it.
        closed_days: For ACTIVE, calendar days for which ended business still counts.
    """

    reason: str
    kinds: tuple[str, ...]
    mode: Mode = Mode.CREATED
    before_days: int = 0
    after_workdays: int = 0
    before_minutes: int = 0
    after_minutes: int = 0
    closed_days: int = 0


UNSTATED = "unstated"
"""A look-up whose reason is empty or unknown: any record that names the customer explains it."""

RULES: tuple[ReasonRule, ...] = (
    ReasonRule(
        "loan_approval", ("loan_application",), Mode.CREATED_OR_OPEN, before_days=30, after_workdays=5
    ),
    ReasonRule(
        "card_approval", ("card_application",), Mode.CREATED_OR_OPEN, before_days=15, after_workdays=2
    ),
    ReasonRule("post_loan", ("loan_account", "card_account", "guarantee"), Mode.ACTIVE, closed_days=30),
    ReasonRule("guarantee", ("guarantee", "loan_application"), before_days=30, after_workdays=10),
    ReasonRule(
        "legal_representative", ("company_customer", "loan_application"), before_days=60, after_workdays=20
    ),
    ReasonRule("merchant", ("merchant",), before_days=15, after_workdays=10),
    ReasonRule("objection", ("objection",), before_days=1, after_workdays=20),
    ReasonRule("self_request", ("self_request",)),
    ReasonRule("counter_service", ("service_ticket",), Mode.MINUTES, before_minutes=60, after_minutes=10),
    ReasonRule("collection", ("collection_case",), before_days=60),
    ReasonRule("judicial", ("judicial_request",)),
    ReasonRule("other", RECORD_KINDS, Mode.REFERENCE),
    ReasonRule(UNSTATED, RECORD_KINDS, Mode.CREATED_OR_UNDER_WAY, before_days=30, after_workdays=5),
)

RULE_OF: dict[str, ReasonRule] = {rule.reason: rule for rule in RULES}

OPEN_DAYS = {
    "loan_application": 90,
    "card_application": 90,
    "objection": 90,
    "judicial_request": 90,
    "other": 90,
    "service_ticket": 0,
    "self_request": 0,
}
"""Calendar days for which business explains a look-up without a reason while the feed tells of no end: a matter of weeks, or of one visit.

Else a customer once served explains every later look-up at a bank whose feed tells of no ends. Other kinds stand until they are closed.
"""
DECIDED_KINDS = ("loan_application", "card_application", "objection")
"""Kinds that a decision ends, whether or not the feed says that they were closed: an approved application is an account since."""
AFTER_DECISION_DAYS = 30
"""Calendar days for which decided business still counts as open: its papers are worked on."""

WITHDRAWN = ("withdrawn", "cancelled", "canceled", "revoked", "撤销", "撤回", "取消", "已撤销", "已取消")
"""Statuses that take a record back."""

APPLICATION_KINDS = (
    "loan_application",
    "card_application",
    "guarantee",
    "company_customer",
    "merchant",
    "objection",
    "other",
)
"""Kinds that somebody makes up at will, and that can therefore be hollow.

Accounts and tickets have systems behind them.
"""
