"""The configuration as types: every key, its default, its unit."""

from __future__ import annotations

import hashlib
import json
from datetime import time
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipeline.settings.countries import COUNTRIES
from pipeline.settings.drill import Drill
from pipeline.settings.operation import (
    OPERATION,
    Deadlines,
    Mail,
    Privacy,
    Retention,
    Reveal,
    Schedule,
    Siem,
    Tell,
    Watch,
    Webhook,
)
from pipeline.settings.section import Section
from pipeline.settings.sources import Source


class Bank(Section):
    """Whose nights these are."""

    name: str = Field("", description="the institution's name, as printed on reports")
    zone: str = Field(
        "Asia/Shanghai", description="time zone of the business day, and of times without an offset"
    )
    country: str = Field("CN", description="whose public holidays and make-up days, ISO 3166 code")
    cutoff: time = Field(
        time(2, 0), description="local time on the day after, at which the night's data are closed"
    )

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"no time zone is called {value!r}; names look like Asia/Shanghai") from error
        return value

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        if value not in COUNTRIES:
            raise ValueError(
                f"no holidays are known of such a country; {len(COUNTRIES)} are known, by codes of two capitals such as CN, HK, NL or US"
            )
        return value


class Intake(Section):
    """How exports are taken in."""

    max_reject_share: float = Field(
        0.05, ge=0, le=1, description="share of rejected rows in a file above which the night is incomplete"
    )
    drop_below: float = Field(
        0.5, gt=0, lt=1, description="share of a like day's rows below which a feed or source has dropped"
    )
    keep_rejected_days: int = Field(
        30,
        ge=0,
        description="days for which rejected rows of standard input and databases are kept, under seal",
    )
    manifests: list[str] = Field(
        default_factory=list,
        description="manifests besides those that lie beside the exports; not absolute: in the home",
    )


class Engine(Section):
    """Who computes, and within what bounds."""

    name: Literal["duckdb", "spark"] = Field(
        "duckdb", description="duckdb in this process, or spark (`pip install 'tellerwatch[spark]'`)"
    )
    memory_limit: str = Field("2GB", description="memory that the engine may use")
    intake_memory_limit: str = Field(
        "800MB",
        description="memory that it may use while a file is taken in; more is spilled to the home's tmp",
    )
    threads: int = Field(0, ge=0, description="threads; 0 takes all cores")
    spark_master: str = Field(
        "local[*]", description="the Spark cluster's address; local[*] takes this machine's cores"
    )
    spark_options: dict[str, str] = Field(
        default_factory=dict, description="Spark's own settings, over those that Tellerwatch gives"
    )


class Evidence(Section):
    """When a business record explains a look-up."""

    bank_wide_kinds: dict[str, list[str]] = Field(
        default_factory=dict,
        description="role → kinds of records that it handles for the whole bank; over what history shows",
    )


class Limits(Section):
    """What the bank allows anybody to do in a day."""

    lookups_per_day: dict[str, int] = Field(
        default_factory=dict,
        description='role → look-ups a day, "*" for every other role; a limit not named is learned',
    )


class Detection(Section):
    """How unusual is measured against the past."""

    seed: int = Field(20260101, description="seed of everything that draws numbers")
    detectors: list[str] = Field(
        ["iforest", "knn", "hbos"], description="PyOD detectors of the pattern family; empty switches it off"
    )
    pattern_rows: int = Field(
        2000, ge=100, description="past employee-nights that the detectors are fitted on, at most"
    )
    reference_workdays: int = Field(
        60, ge=10, description="working days of the past that a night is measured against"
    )
    reference_every: int = Field(
        4, ge=1, description="every how many working days a past night is taken as a reference"
    )
    warm_up_days: int = Field(
        20, ge=1, description="calendar days after the first look-up before a night can be a reference"
    )
    least_reference_nights: int = Field(
        3, ge=1, description="fewer past nights than this, and there is a review queue instead of alerts"
    )
    least_reference_rows: int = Field(200, ge=1, description="fewer past employee-nights than this, likewise")
    most_reference_rows: int = Field(
        60000, ge=1000, description="past employee-nights used, at most; evenly thinned beyond"
    )
    context_nats: float = Field(
        3.0, gt=0, description="most that a family which only shows how something was done can say, in nats"
    )
    context_beyond: float = Field(
        0.05, ge=0, le=1, description="worth of each nat that such a family says beyond that"
    )
    least_slope: float = Field(
        0.35, gt=0, le=1, description="least worth of a nat beyond what the past has shown"
    )


