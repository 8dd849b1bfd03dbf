"""One bank that grows night by night, made once a session: what the store says of it, and what everything comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd
import pytest

from pipeline.facts.kept import Keeper
from pipeline.features.windows import NightFacts, night_facts, staff_frame
from pipeline.lake.engine import connect
from pipeline.lake.store import Lake
from pipeline.settings import Settings
from tests.features.staged_bank import SETTINGS, START, StagedBank, as_came, fresh_bank

MADE_UP = "made-up"
"""A business number that is in no record, until one comes that names nobody."""
Stored = tuple[pd.DataFrame, NightFacts, int]
Computed = tuple[pd.DataFrame, NightFacts]


def night_of(offset: int) -> date:
    return START + timedelta(days=offset)


def kept(bank: StagedBank, night: date, settings: Settings = SETTINGS) -> Stored:
    """Bring the store up to a night: its facts, the night's windows, and how many days were described."""
    backend = connect(bank.home, settings)
    try:
        lake = Lake(bank.home, bank.engine)
        keeper = Keeper(backend, lake, bank.home, settings, night, night, lake.horizon())
        laid = keeper.groundwork()
        assert laid is not None
        facts = laid.facts.order_by("person", "day", "night").to_pandas()
        (window,) = night_facts(
            backend, laid.facts, staff_frame(laid.staff), laid.calendar, [night], laid.first
        )
        fresh = sum(
            f"/{keeper.now.generation:06d}-" in name
            for key in keeper.now.files["acts"].values()
            for name in key
        )
        return facts, window, fresh
    finally:
        backend.disconnect()


def whole(bank: StagedBank, night: date, settings: Settings = SETTINGS) -> Computed:
    """Compute everything, from nothing that is stored."""
    facts, (window,) = bank.facts([night], settings)
    return facts, window


def corrections(night: date) -> dict[str, pd.DataFrame]:
    """Look-ups sent again: of another customer and under a number that nobody knows, on another day, as if they had never worked."""
    log = as_came(night)["access_log"]
    recent = log[
        pd.to_datetime(log["occurred_at"], utc=True) > pd.Timestamp(night - timedelta(days=12), tz="UTC")
    ]
    again = recent.iloc[5:50:15].copy()
    again["subject_id"] = recent.iloc[60:105:15]["subject_id"].to_list()
    again["business_ref"] = MADE_UP
    moved = recent.iloc[7:52:15].copy()
    back = pd.to_datetime(moved["occurred_at"]) - pd.Timedelta(days=3)
    moved["occurred_at"] = [moment.isoformat() for moment in back]
    gone = recent.iloc[9:54:15].assign(outcome="error")
    return {"access_log": pd.concat([again, moved, gone])}


def withdrawals(night: date) -> dict[str, pd.DataFrame]:
    """Applications taken back at once, records that lose their second hand, a party that is added, in hindsight and not."""
    records = as_came(night)["business_records"]
    created = pd.to_datetime(records["created_at"], utc=True)
    young = records[
        (records["kind"] == "loan_application")
        & (created > pd.Timestamp(night - timedelta(days=20), tz="UTC"))
    ]
    taken = young.iloc[::3].copy()
    taken["status"], taken["closed_at"] = "withdrawn", taken["created_at"]
    lonely = young.iloc[1::3].assign(
        second_person=False, recorded_at=f"{night - timedelta(days=1)}T20:00:00+08:00"
    )
    parties = as_came(night)["record_parties"]
    added = parties[parties["record_id"].isin(young["record_id"])].iloc[::4].copy()
    added["subject_id"] = list(as_came(night)["access_log"]["subject_id"].iloc[: len(added)])
    added["party_role"] = "guarantor"
    number = young.iloc[2:3].assign(
        record_id=MADE_UP, recorded_at=f"{night - timedelta(days=1)}T20:00:00+08:00"
    )
    return {"business_records": pd.concat([taken, lonely, number]), "record_parties": added}


AS_CAME = 4
"""So many of the steps bring what came, as it came; the others bring what was not foreseen."""
STEPS: tuple[tuple[str, int, Callable[[date, date], dict[str, pd.DataFrame]]], ...] = (
    ("the first night", 43, lambda night, before: as_came(night)),
    ("the next night, with rows that come late", 44, lambda night, before: as_came(night, before)),
    ("nine nights later, with a move and harm told late", 53, lambda night, before: as_came(night, before)),
    ("a week later, with a leaver", 60, lambda night, before: as_came(night, before)),
    ("corrected look-ups", 60, lambda night, before: corrections(night)),
    ("withdrawn records", 61, lambda night, before: as_came(night, before) | withdrawals(before)),
)


@dataclass(frozen=True)
class GrownBank:
    """A bank that grew step by step, and what was said after each; tests leave its rows as they are.

    Attributes:
        bank: The bank after the last step.
        nights: Step → its night.
        stored: Step → what the store said, brought up to the night.
        computed: Step → what everything came to, from nothing that is stored.
    """

    bank: StagedBank
    nights: dict[str, date] = field(default_factory=dict)
    stored: dict[str, Stored] = field(default_factory=dict)
    computed: dict[str, Computed] = field(default_factory=dict)


@pytest.fixture(scope="session")
def grown_bank() -> GrownBank:
    """Let a bank grow: what is stored of it is asked about, and whether what was known then is known still."""
    found, before = GrownBank(fresh_bank()), START
    for what, offset, came in STEPS:
        night = night_of(offset)
        found.bank.take(came(night, before))
        found.nights[what] = night
        found.stored[what], found.computed[what] = kept(found.bank, night), whole(found.bank, night)
        before = night
    return found
