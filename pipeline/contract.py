"""The feeds a bank exports: columns, types, meanings. The one place where they are written down.

A feed is a table. Only ``access_log`` is required; a missing feed weakens some checks, and the product says which.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """The type of a column, as the lake stores it."""

    TEXT = "text"
    TIME = "time"  # stored twice: `x` in UTC and, for the feed's own time, `x_local` on the bank's wall clock
    DATE = "date"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Column:
    """One column of a feed.

    Attributes:
        name: The contract's name.
        kind: Its type.
        required: A row without it is rejected.
        choices: The only values allowed, after mapping; empty means any.
        default: The value of an empty cell; the name of another column in braces takes that column's value.
        subject: The column holds a customer's number and is replaced by a token at intake.
        meaning: One line for people.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str | None = None
    subject: bool = False
    meaning: str = ""


@dataclass(frozen=True)
class Feed:
    """One feed of the contract.

    Attributes:
        name: The feed's name, as in file names and on the command line.
        columns: Its columns, in order.
        key: What makes a row the same row; a later row with the same key and other content is a correction.
        day: The column whose business day (in the bank's zone) the row is filed under; None files it under the day it was recorded.
        required: Nothing can be done without this feed.
        meaning: One line for people.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    day: str | None = None
    required: bool = False
    meaning: str = ""
    by_name: dict[str, Column] = field(
        init=False, repr=False, compare=False, hash=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        self.by_name.update({column.name: column for column in self.columns})

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Names of the columns a file of this feed must have."""
        return tuple(column.name for column in self.columns if column.required)


def _text(name: str, meaning: str = "", **rest: object) -> Column:
    return Column(name, Kind.TEXT, meaning=meaning, **rest)  # type: ignore[arg-type]  # keywords are Column's own


OPERATIONS = ("query", "view", "print", "export")
DATA_CATEGORIES = ("credit_report", "account", "card", "transactions", "contact", "other")
OUTCOMES = ("ok", "not_found", "denied", "error")
CHANNELS = ("workstation", "api", "batch", "self_service")
RECORD_KINDS = (
    "loan_application",
    "card_application",
    "loan_account",
    "card_account",
    "guarantee",
    "objection",
    "self_request",
    "service_ticket",
    "collection_case",
    "merchant",
    "company_customer",
    "judicial_request",
    "other",
)
PARTY_ROLES = ("principal", "co_borrower", "spouse", "guarantor", "legal_representative", "other")

_RECORDED_AT = Column("recorded_at", Kind.TIME, meaning="when the row became visible to us")

ACCESS_LOG = Feed(
    "access_log",
    (
        _text("event_id", "unique in the source; the same id again is the same event", required=True),
        Column("occurred_at", Kind.TIME, required=True, meaning="when"),
        _text("employee_id", "the person at the keyboard, or a service account", required=True),
        _text("operation", "what was done", choices=OPERATIONS, default="query"),
        _text("data_category", "what was seen", choices=DATA_CATEGORIES, default="credit_report"),
        _text("subject_id", "the customer looked up", required=True, subject=True),
        _text("reason", "why, as stated"),
        _text("outcome", "how it ended", choices=OUTCOMES, default="ok"),
        _text("branch_id", "where from"),
        _text("terminal_id", "which terminal"),
        _text("source_ip", "which address"),
        _text("channel", "by which way", choices=CHANNELS),
        _text("account_id", "the operator account or bureau credential used"),
        _text("requester_id", "on whose behalf"),
        _text("business_ref", "the business number typed in: a claim, not a proof"),
        _text("authorization_id", "the customer's written consent"),
        Column("authorization_signed_on", Kind.DATE, meaning="when it was signed"),
        Column("authorization_expires_on", Kind.DATE, meaning="when it ends"),
        Column("recorded_at", Kind.TIME, default="{occurred_at}", meaning="when the source wrote the row"),
    ),
    key=("event_id",),
    day="occurred_at",
    required=True,
    meaning="one row per look-up or act on a report",
)

BUSINESS_RECORDS = Feed(
    "business_records",
    (
        _text("record_id", "the record's number", required=True),
        _text("kind", "what kind of business", required=True, choices=RECORD_KINDS),
        _text("branch_id", "whose business"),
        Column("created_at", Kind.TIME, required=True, meaning="when it was made"),
        _text("created_by", "who made it"),
        Column("recorded_at", Kind.TIME, default="{created_at}", meaning="when the row became visible to us"),
        Column("decided_at", Kind.TIME, meaning="when it was decided"),
        Column("closed_at", Kind.TIME, meaning="when it was closed"),
        _text("status", "how it stands"),
        Column("amount", Kind.NUMBER, meaning="how much"),
        Column("second_person", Kind.BOOLEAN, meaning="somebody other than the creator did a step on it"),
    ),
    key=("record_id",),
    day="created_at",
    meaning="what makes a look-up legitimate",
)

RECORD_PARTIES = Feed(
    "record_parties",
    (
        _text("record_id", "the record", required=True),
        _text("subject_id", "the customer", required=True, subject=True),
        _text("party_role", "in which role", choices=PARTY_ROLES, default="principal"),
        _RECORDED_AT,
    ),
    key=("record_id", "subject_id", "party_role"),
    meaning="who is party to a business record",
)

EMPLOYEES = Feed(
    "employees",
    (
        _text("employee_id", "the person", required=True),
        _text("name", "their name"),
        _text("role", "what they do", required=True),
        _text("branch_id", "where"),
        _text("manager_id", "who leads them"),
        Column("hired_on", Kind.DATE, meaning="first day"),
        Column("left_on", Kind.DATE, meaning="last day"),
        _text("shift", "their roster"),
        Column("valid_from", Kind.DATE, meaning="from when this row holds"),
        _RECORDED_AT,
    ),
    key=("employee_id", "valid_from"),
    meaning="staff; several rows a person when role or branch changes",
)