class Alerting(Section):
    """When a person is brought to an officer's desk."""

    open_nats: float = Field(
        9.0,
        gt=0,
        description="evidence from which a case is opened, in nats; 9 is one in 8,000 employee-nights",
    )
    keep_nats: float = Field(
        5.5, gt=0, description="evidence above which an open case stays before the officer's eyes"
    )
    budget_per_1000_per_week: float = Field(
        4.0, gt=0, description="new cases per 1,000 employees and week, at most; policy rules come on top"
    )
    quiet_days: int = Field(
        14, ge=1, description="calendar days of quiet after which a person counts as newly raised"
    )
    audit_share: float = Field(
        0.0,
        ge=0,
        le=0.5,
        description="people drawn by lot beside the raised, as a share of the budget (0.05: one to twenty); "
        "they show what the model misses, and 0 draws nobody",
    )
    absent_lookups: int = Field(
        3,
        ge=1,
        description="look-ups on a day of absence that make a case whatever the model says; "
        "after leaving, one is enough",
    )
    gathered_others: int = Field(
        2,
        ge=0,
        description="others, not all of the own branch, who looked at the same protected customer within days, all without a "
        "record, that make a case of each who looked; 0 switches the rule off",
    )


class Casebook(Section):
    """Where decisions are kept."""

    url: str = Field("", description="SQLAlchemy address; empty means the home's own SQLite file")
    second_person_from: Literal["low", "medium", "high", "critical"] = Field(
        "high", description="severity from which closing a case, and hiding a finding, needs a second person"
    )
    second_person_must_act: bool = Field(
        False,
        description="the second person closes under their own account (PostgreSQL); false lets them be named",
    )
    officers: dict[str, str] = Field(
        default_factory=dict, description="operating-system user → employee_id, where the two differ"
    )
    reopen_growth: int = Field(
        5, ge=1, description="unexplained look-ups more than at closing that re-open a case"
    )
    new_case_after_days: int = Field(
        90, ge=1, description="days after closing from which an alert opens a new case instead of the old one"
    )
    suppression_max_days: int = Field(180, ge=1, description="days that a suppression may last at most")


class Reports(Section):
    """How reports look."""

    language: Literal["zh", "en"] = Field("zh", description="language shown first; both are always inside")
    classification: str = Field("C2", description="classification mark printed on every page")


class Settings(BaseModel):
    """The whole configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    # First, as a key of no section can stand only before all sections.
    sources: dict[str, Source] = Field(
        default_factory=dict, description="databases to read feeds from, each a section [sources.NAME]"
    )
    bank: Bank = Bank()
    intake: Intake = Intake()
    engine: Engine = Engine()
    evidence: Evidence = Evidence()
    limits: Limits = Limits()
    detection: Detection = Detection()
    alerting: Alerting = Alerting()
    casebook: Casebook = Casebook()
    reports: Reports = Reports()
    schedule: Schedule = Schedule()
    watch: Watch = Watch()
    tell: Tell = Tell()
    mail: Mail = Mail()
    webhook: Webhook = Webhook()
    siem: Siem = Siem()
    retention: Retention = Retention()
    deadlines: Deadlines = Deadlines()
    reveal: Reveal = Reveal()
    drill: Drill = Drill()
    privacy: Privacy = Privacy()

    @property
    def config_hash(self) -> str:
        """Twelve hex digits that change when any value changes that a night's findings can depend on."""
        values = self.model_dump(mode="json", exclude={*OPERATION, "sources", "casebook", "engine"})
        text = json.dumps(values, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]
