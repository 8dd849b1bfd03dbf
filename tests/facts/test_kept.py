"""Stored facts say what a computation of everything says, whatever came in between, and whatever became of the store."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from pipeline.facts.lots import lots
from pipeline.facts.manifest import facts_signature
from pipeline.facts.store import FactStore
from pipeline.features.catalogue import PEAKS
from pipeline.settings import Settings
from tests.features.grown_bank import AS_CAME, STEPS, Computed, GrownBank, Stored, kept, night_of, whole
from tests.features.staged_bank import SETTINGS, known_by, tables
from tests.homes import copied, numbers_in

FAR = date(2100, 1, 1)
OTHER = Settings.model_validate(
    {
        "engine": {"threads": 1},
        "limits": {"lookups_per_day": {"*": 4}},
    }
)


def assert_equal(stored: Stored, computed: Computed, night: date) -> None:
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
def test_stored_facts_equal_a_computation_of_everything_after(what: str, grown_bank: GrownBank) -> None:
    assert_equal(grown_bank.stored[what], grown_bank.computed[what], grown_bank.nights[what])


def test_a_night_describes_only_the_days_that_changed(grown_bank: GrownBank) -> None:
    days = {what: stored[2] for what, stored in grown_bank.stored.items()}
    assert days["the next night, with rows that come late"] <= 8
    assert days["the first night"] >= 30


def test_the_steps_change_what_was_known(grown_bank: GrownBank) -> None:
    found = grown_bank.computed
    for earlier, later in pairwise(list(found)[AS_CAME - 1 :]):
        night = grown_bank.nights[earlier] - timedelta(days=1)
        one, other = (known_by(found[what][0], night, PEAKS) for what in (earlier, later))
        assert not one.equals(other), f"{later} changed nothing of the nights before"


def test_a_number_is_unknown_until_a_record_of_it_comes(grown_bank: GrownBank) -> None:
    found = grown_bank.computed
    facts = [known_by(found[what][0], FAR, PEAKS) for what in list(found)[AS_CAME - 1 :]]
    unknown = [(table["unknown_number"] + table["unknown_explained"]).sum() for table in facts]
    assert unknown[0] < unknown[1] > unknown[2]


def test_other_settings_find_no_facts_of_theirs_and_compute_them(grown_bank: GrownBank) -> None:
    bank, night = grown_bank.bank, night_of(61)
    assert FactStore(bank.home).load(facts_signature(OTHER)) is None
    stored, computed = kept(bank, night, OTHER), whole(bank, night, OTHER)
    assert_equal(stored, computed, night)
    before = grown_bank.stored["withdrawn records"]
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
def test_a_spoiled_store_is_not_believed(spoil: Callable[[FactStore], None], grown_bank: GrownBank) -> None:
    store = FactStore(grown_bank.bank.home)
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
    monkeypatch: pytest.MonkeyPatch, grown_bank: GrownBank
) -> None:
    computed, night = grown_bank.computed["withdrawn records"], grown_bank.nights["withdrawn records"]
    store, parted = FactStore(grown_bank.bank.home), []

    def small_lots(days: Iterable[date], size_of: Callable[[date], int]) -> list[set[date]]:
        whole = sum(size_of(day) for day in set(days))
        parted.extend(lots(days, size_of, at_most=whole // 3))
        return parted

    monkeypatch.setattr("pipeline.facts.kept.lots", small_lots)
    _half_written(store)
    stored = kept(grown_bank.bank, night)
    assert stored[2] >= 40
    assert len(parted) >= 3
    assert_equal(stored, computed, night)


def test_what_is_stored_is_the_owner_s_alone(grown_bank: GrownBank) -> None:
    root = FactStore(grown_bank.bank.home).root
    paths = list(root.rglob("*"))
    assert len(paths) > 100
    assert {oct(path.stat().st_mode & 0o777) for path in paths if path.is_file()} == {"0o600"}
    assert {oct(path.stat().st_mode & 0o777) for path in (root, *paths) if path.is_dir()} == {"0o700"}


def test_no_number_of_a_customer_is_stored(grown_bank: GrownBank) -> None:
    numbers = set(tables()["access_log"]["subject_id"].astype(str))
    content = b"".join(
        path.read_bytes()
        for path in sorted(FactStore(grown_bank.bank.home).root.rglob("*"))
        if path.is_file()
    )
    assert not numbers_in(content, numbers)
