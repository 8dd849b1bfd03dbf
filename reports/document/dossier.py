"""One person's dossier as a document."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, field_validator

from reports.document.common import (
    SCHEMA_VERSION,
    Digest,
    Identifier,
    Manifest,
    Moment,
    PageMark,
    Part,
    Severity,
    Text,
    relative_address,
)

EvidenceState = Literal["linked", "thin", "pending", "unlinked", "mismatch", "not_assessable"]
Consent = Literal["", "valid", "missing", "expired", "signed_after", "reused", "not_needed", "unknown"]
Outcome = Literal["ok", "not_found", "denied", "error"]


class EmploymentSpell(Part):
    """Role and branch of the person over a stretch of time."""

    starts: date
    ends: date | None = None
    role: str
    branch: str = ""
    manager_id: Identifier = ""


class Profile(Part):
    """Who the dossier is about."""

    employee_id: Identifier
    name: str = ""
    role: str
    branch: str = ""
    manager_id: Identifier = ""
    hired_on: date | None = None
    left_on: date | None = None
    shift: str = ""
    spells: tuple[EmploymentSpell, ...] = ()


class Reason(Part):
    """One reason of up to five. Their points add up to the score.

    Attributes:
        code: The family or feature; also the anchor of the reason on the page.
        label: A few words, without numbers.
        text: One sentence with the numbers in it.
        value: What was measured; None where a rule, not a number, speaks.
        own_normal: The same for the person's own past.
        peer_normal: The same for the peers.
        style: How the three numbers are printed.
        unit: What they count.
        window: Over which time.
        points: Share of the score that comes from this reason.
        clears: What would clear it.
        events: Look-ups behind it, as they stand in `lookups`.
    """

    code: Identifier
    label: Text
    text: Text
    value: float | None = None
    own_normal: float | None = None
    peer_normal: float | None = None
    style: Literal["count", "share", "number"] = "number"
    unit: Text
    window: Text
    points: float
    clears: Text | None = None
    events: tuple[Identifier, ...] = ()


class Defence(Part):
    """Something that could explain the pattern in the person's favour, and whether it does."""

    check: Text
    outcome: Literal["explains", "partly", "does_not", "unknown"]
    text: Text


class DayActivity(Part):
    """One day of the timeline; days without any look-up stand in it too."""

    day: date
    total: int
    unexplained: int
    mark: Literal["", "absent", "holiday", "not_assessable"] = ""
    note: Text | None = None


class CumulativePoint(Part):
    """Unexplained look-ups cumulated to a day, with what peers had by then."""

    day: date
    own: int
    peer_low: float
    peer_high: float


class Peers(Part):
    """Whom the person is compared with.

    Attributes:
        measure: What the strip shows.
        values: One value per peer.
        own: The person's own value.
        n: Peers in the group; `values` may hold fewer when thinned.
        definition: Who counts as a peer.
    """

    measure: Text
    values: tuple[float, ...] = ()
    own: float
    n: int
    median: float | None = None
    style: Literal["count", "share", "number"] = "number"
    definition: Text


class EvidenceCounts(Part):
    """All look-ups of the window by state of evidence; a mismatch is counted beside the five states."""

    linked: int = 0
    thin: int = 0
    pending: int = 0
    unlinked: int = 0
    not_assessable: int = 0
    mismatch: int = 0


class LookUp(Part):
    """One look-up, masked.

    Attributes:
        subject: Alias of the customer within this dossier, such as S-0042.
        reason: As stated in the log.
        record_id: The business record that explains it; empty when none does.
        note: Why it has this state.
        authorisation: State of the customer's consent.
    """

    event_id: Identifier
    occurred_at: Moment
    reason: str = ""
    subject: Identifier
    state: EvidenceState
    record_id: Identifier = ""
    note: Text | None = None
    authorisation: Consent = ""
    terminal: Identifier = ""
    operation: str = "query"
    outcome: Outcome = "ok"
    branch: str = ""
    requester_id: Identifier = ""


class Connection(Part):
    """Somebody or something the person's look-ups share with others."""

    kind: Literal["terminal", "colleague", "requester", "approver", "subject", "complaint", "bureau"]
    key: Identifier
    label: str = ""
    lookups: int
    unexplained: int = 0
    text: Text | None = None


class HistoryEntry(Part):
    """An earlier case or a step in the life of this one."""

    at: Moment
    case_id: Identifier
    act: Text
    by: str = ""
    note: str = ""


class RelatedCase(Part):
    """Another person's case that belongs to the same matter.

    Attributes:
        shared: Customers, look-ups or days that the two have in common.
        why: What relates them.
        page: Relative address of that case's page; empty when none was written.
    """

    case_id: Identifier
    employee_id: Identifier
    shared: int = Field(ge=1)
    why: Text
    page: str = ""

    _address = field_validator("page")(relative_address)


class Step(Part):
    """One suggested next step."""

    code: Identifier
    text: Text


class Dossier(PageMark):
    """One person's dossier.

    Attributes:
        case_number: The number of the inquiry that the reader gave as the ground for opening it.
        case_id: The case it belongs to; empty when there is none.
        as_of: The night whose stored scores and evidence are shown.
        window: Over which time the evidence is counted.
        unexplained: Cumulated unexplained look-ups, placed on the ladder 25 / 50 / 250 / 500.
        score: Sum of the reasons' points.
        other_points: Points of all reasons beyond those shown, so that the sum is the score.
        summary: At most six sentences.
        hours: Look-ups by weekday (Monday first) and hour; seven rows of 24.
        usual_hours: First and last hour of the shift, for the heat map's frame.
        lookups: Most telling first; the view shows the first of them and the CSV holds all.
        lookups_total: How many the CSV holds.
        csv_sha256: Hash of the CSV beside the page.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Literal["dossier"] = "dossier"
    profile: Profile
    case_number: Identifier
    case_id: Identifier = ""
    requested_by: str = ""
    as_of: date
    window: Text
    status: Text
    severity: Severity | None = None
    opened_on: date | None = None
    due: date | None = None
    unexplained: int = Field(ge=0)
    score: float | None = None
    p_value: float | None = Field(None, ge=0, le=1)
    cutoff_score: float | None = None
    summary: tuple[Text, ...] = Field((), max_length=6)
    reasons: tuple[Reason, ...] = Field((), max_length=5)
    other_points: float = 0.0
    speaks_for: tuple[Defence, ...] = ()
    timeline: tuple[DayActivity, ...] = ()
    cumulative: tuple[CumulativePoint, ...] = ()
    hours: tuple[tuple[int, ...], ...] = ()
    usual_hours: tuple[int, int] | None = None
    peers: Peers | None = None
    evidence: EvidenceCounts
    lookups: tuple[LookUp, ...] = ()
    lookups_total: int = 0
    csv_sha256: Digest | Literal[""] = ""
    connections: tuple[Connection, ...] = ()
    related: tuple[RelatedCase, ...] = ()
    history: tuple[HistoryEntry, ...] = ()
    steps: tuple[Step, ...] = ()
    blind_spots: tuple[Text, ...] = ()
    manifest: Manifest
