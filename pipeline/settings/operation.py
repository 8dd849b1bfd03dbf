"""The part of the configuration that says how the installation runs, and nothing of what a night finds.

These sections stay out of the configuration's hash: another mail server must not make tonight another night.
"""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator

from pipeline.settings.section import Section


class Schedule(Section):
    """What runs by itself, and when."""

    nightly: bool = Field(True, description="run the nights that are due, each day after the cut-off")
    delay_minutes: int = Field(
        30, ge=0, le=1200, description="minutes after the cut-off at which the nights are run"
    )
    time_limit_minutes: float = Field(
        360, gt=0, description="minutes after which a job is taken for hung and ended"
    )
    grace_seconds: float = Field(
        30, gt=0, description="seconds that a job has to end by itself before it is killed"
    )
    drop_folders: list[str] = Field(
        default_factory=list, description="folders in which exports are left; each file is taken in once"
    )
    drop_mappings: dict[str, str] = Field(
        default_factory=dict, description="pattern of dropped files' names → the mapping that reads them"
    )
    drop_settle_seconds: float = Field(
        60, ge=0, description="seconds without a change after which a dropped file is taken for whole"
    )
    drop_done_endings: list[str] = Field(
        [".done", ".ok"], description="endings of the empty files that say the file beside them is whole"
    )
    drop_needs_marker: bool = Field(
        False, description="take no dropped file without such a marker, however long it lies"
    )
    ingest_minutes: float = Field(15, gt=0, description="minutes between two looks into the drop folders")
    heartbeat_seconds: float = Field(60, gt=0, description="seconds between two heartbeats")
    tell_minutes: float = Field(
        10, gt=0, description="minutes between two attempts to send what waits in the outbox"
    )
    month_report_day: int = Field(
        0, ge=0, le=28, description="day of the month on which the month report is written; 0 for never"
    )
    drill_day: Literal["", "every", "mon", "tue", "wed", "thu", "fri", "sat", "sun"] = Field(
        "", description="day of the week on which the drill is run after the night, or every; empty for never"
    )
    purge: bool = Field(False, description="delete each day what is past its retention")
    rescore_days: int = Field(
        7,
        ge=0,
        le=40,
        description="days back over which nights are scored again when data for them came late; 0 for never",
    )
    retries: int = Field(5, ge=0, description="times a job is tried again after a transient error")
    retry_seconds: float = Field(
        60, gt=0, description="seconds before the first retry; each further one waits twice as long"
    )
    retry_longest_seconds: float = Field(3600, gt=0, description="most seconds between two retries")


class Watch(Section):
    """How somebody notices that nothing runs any more."""

    push_url: str = Field(
        "", description="address called after each good heartbeat (a dead-man's switch); empty for none"
    )
    textfile: str = Field(
        "", description="Prometheus text file; empty for watch/tellerwatch.prom in the home"
    )
    late_hours: float = Field(
        6, gt=0, description="hours after its time at which a night that is not done counts as late"
    )


class Mail(Section):
    """The message after a night, by mail: counts and a link, no names."""

    host: str = Field("", description="SMTP server; empty for no mail")
    port: int = Field(587, ge=1, le=65535, description="SMTP port")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="how the connection is protected"
    )
    ca_file: str = Field(
        "", description="file of the authority that signs the server's certificate; empty for the system's"
    )
    user: str = Field("", description="SMTP user; empty for no login")
    password_file: str = Field(
        "", description="file that holds the password; TELLERWATCH_MAIL_PASSWORD can stand in for it"
    )
    sender: str = Field("", description="address that the message comes from")
    recipients: list[str] = Field(default_factory=list, description="addresses that it goes to")
    with_ids: bool = Field(
        False, description="name the employees' ids of new cases; off, the mail holds counts alone"
    )


class Webhook(Section):
    """The message after a night, posted to an address and signed."""

    url: str = Field("", description="address that the message is posted to; empty for none")
    secret_file: str = Field(
        "", description="file of the signing secret; TELLERWATCH_WEBHOOK_SECRET can stand in for it"
    )


class Siem(Section):
    """The file after a night for the bank's security tools, one a night."""

    format: Literal["", "ocsf", "ecs", "cef"] = Field(
        "", description="ocsf, ecs or cef: the form of the night's file; empty for none"
    )
    folder: str = Field("", description="folder in which it is left; empty for siem in the home")


class Tell(Section):
    """What is told after a night, whichever way it goes."""

    report_link: str = Field(
        "", description="address of the reports' folder as readers reach it; empty gives the file's path"
    )
    nights_back: int = Field(
        7, ge=1, description="days back from the last night that are told of; older nights caught up are not"
    )
    timeout_seconds: float = Field(20, gt=0, description="seconds that a server has to answer")
    attempts: int = Field(
        12, ge=1, description="attempts to send a message before it is set aside as undeliverable"
    )


class Retention(Section):
    """How long each kind of data is kept; 0 keeps it for ever. What a hold covers is kept."""

    lookups_days: int = Field(
        730, ge=0, description="days that look-ups, logins and business in the lake are kept"
    )
    scores_days: int = Field(730, ge=0, description="days that scores and reasons are kept")
    reports_days: int = Field(1095, ge=0, description="days that rendered reports are kept")
    quarantine_days: int = Field(180, ge=0, description="days that rejected rows are kept")
    cases_days: int = Field(1825, ge=0, description="days after closing that a case is kept")
    logs_days: int = Field(90, ge=0, description="days that logs, crash records and sent messages are kept")
    least_days: int = Field(
        400, ge=400, description="days that the nights look back; look-ups younger than this are never purged"
    )


class Deadlines(Section):
    """Clocks that run from the moment at which somebody became aware of a case."""

    decide_hours: float = Field(
        72, ge=0, description="hours from awareness by which a case is to be decided; 0 for none"
    )
    legal_hours: dict[str, float] = Field(
        default_factory=dict,
        description="name → hours from awareness, for each deadline of the law; to be checked by counsel",
    )
    legal_sources: dict[str, str] = Field(
        default_factory=dict, description="name → where that deadline stands, in words, shown beside it"
    )

    @field_validator("legal_hours")
    @classmethod
    def _positive(cls, value: dict[str, float]) -> dict[str, float]:
        if short := [name for name, hours in value.items() if hours <= 0]:
            raise ValueError(f"{short[0]!r} needs more than 0 hours; take the line out to have no such clock")
        return value


class Reveal(Section):
    """Unmasked copies, with four eyes."""

    longest_hours: int = Field(168, ge=1, description="hours for which a request can be used, at most")
    approver_keys: dict[str, str] = Field(
        default_factory=dict,
        description="name → Ed25519 public key (64 hexadecimal digits) of those who may approve by signature",
    )

    @field_validator("approver_keys")
    @classmethod
    def _keys(cls, value: dict[str, str]) -> dict[str, str]:
        for name, key in value.items():
            if not re.fullmatch(r"[0-9a-f]{64}", key):
                raise ValueError(f"the key of {name!r} is not 64 hexadecimal digits in lower case")
        return value


class Privacy(Section):
    """How staff is shown."""

    staff: Literal["names", "codes"] = Field(
        "names",
        description="names: staff by id and name; codes: by a stable code everywhere, told by `reveal who` alone",
    )


OPERATION = frozenset(
    {
        "schedule",
        "watch",
        "tell",
        "mail",
        "webhook",
        "siem",
        "retention",
        "deadlines",
        "reveal",
        "privacy",
        "drill",
    }
)
"""Sections that cannot change what a night finds."""
