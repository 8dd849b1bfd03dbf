"""The lake shows published rows only, typed as the contract says, as of a batch and a moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pytest
from ibis.backends.duckdb import Backend

from pipeline.contract import FEEDS
from pipeline.lake.engine import connect
from pipeline.lake.schema import ibis_schema
from pipeline.lake.store import Lake
from tests.intake.conftest import Bank, as_csv


@pytest.fixture
def backend(bank: Bank) -> Iterator[Backend]:
    opened = connect(bank.home, bank.settings)
    yield opened
    opened.disconnect()


def event(number: str, at: str, reason: str = "02", recorded: str = "") -> tuple[str, ...]:
    return number, at, "E1", "X1", reason, recorded


def take(bank: Bank, name: str, *rows: tuple[str, ...]) -> None:
    header = ("event_id", "occurred_at", "employee_id", "subject_id", "reason", "recorded_at")
    bank.take(bank.write(name, as_csv(rows, header)))


@pytest.mark.parametrize("feed", FEEDS)
def test_an_absent_feed_is_an_empty_table_of_the_lake_s_types(
    bank: Bank, backend: Backend, feed: str
) -> None:
    lake = Lake(bank.home, bank.engine)
    assert not lake.has(feed)
    for table in (lake.table(backend, feed), lake.latest(backend, feed)):
        assert table.schema() == ibis.schema(ibis_schema(feed))
        assert len(table.execute()) == 0


def test_a_published_feed_has_the_lake_s_types(bank: Bank, backend: Backend) -> None:
    take(bank, "access_log.csv", event("1", "2026-06-18"))
    table = Lake(bank.home, bank.engine).table(backend, "access_log")
    assert table.schema() == ibis.schema(ibis_schema("access_log"))
    assert list(table.execute().event_id) == ["1"]


def test_days_and_horizon_bound_what_is_read(bank: Bank, backend: Backend) -> None:
    take(bank, "access_log-1.csv", event("1", "2026-06-17"), event("2", "2026-06-18"))
    take(bank, "access_log-2.csv", event("3", "2026-06-18"), event("4", "2026-06-19"))
    lake = Lake(bank.home, bank.engine)
    assert lake.horizon() == 2
    assert lake.days("access_log") == [date(2026, 6, 17), date(2026, 6, 18), date(2026, 6, 19)]
    day = date(2026, 6, 18)
    assert sorted(lake.table(backend, "access_log", day, day).execute().event_id) == ["2", "3"]
    assert list(lake.table(backend, "access_log", day, day, horizon=1).execute().event_id) == ["2"]
    assert lake.has("access_log", horizon=1)
    assert not lake.has("access_log", horizon=0)


def test_the_newest_version_counts_as_of_the_horizon_and_of_the_moment(bank: Bank, backend: Backend) -> None:
    take(bank, "access_log-1.csv", event("1", "2026-06-18 10:00", "02", "2026-06-18 10:00"))
    take(bank, "access_log-2.csv", event("1", "2026-06-18 10:00", "03", "2026-06-20 10:00"))
    lake = Lake(bank.home, bank.engine)

    def reasons(**bounds: Any) -> list[str]:
        return list(lake.latest(backend, "access_log", **bounds).execute().reason)

    assert reasons() == ["card_approval"]
    assert reasons(horizon=1) == ["loan_approval"]
    assert reasons(recorded_by=datetime(2026, 6, 19, tzinfo=UTC)) == ["loan_approval"]
    assert reasons(recorded_by=datetime(2026, 6, 20, 2, 0, tzinfo=UTC)) == ["card_approval"]


def test_a_row_that_does_not_say_when_it_was_recorded_always_counts(bank: Bank, backend: Backend) -> None:
    bank.take(bank.write("record_parties.csv", "record_id,subject_id\nR1,X1\n"))
    lake = Lake(bank.home, bank.engine)
    assert (
        len(lake.latest(backend, "record_parties", recorded_by=datetime(2020, 1, 1, tzinfo=UTC)).execute())
        == 1
    )


def test_files_that_the_ledger_does_not_list_are_not_read_and_are_swept(bank: Bank) -> None:
    take(bank, "access_log.csv", event("1", "2026-06-18"))
    lake = Lake(bank.home, bank.engine)
    (known,) = lake.files("access_log")
    stray = known.with_name("b000009-0.parquet")
    stray.write_bytes(known.read_bytes())
    assert lake.files("access_log") == [known]
    take(bank, "access_log-2.csv", event("2", "2026-06-18"))
    assert not stray.exists()
    assert known.exists()


def test_the_engine_reads_nothing_outside_the_home(bank: Bank, backend: Backend, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    with pytest.raises(duckdb.Error):
        backend.con.execute("SELECT * FROM read_csv($1)", [str(outside)])
    with pytest.raises(duckdb.Error):
        backend.con.execute("SET enable_external_access = true")


def test_the_engine_keeps_to_the_memory_limit_of_the_settings(bank: Bank, backend: Backend) -> None:
    limit = backend.con.execute("SELECT value FROM duckdb_settings() WHERE name = 'memory_limit'").fetchone()
    assert limit == ("1.8 GiB",)


def test_a_row_that_a_correction_moved_to_another_day_is_on_that_day_alone(
    bank: Bank, backend: Backend
) -> None:
    old, new = date(2026, 6, 17), date(2026, 6, 19)
    take(bank, "access_log-1.csv", event("1", "2026-06-17 10:00"), event("2", "2026-06-17 10:00"))
    take(bank, "access_log-2.csv", event("1", "2026-06-19 10:00"), event("3", "2026-06-19 11:00"))
    lake = Lake(bank.home, bank.engine)

    def on(first: date | None, last: date | None, horizon: int | None = None) -> list[str]:
        return sorted(lake.latest(backend, "access_log", first, last, horizon).execute().event_id)

    assert (on(old, old), on(new, new), on(old, new)) == (["2"], ["1", "3"], ["1", "2", "3"])
    assert (on(None, old), on(new, None), on(None, None)) == (["2"], ["1", "3"], ["1", "2", "3"])
    assert on(old, old, horizon=1) == ["1", "2"]
    assert len(lake.table(backend, "access_log").execute()) == 4
    assert lake.days("access_log") == [old, new]
    take(bank, "access_log-3.csv", event("1", "2026-06-17 10:00", "03"))
    assert (on(old, old), on(new, new)) == (["1", "2"], ["3"])