ABSENCES = Feed(
    "absences",
    (
        _text("employee_id", "the person", required=True),
        Column("starts_on", Kind.DATE, required=True, meaning="first day away"),
        Column("ends_on", Kind.DATE, required=True, meaning="last day away"),
        _text("kind", "what for"),
        _RECORDED_AT,
    ),
    key=("employee_id", "starts_on"),
    meaning="leave and sickness",
)

LOGINS = Feed(
    "logins",
    (
        Column("occurred_at", Kind.TIME, required=True, meaning="when"),
        _text("employee_id", "who", required=True),
        _text("terminal_id", "where"),
        _text("source_ip", "from which address"),
        _text("outcome", "how it ended", required=True, choices=("ok", "fail")),
        Column("recorded_at", Kind.TIME, default="{occurred_at}", meaning="when the source wrote the row"),
    ),
    key=("occurred_at", "employee_id", "terminal_id", "source_ip", "outcome"),
    day="occurred_at",
    meaning="log-ins, good and failed",
)

CUSTOMERS = Feed(
    "customers",
    (
        _text("subject_id", "the customer", required=True, subject=True),
        _text("home_branch_id", "their branch"),
        _text("region_code", "where they live"),
        Column("deposit_balance", Kind.NUMBER, meaning="how much they keep; only the band is stored"),
        _text("asset_band", "how much, as a band"),
        _text("segment", "ordinary, vip, public_figure, staff …"),
        _RECORDED_AT,
    ),
    key=("subject_id",),
    meaning="the bank's customers",
)

COMPLAINTS = Feed(
    "complaints",
    (
        _text("complaint_id", "its number", required=True),
        _text("subject_id", "who complained or was harmed", required=True, subject=True),
        Column("received_on", Kind.DATE, required=True, meaning="when it came in"),
        _text("kind", "nuisance_call, fraud_attempt, leak_suspected, police_request …"),
        _RECORDED_AT,
    ),
    key=("complaint_id",),
    day="received_on",
    meaning="harm downstream",
)

SERVICE_ACCOUNTS = Feed(
    "service_accounts",
    (
        _text("account_id", "the machine's account", required=True),
        _text("owner_id", "who answers for it"),
        _text("purpose", "what it is for"),
        _text("channel", "by which way it works"),
        Column("valid_from", Kind.DATE, meaning="registered from"),
        Column("valid_to", Kind.DATE, meaning="registered to"),
        _RECORDED_AT,
    ),
    key=("account_id",),
    meaning="registered machines, held to their register",
)

BUREAU_FINDINGS = Feed(
    "bureau_findings",
    (
        _text("finding_id", "its number; made from the other columns where the bureau gives none"),
        _text("kind", "volume, off_hours, dormant, no_consent, cross_region"),
        Column("occurred_at", Kind.TIME, meaning="the look-up's time"),
        _text("employee_id", "whose look-up"),
        _text("account_id", "the bureau credential"),
        _text("branch_id", "where from"),
        _text("subject_id", "the customer; often masked by the bureau", subject=True),
        _text("reason", "why, as stated"),
        Column("received_on", Kind.DATE, meaning="when the bureau sent it"),
        _RECORDED_AT,
    ),
    key=("finding_id", "kind", "occurred_at", "employee_id", "account_id", "subject_id"),
    meaning="anomaly lists sent back by a credit bureau",
)

CALENDAR = Feed(
    "calendar",
    (
        Column("day", Kind.DATE, required=True, meaning="the day"),
        Column("is_workday", Kind.BOOLEAN, required=True, meaning="whether people work on it"),
    ),
    key=("day",),
    meaning="overrides the built-in holiday calendar",
)

FEEDS: dict[str, Feed] = {
    feed.name: feed
    for feed in (
        ACCESS_LOG,
        BUSINESS_RECORDS,
        RECORD_PARTIES,
        EMPLOYEES,
        ABSENCES,
        LOGINS,
        CUSTOMERS,
        COMPLAINTS,
        SERVICE_ACCOUNTS,
        BUREAU_FINDINGS,
        CALENDAR,
    )
}


@dataclass(frozen=True)
class Derived:
    """A column the lake adds: derived from the customer's number before the token, or the row's provenance."""

    name: str
    kind: Kind
    meaning: str


SUBJECT_DERIVED: tuple[Derived, ...] = (
    Derived("subject_token", Kind.TEXT, "keyed token of the customer's number (HMAC-SHA-256, hex)"),
    Derived("subject_province", Kind.TEXT, "first two digits of a resident number, else null"),
    Derived("subject_city", Kind.TEXT, "first four digits of a resident number, else null"),
    Derived(
        "subject_age_band",
        Kind.TEXT,
        "age at the row's own time, as a band; from a resident number, else null",
    ),
    Derived(
        "subject_valid", Kind.BOOLEAN, "the resident number's check digit is right; null for other documents"
    ),
)

AGE_BANDS = ("under_18", "18_29", "30_44", "45_59", "60_74", "75_plus")

PROVENANCE: tuple[Derived, ...] = (
    Derived("batch_id", Kind.NUMBER, "the ingest batch that published the row"),
    Derived("file_id", Kind.NUMBER, "the ledger's number of the file it came from"),
    Derived("line", Kind.NUMBER, "the row's number in that file, the header being 1"),
    Derived("row_hash", Kind.TEXT, "hash of the row's content after mapping, token in place of the number"),
)
