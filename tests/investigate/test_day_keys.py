"""The keys of a day say where to look and nothing else: with them, without them, or with some, the same is seen."""

from __future__ import annotations

import shutil
from datetime import date

import duckdb

from pipeline.evidence import copies
from pipeline.evidence.copies import reopen
from pipeline.evidence.day_keys import CUSTOMER, TERMINAL, keep_keys, keyed_days, typed_for_others
from pipeline.evidence.days import day_files, stored_days
from pipeline.home import Home
from pipeline.investigation.stored import Stored
from tests.homes import SmallBank


def test_who_met_whom_is_the_same_with_keys_without_and_with_some(
    small_bank: SmallBank, home: Home, engine: duckdb.DuckDBPyConnection
) -> None:
    def seen() -> list[object]:
        stored = Stored(home, small_bank.settings, small_bank.engine, small_bank.last, engine)
        [(person, terminal)] = engine.execute(
            "SELECT entity, terminal_id FROM read_parquet(?) GROUP BY ALL ORDER BY count(*) DESC, 1, 2 LIMIT 1",
            [stored.evidence_paths(date.min)],
        ).fetchall()
        tokens = sorted({act.subject_token for act in stored.acts_of([person])})
        return [
            stored.met(date.min, TERMINAL, [terminal], ""),
            stored.met(date.min, TERMINAL, [terminal], person),
            stored.met(date.min, CUSTOMER, tokens, person),
            stored.acts_on(tokens[0]),
        ]

    before = seen()
    assert all(people and paths for people, paths in before[2:3])  # type: ignore[misc]  # a list of mixed answers
    days = stored_days(home)
    assert keep_keys(home, engine, days) == list(days)
    assert set(keyed_days(home, days)) == set(days)
    assert seen() == before
    for folder in copies.folders(home, copies.KEYS)[::2]:
        shutil.rmtree(folder)
    assert seen() == before


def test_a_day_written_anew_gets_its_keys_anew_and_the_same_day_the_same_bytes(
    home: Home, engine: duckdb.DuckDBPyConnection
) -> None:
    days = stored_days(home)
    keep_keys(home, engine, days)
    place = home.derived / copies.KEYS
    first = {path: path.read_bytes() for path in place.rglob("*.*") if path.is_file()}
    assert all(path.stat().st_mode & 0o077 == 0 for path in first)
    day = max(days)
    reopen(home, day, day)
    assert day not in keyed_days(home, days)
    assert keep_keys(home, engine, days) == []  # it came out as it was
    reopen(home, day, day)
    [path] = day_files(days[day])
    engine.execute(
        "COPY (SELECT * REPLACE ('E1' AS employee_id) "
        f"FROM read_parquet('{path}', hive_partitioning = false)) TO '{path}' (FORMAT parquet)"
    )
    assert keep_keys(home, engine, days) == [day]
    assert typed_for_others(keyed_days(home, days)[day], "E1")
    assert not typed_for_others(keyed_days(home, days)[day], "E2")
    copies.forget(home)
    keep_keys(home, engine, {one: folder for one, folder in days.items() if one != day})
    assert {path: path.read_bytes() for path in place.rglob("*.*") if path.is_file()} == {
        path: content for path, content in first.items() if f"day={day}" not in str(path)
    }
