"""The section of the configuration that says how the drill is done; no night's findings depend on it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from pipeline.settings.section import Section

Scenario = Literal[
    "absent_account",
    "borrowed_ref",
    "bulk",
    "closed_days",
    "crawler",
    "hollow",
    "lent_account",
    "needle",
    "post_loan_pretext",
    "resale",
    "ring",
    "slow_drip",
    "stolen_account",
    "to_order",
]
"""Names of what a drill can plant."""


class Drill(Section):
    """The drill: leakers planted in a shadow of the bank's own logs, and what share a night would raise."""

    enabled: bool = Field(True, description="whether drills are done here; false makes the command refuse")
    scenarios: list[Scenario] = Field(
        default_factory=list,
        description="leaks to choose from; empty for all that this bank's feeds could show",
    )
    hosts_per_1000: float = Field(
        10,
        gt=0,
        le=50,
        description="people per 1,000 employees under whose accounts leaks are planted at once",
    )
    least_hosts: int = Field(6, ge=1, description="people under whose accounts leaks are planted, at least")
    work_days: int = Field(
        15,
        ge=2,
        le=60,
        description="working days, ending with the night, in which leaks are planted and nights replayed",
    )
    floor: float = Field(
        0.33,
        ge=0,
        le=1,
        description="share of the planted leakers that must be raised; below it the drill is red",
    )

    @field_validator("scenarios")
    @classmethod
    def _each_once(cls, value: list[Scenario]) -> list[Scenario]:
        if len(set(value)) < len(value):
            raise ValueError("a scenario stands in the list twice; name each once")
        return value
