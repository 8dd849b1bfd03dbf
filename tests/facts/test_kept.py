"""Stored facts say what a computation of everything says, whatever came in between, and whatever became of the store."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest

from pipeline.facts.kept import Keeper
from pipeline.facts.lots import lots
from pipeline.facts.manifest import facts_signature
from pipeline.facts.store import FactStore
from pipeline.features.catalogue import PEAKS
from pipeline.features.windows import NightFacts, night_facts, staff_frame
from pipeline.lake.engine import connect
from pipeline.lake.store import Lake
from pipeline.settings import Settings
from tests.features.staged_bank import SETTINGS, START, StagedBank, as_came, fresh_bank, known_by, tables
from tests.homes import copied, numbers_in

FAR = date(2100, 1, 1)
MADE_UP = "made-up"
"""A business number that is in no record, until one comes that names nobody."""
OTHER = Settings.model_validate(
    {
        "engine": {"threads": 1},
        "limits": {"lookups_per_day": {"*": 4}},
    }
)


def night_of(offset: int) -> date:
    return START + timedelta(days=offset)


def kept(
    bank: StagedBank, night: date, settings: Settings = SETTINGS
) -> tuple[pd.DataFrame, NightFacts, int]:
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


def whole(bank: StagedBank, night: date, settings: Settings = SETTINGS) -> tuple[pd.DataFrame, NightFacts]:
    """Compute everything, from nothing that is stored."""
    from pipeline.groundwork import lay

    backend = connect(bank.home, settings)
    try:
        laid = lay(backend, Lake(bank.home, bank.engine), settings, night, night)
        (window,) = night_facts(
            backend, laid.facts, staff_frame(laid.staff), laid.calendar, [night], laid.first
        )
        return laid.facts.order_by("person", "day", "night").to_pandas(), window
    finally:
        backend.disconnect()


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


STEPS: tuple[tuple[str, int, Callable[[date, date], dict[str, pd.DataFrame]]], ...] = (
    ("the first night", 43, lambda night, before: as_came(night)),
    ("the next night, with rows that come late", 44, lambda night, before: as_came(night, before)),
    (
        "ten nights later, with a move, a leaver and harm told late",
        60,
        lambda night, before: as_came(night, before),
    ),
    ("corrected look-ups", 60, lambda night, before: corrections(night)),
    ("withdrawn records", 61, lambda night, before: as_came(night, before) | withdrawals(before)),
)
Both = dict[str, tuple[tuple[pd.DataFrame, NightFacts, int], tuple[pd.DataFrame, NightFacts], date]]


@cache
def grown() -> tuple[StagedBank, Both]:
    """A bank that grows step by step: after each, what is stored beside what everything comes to."""
    bank, found, before = fresh_bank(), {}, START
    for what, offset, came in STEPS:
        night = night_of(offset)
        bank.take(came(night, before))
        found[what] = (kept(bank, night), whole(bank, night), night)
        before = night
    return bank, found


def assert_equal(
    stored: tuple[pd.DataFrame, NightFacts, int], computed: tuple[pd.DataFrame, NightFacts], night: date
) -> None:
    for known in (night, FAR):
        pd.testing.assert_frame_equal(
            known_by(stored[0], known, PEAKS), known_by(computed[0], known, PEAKS), check_exact=True
        )
    one, other = stored[1], computed[1]
    assert one.people.tolist() == other.people.tolist()
    assert one.roles.tolist() == other.roles.tolist()
    assert one.branches.tolist() == other.branches.tolist()
    for measure in other.bands:
        assert np.array_equal(one.bands[measure], other.bands[measure]), measure


@pytest.mark.parametrize("what", [what for what, _, _ in STEPS])
def test_stored_facts_equal_a_computation_of_everything_after(what: str) -> None:
    assert_equal(*grown()[1][what])


def test_a_night_describes_only_the_days_that_changed() -> None:
    _, found = grown()
    days = {what: stored[2] for what, (stored, _, _) in found.items()}
    assert days["the next night, with rows that come late"] <= 8
    assert days["the first night"] >= 30


def test_the_steps_change_what_was_known() -> None:
    _, found = grown()
    for earlier, later in zip(list(found)[2:], list(found)[3:], strict=False):
        night = found[earlier][2] - timedelta(days=1)
        one, other = (known_by(found[what][1][0], night, PEAKS) for what in (earlier, later))
        assert not one.equals(other), f"{later} changed nothing of the nights before"


def test_a_number_is_unknown_until_a_record_of_it_comes() -> None:
    _, found = grown()
    facts = [known_by(found[what][1][0], FAR, PEAKS) for what in list(found)[2:]]
    unknown = [(table["unknown_number"] + table["unknown_explained"]).sum() for table in facts]
    assert unknown[0] < unknown[1] > unknown[2]


def test_other_settings_find_no_facts_of_theirs_and_compute_them() -> None:
    bank, _ = grown()
    night = night_of(61)
    assert FactStore(bank.home).load(facts_signature(OTHER)) is None
    stored, computed = kept(bank, night, OTHER), whole(bank, night, OTHER)
    assert_equal(stored, computed, night)
    before, _, _ = grown()[1]["withdrawn records"]
    assert not known_by(before[0], night, PEAKS).equals(known_by(stored[0], night, PEAKS))


def _deleted(store: FactStore) -> None:
    shutil.rmtree(store.root)


def _one_file_deleted(store: FactStore) -> None:
    next(iter(sorted(store.root.glob("facts/*/*.parquet")))).unlink()


def _half_written(store: FactStore) -> None:
    path = sorted(store.root.glob("acts/*/*.parquet"))[-1]
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _foreign(store: FactStore) -> None:
    (store.root / "manifest.json").write_text('{"signature": "somebody else\'s"}')


def _unreadable(store: FactStore) -> None:
    (store.root / "manifest.json").write_bytes(b"\xff\x00{")


@pytest.mark.parametrize("spoil", [_deleted, _one_file_deleted, _half_written, _foreign, _unreadable])
def test_a_spoiled_store_is_not_believed(spoil: Callable[[FactStore], None]) -> None:
    bank, _ = grown()
    store = FactStore(bank.home)
    signature = facts_signature(store_settings(store))
    kept_aside = store.root.with_name("aside")
    shutil.rmtree(kept_aside, ignore_errors=True)
    copied(store.root, kept_aside)
    try:
        assert store.load(signature) is not None
        spoil(store)
        assert store.load(signature) is None
    finally:
        shutil.rmtree(store.root, ignore_errors=True)
        kept_aside.rename(store.root)


def store_settings(store: FactStore) -> Settings:
    """Return the settings whose facts are stored now: the tests run in any order."""
    return next(one for one in (SETTINGS, OTHER) if store.load(facts_signature(one)) is not None)


def test_a_half_written_store_is_computed_again_and_a_great_bank_s_days_lot_by_lot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bank, found = grown()
    _, computed, night = found["withdrawn records"]
    store, parted = FactStore(bank.home), []

    def small_lots(days: Iterable[date], size_of: Callable[[date], int]) -> list[set[date]]:
        whole = sum(size_of(day) for day in set(days))
        parted.extend(lots(days, size_of, at_most=whole // 3))
        return parted

    monkeypatch.setattr("pipeline.facts.kept.lots", small_lots)
    _half_written(store)
    stored = kept(bank, night)
    assert stored[2] >= 40
    assert len(parted) >= 3
    assert_equal(stored, computed, night)


def test_what_is_stored_is_the_owner_s_alone() -> None:
    bank, _ = grown()
    root = FactStore(bank.home).root
    paths = list(root.rglob("*"))
    assert len(paths) > 100
    assert {oct(path.stat().st_mode & 0o777) for path in paths if path.is_file()} == {"0o600"}
    assert {oct(path.stat().st_mode & 0o777) for path in (root, *paths) if path.is_dir()} == {"0o700"}


def test_no_number_of_a_customer_is_stored() -> None:
    bank, _ = grown()
    numbers = set(tables()["access_log"]["subject_id"].astype(str))
    content = b"".join(
        path.read_bytes() for path in sorted(FactStore(bank.home).root.rglob("*")) if path.is_file()
    )
    assert not numbers_in(content, numbers)
