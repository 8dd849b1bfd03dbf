"""Cleaned rows are written once: what waits, what goes aside and what is written again is all there in the end, once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.contract import FEEDS, Feed
from pipeline.home import Home
from pipeline.intake import held
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.staging import Reading, staging_sql
from pipeline.intake.subject_sql import give_key
from pipeline.intake.tokens import key_pads
from pipeline.lake.engine import connect_raw
from pipeline.lake.schema import lake_columns
from pipeline.lake.store import Lake
from pipeline.settings import Settings
from tests.intake.conftest import Bank, as_csv, fresh_bank

whole_batches = held._batches


def in_pieces(reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    for batch in whole_batches(reader):
        yield from (batch.slice(at, 5) for at in range(0, batch.num_rows, 5))


def split(batch: pa.RecordBatch) -> list[pa.RecordBatch]:
    return [batch.slice(at, 2) for at in range(0, batch.num_rows, 2)]


def lake_of(bank: Bank) -> list[tuple[object, ...]]:
    return bank.rows("access_log", "*")


def files_by_day(bank: Bank) -> list[int]:
    days = [path.parent.name for path in Lake(bank.home, bank.engine).files("access_log")]
    return [days.count(day) for day in sorted(set(days))]


@st.composite
def exports(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Rows of some days, mostly in order, some of them twice and some without a time."""
    days = draw(st.lists(st.integers(1, 9), min_size=1, max_size=40))
    if draw(st.booleans()):
        days.sort()
    rows = []
    for number, day in enumerate(days):
        at = "never" if draw(st.integers(0, 9)) == 0 else f"2026-06-0{day} 10:00:00"
        rows.append((str(number), at, "T1", "900001199001010076", "02"))
        if draw(st.integers(0, 9)) == 0:
            rows.append(rows[draw(st.integers(0, len(rows) - 1))])
    return rows


@settings(max_examples=25, deadline=None)
@given(rows=exports(), room=st.sampled_from([0, 2_000, 1 << 20]), side_by_side=st.integers(1, 9))
def test_the_lake_is_the_same_however_little_room_the_rows_have(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], room: int, side_by_side: int
) -> None:
    folder = tmp_path_factory.mktemp("held")
    usual, narrow = fresh_bank(folder), fresh_bank(folder)
    usual.take(usual.write("access_log-1.csv", as_csv(rows)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(held, "_batches", in_pieces)
        patch.setattr(held, "_BYTES_AT_MOST", room)
        patch.setattr(held, "_SMALL_BYTES", 0)
        patch.setattr(held, "_DAYS_AT_ONCE", side_by_side)
        (file,) = narrow.take(narrow.write("access_log-1.csv", as_csv(rows))).files
    assert file.read == len(rows) == file.accepted + file.duplicate + file.rejected
    assert lake_of(narrow) == lake_of(usual)
    assert set(files_by_day(narrow)) <= {1}


def test_a_day_that_needs_nothing_goes_into_the_lake_as_it_was_written(bank: Bank) -> None:
    days = [(str(day), f"2026-06-1{day} 10:00", "T1", "X1", "02") for day in range(3)]
    bank.take(bank.write("access_log-1.csv", as_csv([*days, days[1], ("9", "never", "T1", "X1", "02")])))
    makers = [
        duckdb.execute("SELECT created_by FROM parquet_file_metadata($1)", [str(path)]).fetchone()
        for path in Lake(bank.home, bank.engine).files("access_log")
    ]
    # Only the day with the double was written a second time, by the engine.
    assert [maker[0].partition(" ")[0] for maker in makers if maker] == [
        "parquet-cpp-arrow",
        "DuckDB",
        "parquet-cpp-arrow",
    ]


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_what_is_held_has_the_lakes_types(feed: Feed, tmp_path: Path) -> None:
    cells = {column.name: f"c{at}" for at, column in enumerate(feed.columns)}
    raw = "(SELECT " + ", ".join(f"'x' || i AS {cell}" for cell in cells.values()) + " FROM range(9) t(i))"
    home = Home(tmp_path / "home")
    home.tmp.mkdir(parents=True)
    with connect_raw(home, Settings(), "Asia/Shanghai", []) as connection:
        give_key(connection, key_pads(b"k" * 32))
        statement = staging_sql(feed, raw, Reading(cells, "Asia/Shanghai"), "Asia/Shanghai", "2026-07-01")
        found = held.hold(connection, statement, feed, home.tmp, 2, (1, 1), 0)
        (path,) = {found.rest, *found.days.values()} - ({found.rest} if found.days else set())
        types = connection.execute(f"DESCRIBE FROM read_parquet('{path}')").fetchall()
    wanted = [(column.name, column.sql) for column in lake_columns(feed)]
    assert [row[:2] for row in types][: len(wanted)] == wanted


@pytest.mark.parametrize(
    ("events", "accepted"),
    [("ABC", 3), ("ABB", 2), ("BAB", 2), ("AACB", 3), ("ABCABC", 3), (["A9", "A10", "A9"], 2), ("甲乙乙", 2)],
)
def test_doubles_are_found_wherever_a_batch_ends(bank: Bank, events: list[str], accepted: int) -> None:
    rows = [(event, "2026-06-18 10:00", "T1", "X1", "02") for event in events]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            held,
            "_batches",
            lambda reader: (part for whole in whole_batches(reader) for part in split(whole)),
        )
        (file,) = bank.take(bank.write("access_log-1.csv", as_csv(rows))).files
    assert (file.accepted, file.duplicate) == (accepted, len(rows) - accepted)


def test_what_the_engine_meets_on_its_way_refuses_the_file_and_is_told_without_its_words() -> None:
    number = "900001199001010076"
    broken = (
        f"SELECT CASE WHEN i < 2900000 THEN i ELSE ('{number}:' || i)::INT END AS n FROM range(3000000) t(i)"
    )
    reader = duckdb.connect().sql(broken).to_arrow_reader(1000)
    with pytest.raises(RefusedFileError) as refused:
        list(held._batches(reader))
    assert (refused.value.code, "ConversionException" in refused.value.what) == ("engine_failed", True)
    assert number not in refused.value.what + refused.value.todo
    assert refused.value.__cause__ is None
