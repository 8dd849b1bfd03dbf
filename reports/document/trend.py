"""The month and the index as documents: written once when a month is over, so that ten years stay fast."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field, field_validator

from reports.document.common import SCHEMA_VERSION, Identifier, PageMark, Part, Text, relative_address

NightState = Literal["complete", "incomplete", "failed", "missing"]


class MonthNight(Part):
    """One night of the month."""

    night: date
    state: NightState
    new: int = 0
    continued: int = 0
    reopened: int = 0
    lookups: int = 0
    coverage: float | None = Field(None, ge=0, le=1, description="rows received of rows expected, all feeds")
    recall: float | None = Field(None, ge=0, le=1, description="drill recall, where a drill ran")
    address: str = ""

    _address = field_validator("address")(relative_address)


class UnitShare(Part):
    """Unexplained look-ups of a branch or an approver over the month, with the denominator."""

    key: Identifier
    unexplained: int
    lookups: int
    share: float = Field(ge=0, le=1)
    cases: int = 0


class Disposition(Part):
    """How closed cases ended."""

    outcome: Text
    cases: int


class MonthReport(PageMark):
    """One month.

    Attributes:
        month: Its first day.
        close_days: Median days from opening to closing of the cases closed in the month; None when none was.
        over: The month has ended and the page will not be written again.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Literal["month"] = "month"
    month: date
    over: bool = True
    nights: tuple[MonthNight, ...]
    opened: int = 0
    closed: int = 0
    open_at_end: int = 0
    close_days: float | None = None
    dispositions: tuple[Disposition, ...] = ()
    branches: tuple[UnitShare, ...] = ()
    approvers: tuple[UnitShare, ...] = ()
    recall_floor: float | None = Field(None, ge=0, le=1)


class IndexMonth(Part):
    """One month on the index."""

    month: date
    nights: int
    incomplete: int = 0
    failed: int = 0
    opened: int = 0
    closed: int = 0
    address: str

    _address = field_validator("address")(relative_address)


class IndexReport(PageMark):
    """The way in: the newest nights, then all months, newest first."""

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Literal["index"] = "index"
    latest: tuple[MonthNight, ...] = ()
    months: tuple[IndexMonth, ...] = ()
    open_cases: int = 0
