"""Closed months are a copy of the days in another order: whoever reads them sees what the days say, and never more."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from structlog.testing import capture_logs

from pipeline.evidence import copies, months
from pipeline.evidence.copies import reopen
from pipeline.evidence.days import day_files, stored_days
from pipeline.evidence.months import ClosedMonth, close_months, closed_months
from pipeline.home import Home
from pipeline.investigation.stored import Act, EvidenceMissingError, Stored, open_stored, steadily
from pipeline.retention.purge import _by_day
from tests.homes import SmallBank, copied


@pytest.fixture
def home(small_bank: SmallBank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A copy of the bank's home, where a month counts as closed when it is over for five days."""
    monkeypatch.setattr(months, "SETTLED_DAYS", 5)
    found = Home(copied(small_bank.home.root, tmp_path / "home"))
    shutil.rmtree(found.derived / months.FOLDER, ignore_errors=True)
    return found


def closed(home: Home) -> list[ClosedMonth]:
    return closed_months(home, stored_days(home))


def content(home: Home) -> dict[str, bytes]:
    folder = home.derived / months.FOLDER
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def typed_for_others(home: Home, engine: duckdb.DuckDBPyConnection) -> None:
    """Let one person have typed a tenth of all look-ups; at this bank nobody types for others."""
    for folder in stored_days(home).values():
        for path in day_files(folder):
            engine.execute(
                "COPY (SELECT * REPLACE (CASE WHEN ends_with(event_id, '7') THEN 'E10032' ELSE employee_id END AS employee_id) "
                f"FROM read_parquet('{path}', hive_partitioning = false)) TO '{path}' (FORMAT parquet)"
            )


def seen(
    bank: SmallBank, home: Home, engine: duckdb.DuckDBPyConnection, night: date
) -> tuple[list[list[Act]], list[list[Act]]]:
    stored = Stored(home, bank.settings, bank.engine, replace(bank.last, night=night), engine)
    people = sorted({str(row[0]) for row in engine.execute(
        "SELECT DISTINCT entity FROM read_parquet(?) UNION SELECT DISTINCT employee_id FROM read_parquet(?)",
        [stored.evidence_paths(date.min)] * 2,
    ).fetchall()})  # fmt: skip
    acts = [stored.acts_of([person]) for person in people]
    acts.append(stored.acts_of(people[:5]))
    tokens = sorted({act.subject_token for some in acts for act in some})[::40]
    return acts, [stored.acts_on(token) for token in tokens]


def test_one_person_and_one_customer_are_seen_alike_with_closed_months_and_without_on_any_night(
    small_bank: SmallBank, home: Home, engine: duckdb.DuckDBPyConnection
) -> None:
    typed_for_others(home, engine)
    nights = [small_bank.last.night, small_bank.last.night - timedelta(days=35)]
    before = [seen(small_bank, home, engine, night) for night in nights]
    assert close_months(home, engine)
    held = {day for month in closed(home) for day in month.days}
    assert any(act.day in held and act.entity != act.employee_id for some in before[0][0] for act in some)
    assert any(day > nights[1] for day in held)
    assert [seen(small_bank, home, engine, night) for night in nights] == before


def test_a_night_closes_what_is_over_and_the_same_days_give_the_same_bytes(
    home: Home, engine: duckdb.DuckDBPyConnection
) -> None:
    made = close_months(home, engine)
    newest = max(stored_days(home))
    assert made
    assert f"{newest:%Y-%m}" not in made
    first = content(home)
    assert close_months(home, engine) == []
    copies.forget(home)
    assert close_months(home, engine) == made
    assert content(home) == first
    for path in (home.derived / months.FOLDER).rglob("*.*"):
        assert path.stat().st_mode & 0o077 == 0


