"""One synthetic bank in the making: what every part of the simulation reads and writes."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.contract import DATA_CATEGORIES, OPERATIONS, OUTCOMES, PARTY_ROLES, RECORD_KINDS
from pipeline.simulate.days import Days
from pipeline.simulate.growing import NEVER, NONE, Growing
from pipeline.simulate.habits import Habits
from pipeline.simulate.staff import Staff
from pipeline.simulate.subjects import Subjects

REASONS = (
    "loan_approval",
    "card_approval",
    "post_loan",
    "guarantee",
    "legal_representative",
    "merchant",
    "objection",
    "self_request",
    "counter_service",
    "collection",
    "judicial",
    "other",
)
REASON = {name: i for i, name in enumerate(REASONS)}
KIND = {name: i for i, name in enumerate(RECORD_KINDS)}
PARTY = {name: i for i, name in enumerate(PARTY_ROLES)}
OPERATION = {name: i for i, name in enumerate(OPERATIONS)}
CATEGORY = {name: i for i, name in enumerate(DATA_CATEGORIES)}
OUTCOME = {name: i for i, name in enumerate(OUTCOMES)}
STATUSES = ("open", "approved", "declined", "withdrawn", "active", "closed")
STATUS = {name: i for i, name in enumerate(STATUSES)}
CONSENT = {"none": 0, "given": 1, "missing": 2}


def _lookups() -> Growing:
    return Growing(
        {
            "at": ("i8", 0),
            "actor": ("i4", 0),
            "subject": ("i8", 0),
            "reason": ("i1", 0),
            "operation": ("i1", OPERATION["query"]),
            "category": ("i1", CATEGORY["credit_report"]),
            "outcome": ("i1", OUTCOME["ok"]),
            "requester": ("i4", NONE),
            "ref": ("i8", NONE),  # the record whose number was typed in
            "branch": ("i4", NONE),  # NONE: where the person works that day
            "seat": ("i4", NONE),  # NONE: the person's own terminal
            "machine": ("?", False),
            "unsigned": ("?", False),  # made without the customer's consent
            "paced": ("?", True),  # a human hand: no two acts within a few seconds
            "plot": ("i4", NONE),  # the leak this look-up belongs to; never leaves the truth folder
        }
    )


def _records() -> Growing:
    return Growing(
        {
            "kind": ("i1", 0),
            "branch": ("i4", 0),
            "created": ("i8", 0),
            "by": ("i4", NONE),  # NONE: made by a system
            "decided": ("i8", NEVER),
            "closed": ("i8", NEVER),
            "status": ("i1", 0),
            "amount": ("f8", np.nan),
            "second": ("?", True),
        }
    )


@dataclass
class World:
    """Everything there is; times are wall-clock seconds, people and records are row numbers."""

    seed: int
    habits: Habits
    days: Days
    staff: Staff
    subjects: Subjects
    lookups: Growing = field(default_factory=_lookups)
    records: Growing = field(default_factory=_records)
    parties: Growing = field(
        default_factory=lambda: Growing({"record": ("i8", 0), "subject": ("i8", 0), "role": ("i1", 0)})
    )
    logins: Growing = field(
        default_factory=lambda: Growing(
            {
                "at": ("i8", 0),
                "actor": ("i4", 0),
                "branch": ("i4", NONE),
                "seat": ("i4", NONE),
                "ok": ("?", True),
            }
        )
    )
    complaints: Growing = field(
        default_factory=lambda: Growing({"day": ("i8", 0), "subject": ("i8", 0), "kind": ("i1", 0)})
    )
    plots: list[dict[str, Any]] = field(default_factory=list)
    innocents: list[tuple[int, str]] = field(default_factory=list)

    def rng(self, *name: str | int) -> np.random.Generator:
        """Give a stream of chance of its own to each part, so that one part's draws never shift another's."""
        return np.random.default_rng([self.seed, *(zlib.crc32(str(part).encode()) for part in name)])
