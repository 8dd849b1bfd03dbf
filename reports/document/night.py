"""The nightly overview as a document."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, field_validator

from reports.document.common import (
    SCHEMA_VERSION,
    Identifier,
    Manifest,
    Moment,
    PageMark,
    Part,
    Severity,
    Text,
    relative_address,
)

DataState = Literal["complete", "incomplete", "failed"]
CaseChange = Literal["new", "continued", "reopened"]


class Verdict(Part):
    """What the first sentence of the page is made of.

    Attributes:
        new: Cases opened this night.
        continued: Open cases carried over.
        reopened: Closed cases opened again on new evidence.
        data_state: `failed` when the night could not be scored: then no count means anything.
        scored: Employees scored.
        lookups: Look-ups of the night.
        failed_step: What failed, when `data_state` is `failed`.
    """

    new: int = Field(ge=0)
    continued: int = Field(ge=0)
    reopened: int = Field(ge=0)
    data_state: DataState
    scored: int = Field(ge=0)
    lookups: int = Field(ge=0)
    failed_step: Text | None = None


class CoverageRow(Part):
    """How much of one feed was there.

    Attributes:
        feed: Name of the feed, or feed and source.
        received: Rows accepted for the day.
        expected: Rows expected from like days; None when nothing is known to compare with.
        latest: The newest row's time.
        consequence: What it means for tonight, in plain words.
    """

    feed: str
    received: int
    expected: int | None = None
    rejected: int = 0
    duplicate: int = 0
    latest: Moment | None = None
    late: int = 0
    state: Literal["ok", "late", "missing", "partial"]
    consequence: Text


class NotAssessable(Part):
    """Look-ups that could not be judged, by cause."""

    cause: Text
    lookups: int


class Finding(Part):
    """Something about the data or the run that the reader must know; same codes as `run --json`."""

    code: Identifier
    feed: str = ""
    count: int = 0
    text: Text


class CaseCard(Part):
    """One case on the overview.

    Attributes:
        employee_id: The bank's id of the person; may be a pseudonym.
        name: As the bank wants it shown; may be empty.
        status: Status of the case in words.
        before: Of a case that was opened again: how often it was seen, and how, by whom and when it was closed.
        reasons: One or two sentences, most telling first.
        unexplained: Cumulated unexplained look-ups, placed on the ladder 25 / 50 / 250 / 500.
        unexplained_before: The same on the night before; None when the case is new.
        p_value: None while history is too short to calibrate.
        expected_false: False alerts expected per night at this line, over the whole population.
        speaks_for: What was found in the person's favour, in one sentence each.
        related: Cases of other people that belong to the same matter.
        next_step: What to do next.
        dossier: Relative address of the dossier's page; empty when none was written.
    """

    case_id: Identifier
    employee_id: Identifier
    name: str = ""
    role: str = ""
    branch: str = ""
    severity: Severity
    status: Text
    change: CaseChange
    owner: str = ""
    due: date | None = None
    opened_on: date | None = None
    before: Text | None = None
    reasons: tuple[Text, ...] = Field(min_length=1, max_length=3)
    unexplained: int = Field(ge=0)
    unexplained_before: int | None = None
    score: float
    p_value: float | None = Field(None, ge=0, le=1)
    expected_false: float | None = None
    speaks_for: tuple[Text, ...] = Field((), max_length=3)
    related: tuple[Identifier, ...] = ()
    next_step: Text | None = None
    dossier: str = ""

    _address = field_validator("dossier")(relative_address)


class MatterCase(Part):
    """One person's case within a matter."""

    case_id: Identifier
    employee_id: Identifier
    severity: Severity
    why: tuple[Text, ...] = ()


class Matter(Part):
    """Cases whose people have to do with each other: to be looked at together.

    Attributes:
        heading: How many people it is about.
        cases: Each person's case with what relates them to others of the matter.
    """

    heading: Text
    cases: tuple[MatterCase, ...] = Field(min_length=2)


class Change(Part):
    """Something that is not as it was last night."""

    kind: Literal["late", "config", "version", "case", "feed", "other"]
    text: Text
    case_id: Identifier = ""


class WatchRow(Part):
    """A person under the line whose evidence is rising."""

    employee_id: Identifier
    name: str = ""
    role: str = ""
    branch: str = ""
    unexplained: int
    unexplained_before: int
    p_value: float | None = Field(None, ge=0, le=1)
    reason: Text
    dossier: str = ""

    _address = field_validator("dossier")(relative_address)