def test_days_written_anew_take_their_month_out_of_use_until_it_is_what_they_are(
    home: Home, engine: duckdb.DuckDBPyConnection
) -> None:
    close_months(home, engine)
    before, day = content(home), closed(home)[0].days[0]
    reopen(home, day, day)
    assert day not in {one for month in closed(home) for one in month.days}
    assert close_months(home, engine) == []  # the day came out as it was
    assert content(home) == before
    reopen(home, day, day)
    [path] = day_files(stored_days(home)[day])
    engine.execute(
        f"COPY (SELECT * REPLACE ('elsewhere' AS terminal_id) FROM read_parquet('{path}', hive_partitioning = false)) "
        f"TO '{path}' (FORMAT parquet)"
    )
    assert close_months(home, engine) == [f"{day:%Y-%m}"]
    sql = "SELECT DISTINCT terminal_id FROM read_parquet(?, hive_partitioning = false) WHERE day = ?"
    assert engine.execute(sql, [closed(home)[0].people(["E10032"]), day]).fetchall() == [("elsewhere",)]


def test_a_month_is_not_read_where_a_day_is_gone_or_another_or_the_month_was_cut_off(
    home: Home, engine: duckdb.DuckDBPyConnection
) -> None:
    close_months(home, engine)
    month = closed(home)[0]
    [path] = day_files(stored_days(home)[month.days[-1]])
    kept = path.read_bytes()
    path.write_bytes(kept + b" ")
    assert month not in closed(home)
    path.write_bytes(kept)
    assert month in closed(home)
    (month.folder / copies.MADE).rename(month.folder / copies.OPEN)
    assert month not in closed(home)
    (month.folder / copies.OPEN).rename(month.folder / copies.MADE)
    shutil.rmtree(path.parent)
    assert month not in closed(home)
    half = month.folder.with_name(f".{month.folder.name}.new")
    half.mkdir()
    (half / "customers-0.parquet").touch()
    assert close_months(home, engine) == [f"{month.days[0]:%Y-%m}"]
    assert not half.exists()


def test_what_is_past_its_retention_is_found_in_closed_months_too(
    home: Home, engine: duckdb.DuckDBPyConnection
) -> None:
    close_months(home, engine)
    for month in closed(home):
        found = {path for day, path in _by_day(home.derived) if day == month.days[0]}
        assert set(month.folder.iterdir()) <= found


def test_a_month_that_cannot_be_put_together_leaves_the_nights_as_they_are(
    small_bank: SmallBank, home: Home
) -> None:
    (home.derived / months.FOLDER).write_text("no folder", encoding="utf-8")
    with capture_logs():  # an earlier command's standard error may be closed by now
        months.keep_closed(home, small_bank.settings)
    assert closed(home) == []


def test_a_month_that_is_put_together_anew_while_somebody_reads_is_read_once_more(
    small_bank: SmallBank, home: Home, engine: duckdb.DuckDBPyConnection
) -> None:
    close_months(home, engine)
    read: list[Stored] = []

    def acts(stored: Stored) -> list[Act]:
        months_of_then, _ = stored._parts(date.min)
        read.append(stored)
        if len(read) == 1:  # the night comes in between: another month lies under the same folder now
            day = months_of_then[0].days[0]
            reopen(home, day, day)
            [path] = day_files(stored_days(home)[day])
            engine.execute(
                "COPY (SELECT * REPLACE ('elsewhere' AS terminal_id) "
                f"FROM read_parquet('{path}', hive_partitioning = false)) TO '{path}' (FORMAT parquet)"
            )
            assert close_months(home, engine) == [f"{day:%Y-%m}"]
        return stored.acts_of(["E10032"])

    bank = small_bank
    found = steadily(home, bank.settings, bank.engine, bank.last, acts)
    assert len(read) == 2
    assert "elsewhere" in {act.terminal_id for act in found}
    with open_stored(home, bank.settings, bank.engine, bank.last) as stored:
        assert found == stored.acts_of(["E10032"])


def test_evidence_that_cannot_be_read_at_all_is_told_with_what_to_do(
    small_bank: SmallBank, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.investigation.stored.AGAIN_AFTER", (0.0,))
    for folder in stored_days(home).values():
        for path in day_files(folder):
            path.write_bytes(b"cut off")
    with pytest.raises(EvidenceMissingError, match=r"cannot be read.*\n.*--rescore"):
        steadily(
            home, small_bank.settings, small_bank.engine, small_bank.last, lambda one: one.acts_of(["E10032"])
        )
