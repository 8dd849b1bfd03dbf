"""What leaks are made of: hosts and their honest work, customers to steal, business to hide behind, days."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

SUBJECT = ("subject_token", "subject_province", "subject_city", "subject_age_band", "subject_valid")
"""What a row tells of the customer."""


@dataclass(frozen=True)
class Host:
    """A real employee under whose account a leak is planted, in the shadow only.

    Attributes:
        employee_id: The person.
        role: What they do.
        branch: Where.
        per_day: Median look-ups of a day on which they look anybody up.
        is_busy: Among the busiest tenth of the staff.
        work: Their own honest look-ups in the lake's columns, days as `date`; never empty.
        away: Days of the span on which the bank knows them to be absent.
    """

    employee_id: str
    role: str
    branch: str
    per_day: float
    is_busy: bool
    work: pd.DataFrame = field(repr=False)
    away: tuple[date, ...] = ()

    @property
    def days_at_work(self) -> frozenset[date]:
        """Days on which the person looked anybody up."""
        return frozenset(self.work["business_day"])


@dataclass(frozen=True)
class Material:
    """The bank as a leak finds it.

    Attributes:
        night: Last day of the span.
        work_days: Working days of the span, in order.
        closed_days: Days of the span on which the bank is closed.
        zone: The bank's time zone.
        strangers: SUBJECT columns and branch of people looked up anywhere: their shape is borrowed, not their token.
        customers: SUBJECT columns and home_branch of customers without any business and without any look-up.
        applications: record_id, branch_id, created_at_local of recent loan applications with parties.
        records_like: A few business records in the lake's columns, after which invented ones are written.
        terminals: branch, terminal_id, source_ip of places where look-ups are made.
        feeds: Feeds that the bank sends.
        reasons: Reasons that the log gives.
        operations: Acts that the log tells apart.
        batch: Number of the batch that planted rows pretend to come with.
    """

    night: date
    work_days: tuple[date, ...]
    closed_days: tuple[date, ...]
    zone: str
    strangers: pd.DataFrame = field(repr=False)
    customers: pd.DataFrame = field(repr=False)
    applications: pd.DataFrame = field(repr=False)
    records_like: pd.DataFrame = field(repr=False)
    terminals: pd.DataFrame = field(repr=False)
    feeds: frozenset[str]
    reasons: frozenset[str]
    operations: frozenset[str]
    batch: int