class Suppression(Part):
    """A rule that hides alerts, and what it hid tonight: nothing is hidden in silence."""

    suppression_id: Identifier
    scope: Text
    why: str
    added_by: str
    approved_by: str = ""
    until: date | None = None
    expires_soon: bool = False
    hidden_alerts: int
    hidden: tuple[Identifier, ...] = Field((), description="employees whose alert it hid tonight")


class DayCount(Part):
    """All look-ups of one day."""

    day: date
    total: int
    workday: bool = True
    complete: bool = True


class ScoreBin(Part):
    """How many employees have a score within [lower, upper)."""

    lower: float
    upper: float
    employees: int


class BranchShare(Part):
    """Unexplained look-ups of one branch, with what they are a share of."""

    branch: str
    unexplained: int
    lookups: int
    share: float = Field(ge=0, le=1)
    employees: int


class Thing(Part):
    """A branch, terminal, requester or machine that stands out: not a person, and no case.

    Attributes:
        key: Which one.
        lookups: Its judged look-ups of the window; a machine's acts of the day; 0 for the bureau's lists.
        unexplained: Those without a record; acts outside of the register; findings of the bureau.
        expected: How many its people's roles would let expect; None where nothing is expected.
        people: Whom it concerns, most first: those with unexplained look-ups, the machine's owner.
    """

    kind: Literal["branch", "terminal", "requester", "machine", "bureau"]
    key: Identifier
    lookups: int = Field(ge=0)
    unexplained: int = Field(ge=0)
    expected: float | None = None
    people: tuple[Identifier, ...] = ()
    text: Text


class Approver(Part):
    """Look-ups that one person approved, with what they are a share of."""

    approver_id: Identifier
    unexplained: int
    lookups: int
    share: float = Field(ge=0, le=1)


class Population(Part):
    """The bank as a whole.

    Attributes:
        days: Look-ups per day, oldest first.
        median: Median of the working days shown.
        scores: The night's scores, in bins.
        cutoff: Score at which a case is opened; None while history is too short.
        branches: Worst share first.
    """

    days: tuple[DayCount, ...] = ()
    median: float | None = None
    scores: tuple[ScoreBin, ...] = ()
    cutoff: float | None = None
    branches: tuple[BranchShare, ...] = ()
    bank_share: float | None = None
    approvers: tuple[Approver, ...] = ()


class Clock(Part):
    """A deadline that runs."""

    subject: Text
    case_id: Identifier = ""
    started_at: Moment | None = None
    due: date | None = None
    state: Literal["overdue", "today", "running", "unset"]
    owner: str = ""


class BlindSpot(Part):
    """What this run cannot see, by the number of the threat."""

    code: Identifier
    text: Text


class ShortHistory(Part):
    """History is too short to calibrate: the queue is a review queue, and says so."""

    nights: int
    needed: int


class Drill(Part):
    """The pipeline's own recall on planted cases."""

    planted: int
    found: int
    recall: float = Field(ge=0, le=1)
    floor: float = Field(ge=0, le=1)
    on: date


class NightReport(PageMark):
    """The nightly overview.

    Attributes:
        night: The business day.
        cutoff: Nothing recorded after this moment counts for the night.
        order: What orders the cases of one severity.
        others_open: Open cases not shown on cards because the page is capped; they are in the casebook.
        budget: New cases per 1,000 employees and week that the line is set for.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Literal["night"] = "night"
    night: date
    run_id: Identifier
    cutoff: Moment
    verdict: Verdict
    coverage: tuple[CoverageRow, ...]
    not_assessable: tuple[NotAssessable, ...] = ()
    findings: tuple[Finding, ...] = ()
    drill: Drill | None = None
    short_history: ShortHistory | None = None
    budget: float | None = None
    cases: tuple[CaseCard, ...] = ()
    matters: tuple[Matter, ...] = ()
    order: Text | None = None
    others_open: int = 0
    changes: tuple[Change, ...] = ()
    watch: tuple[WatchRow, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    things: tuple[Thing, ...] = ()
    population: Population = Population()
    clocks: tuple[Clock, ...] = ()
    blind_spots: tuple[BlindSpot, ...] = ()
    manifest: Manifest
