"""A database is read like a file that grows: in chunks, from where reading ended, nothing lost or twice."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    insert,
    make_url,
    text,
)

from pipeline.errors import ConfigError, UsageError
from pipeline.intake.database import take_source
from pipeline.intake.quarantine import retry_quarantine
from pipeline.intake.result import IngestResult
from pipeline.intake.watermarks import earlier
from pipeline.settings import Settings
from tests.casebook.conftest import postgres_server, postgres_url  # noqa: F401  # fixtures
from tests.conftest import Answer
from tests.intake.conftest import NOW, Bank

START = datetime(2026, 6, 18, 9)  # noqa: DTZ001  # a wall clock, as databases keep it
SOURCE: dict[str, Any] = {
    "feed": "access_log",
    "url_variable": "CORE_ADDRESS",
    "table": "query_log",
    "key": "event_id",
    "watermark": "changed_at",
    "chunk_rows": 4,
}


def tables(outside: Engine) -> list[Table]:
    """A live table and its history, empty."""
    metadata = MetaData()
    made = [
        Table(
            name,
            metadata,
            *(Column(column, String(40)) for column in ("event_id", "employee_id", "subject_id", "reason")),
            Column("occurred_at", DateTime),
            Column("changed_at", DateTime),
        )
        for name in ("query_log", "query_log_his")
    ]
    metadata.create_all(outside)
    return made


def add(outside: Engine, table: Table, *numbers: int, reason: str = "02", minute: int | None = None) -> None:
    rows = [
        {
            "event_id": f"Q{number:03d}",
            "employee_id": "E1",
            "subject_id": f"9000011990010{number:05d}",
            "reason": reason,
            "occurred_at": START,
            "changed_at": START + timedelta(minutes=number if minute is None else minute),
        }
        for number in numbers
    ]
    with outside.begin() as connection:
        connection.execute(insert(table), rows)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def outside(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """A database beside ours, on each system in turn, its address in the environment."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'core.sqlite'}"
    else:
        address = make_url(request.getfixturevalue("postgres_url")).set(drivername="postgresql+psycopg")
        url = address.render_as_string(hide_password=False)
    monkeypatch.setenv("CORE_ADDRESS", url)
    engine = create_engine(url)
    yield engine
    engine.dispose()


def read(bank: Bank, **changed: Any) -> IngestResult:
    settings = Settings.model_validate({"sources": {"core": SOURCE | changed}})
    return take_source(bank.home, settings, bank.engine, "core", clock=lambda: NOW)


def accepted(result: IngestResult) -> list[int]:
    return [file.accepted for file in result.files]


def test_only_what_is_new_is_read_and_what_came_late_is_not_lost(bank: Bank, outside: Engine) -> None:
    live, _ = tables(outside)
    add(outside, live, *range(10))
    assert accepted(read(bank)) == [4, 4, 2]
    assert sum(accepted(read(bank))) == 0
    add(outside, live, 10, 11, 12)
    add(outside, live, 50, minute=9)  # of the last watermark, written after it was read
    result = read(bank, overlap_seconds=0)
    assert (sum(accepted(result)), result.totals["read"]) == (4, 5)
    assert len(bank.rows("access_log")) == 14


def test_many_rows_of_one_moment_are_all_read(bank: Bank, outside: Engine) -> None:
    live, _ = tables(outside)
    add(outside, live, *range(11), minute=0)
    assert accepted(read(bank)) == [4, 4, 3]


def test_a_row_that_moved_to_the_history_is_one_row_and_its_last_state_counts(
    bank: Bank, outside: Engine
) -> None:
    live, history = tables(outside)
    add(outside, live, 1, 2, 3)
    add(outside, history, 2, 4)
    add(outside, history, 3, reason="03")
    result = read(bank, history=["query_log_his"])
    assert (result.totals["accepted"], result.totals["duplicate"]) == (5, 1)
    assert [finding.count for finding in result.findings if finding.code == "corrected_rows"] == [1]
    assert len({row[0] for row in bank.rows("access_log", "event_id")}) == 4


def test_a_read_that_broke_off_goes_on_where_it_ended(
    bank: Bank, outside: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, _ = tables(outside)
    add(outside, live, *range(10))
    calls = []

    def dies_at_the_third(path: Path, place: int, total: int) -> None:
        calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt

    settings = Settings.model_validate({"sources": {"core": SOURCE}})
    with pytest.raises(KeyboardInterrupt):
        take_source(bank.home, settings, bank.engine, "core", clock=lambda: NOW, progress=dies_at_the_third)
    assert len(bank.rows("access_log")) == 8
    result = read(bank, overlap_seconds=0)
    assert (result.totals["accepted"], result.totals["read"]) == (2, 3)


def test_a_query_stands_in_for_a_table_and_rows_without_a_watermark_are_named(
    bank: Bank, outside: Engine
) -> None:
    live, _ = tables(outside)
    add(outside, live, 1, 2, 3)
    with outside.begin() as connection:
        connection.execute(live.update().where(live.c.event_id == "Q002").values(changed_at=None))
    result = read(bank, table="", query="SELECT * FROM query_log WHERE event_id <> 'Q003'")
    assert accepted(result) == [1]
    assert [(finding.code, finding.count) for finding in result.findings] == [
        ("unknown_columns", 1),
        ("no_watermark", 1),
    ]
    assert accepted(read(bank, key="", watermark="")) == [2]


def test_no_customer_number_and_no_address_is_kept(bank: Bank, outside: Engine) -> None:
    live, _ = tables(outside)
    add(outside, live, *range(10))
    result = read(bank)
    kept = "".join(
        path.read_bytes().decode("latin-1") for path in bank.home.root.rglob("*") if path.is_file()
    )
    assert "9000011990010" not in kept + str(result.as_json())
    assert str(outside.url.database) not in kept
    state = bank.home.root / "sources" / "core.json"
    assert list(json.loads(state.read_text())) == ["query_log"]
    assert stat.S_IMODE(state.stat().st_mode) == 0o600


def test_a_database_that_does_not_answer_is_said_without_its_address(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORE_ADDRESS", "sqlite:////nowhere/secret-word/x.sqlite")
    result = read(bank)
    (told,) = result.findings
    assert (told.code, result.incomplete, "secret-word" in str(result.as_json())) == (
        "source_failed",
        True,
        False,
    )
    monkeypatch.delenv("CORE_ADDRESS")
    with pytest.raises(ConfigError, match="is not set"):
        read(bank)


def test_the_command_reads_a_source_and_names_the_known_ones(
    bank: Bank, tellerwatch: Callable[..., Answer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORE_ADDRESS", f"sqlite:///{tmp_path / 'core.sqlite'}")
    outside = create_engine(f"sqlite:///{tmp_path / 'core.sqlite'}")
    live, _ = tables(outside)
    add(outside, live, 1, 2, 3)
    outside.dispose()
    written = "\n".join(f"{key} = {json.dumps(value)}" for key, value in SOURCE.items())
    bank.home.config.write_text(f"[sources.core]\n{written}\n", encoding="utf-8")
    at = ("--home", bank.home.root)
    answer = tellerwatch("ingest", "--source", "core", "--json", *at)
    assert (answer.code, answer.json["totals"]["accepted"]) == (0, 3)
    assert answer.json["files"][0]["path"] == "source:core/query_log"
    other = tellerwatch("ingest", "--source", "cor", *at)
    assert (other.code, "There are: core" in other.err) == (2, True)


def test_a_source_that_is_not_in_the_configuration_is_a_usage_error(bank: Bank) -> None:
    with pytest.raises(UsageError, match="No source is called"):
        take_source(bank.home, Settings(), bank.engine, "core", clock=lambda: NOW)


def test_rejected_rows_of_a_database_come_in_by_a_mended_mapping(bank: Bank, outside: Engine) -> None:
    live, _ = tables(outside)
    add(outside, live, 1, 2, 3)
    with outside.begin() as connection:
        connection.execute(live.update().where(live.c.event_id == "Q002").values(subject_id="9.00001E+17"))
    assert sum(accepted(read(bank))) == 2
    (kept,) = (bank.home.root / "quarantine").iterdir()
    assert b"900001199001" not in kept.read_bytes()
    again = retry_quarantine(bank.home, bank.settings, bank.engine, clock=lambda: NOW)
    (file,) = again.files
    assert (file.path, file.read, file.reasons) == ("source:core/query_log", 1, {"damaged_id": 1})


@pytest.mark.parametrize(
    ("last", "before"),
    [
        ("2026-06-18 00:05:00.250000", "2026-06-17 23:55:00.250000"),
        ("2026-06-18T00:05:00+08:00", "2026-06-17T23:55:00+08:00"),
        ("20260618000500", "20260617235500"),
        ("20260618000500123", "20260617235500123"),
        (20260618000500, 20260617235500),
        ("2026-06-18", "2026-06-17"),
        (date(2026, 6, 18), date(2026, 6, 17)),
        ("2026-06-18 00:05", "2026-06-17 23:55"),
        ("20269918000500", "20269918000500"),
        (1781740800, 1781740200),
        ("1781740800", "1781740200"),
        (1781740800123, 1781740200123),
        (Decimal(1781740800), Decimal(1781740200)),
        (Decimal("1781740800.25"), Decimal("1781740200.25")),
        (Decimal(20260618000500), Decimal(20260617235500)),
        (Decimal(4711), Decimal(4711)),
        (17817408001, 17817408001),
        (4711, 4711),
        ("Q4711", "Q4711"),
    ],
)
def test_a_watermark_goes_back_in_the_form_in_which_it_is_written(last: Any, before: Any) -> None:
    assert earlier(last, 600) == before
    assert earlier(last, 0) == last


def test_rows_committed_late_are_read_where_the_watermark_is_text(bank: Bank, outside: Engine) -> None:
    live, _ = tables(outside)
    add(outside, live, 20)
    as_text = "SELECT event_id, employee_id, subject_id, reason, occurred_at, "
    as_text += "substr(CAST(changed_at AS VARCHAR(40)), 1, 19) AS changed_at FROM query_log"
    assert accepted(read(bank, table="", query=as_text)) == [1]
    add(outside, live, 1, minute=15)
    assert sum(accepted(read(bank, table="", query=as_text))) == 1


def test_rows_committed_late_are_read_where_the_watermark_counts_seconds(bank: Bank, outside: Engine) -> None:
    live, _ = tables(outside)
    add(outside, live, 20)
    postgres = outside.dialect.name == "postgresql"
    seconds = "extract(epoch FROM changed_at)" if postgres else "strftime('%s', changed_at)"
    counted = "SELECT event_id, employee_id, subject_id, reason, occurred_at, "
    counted += f"CAST({seconds} AS BIGINT) AS changed_at FROM query_log"
    assert accepted(read(bank, table="", query=counted)) == [1]
    add(outside, live, 1, minute=15)
    assert sum(accepted(read(bank, table="", query=counted))) == 1


@pytest.mark.parametrize("chunk_rows", range(1, 9))
@pytest.mark.parametrize("watermark", ["changed_at", ""])
def test_a_key_that_repeats_within_one_watermark_loses_no_row_between_chunks(
    bank: Bank, outside: Engine, chunk_rows: int, watermark: str
) -> None:
    live, _ = tables(outside)
    with outside.begin() as connection:
        keys = ["R0", "R1", *["R2"] * 5, "R3", None, None]
        for number, key in enumerate(keys):
            row = {"event_id": f"Q{number}", "employee_id": key, "subject_id": f"90000119900101{number:04d}"}
            connection.execute(insert(live), row | {"occurred_at": START, "changed_at": START})
    changed = {"key": "employee_id", "watermark": watermark, "chunk_rows": chunk_rows}
    result = read(bank, **changed)
    assert (result.totals["read"], result.totals["duplicate"]) == (10, 0)
    assert sum(accepted(result)) == 8  # those without a person cannot be used, and say so
    assert result.totals["reasons"] == {"missing_value": 2}


@pytest.mark.parametrize(
    "outside", ["sqlite"], indirect=True
)  # a column that knows no case is written so there
def test_keys_that_the_database_takes_for_one_and_we_do_not_are_read_without_end_or_loss(
    bank: Bank, outside: Engine
) -> None:
    with outside.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE query_log (event_id TEXT, occurred_at TEXT, employee_id TEXT COLLATE NOCASE, "
                "subject_id TEXT, changed_at TEXT)"
            )
        )
        for number in range(20):
            row = {
                "id": f"Q{number}",
                "who": "eE"[number % 2] + "1",
                "at": f"2026-06-18 09:00:0{number // 12}",
            }
            connection.execute(text("INSERT INTO query_log VALUES (:id, '2026-06-18', :who, 'X1', :at)"), row)
    result = read(bank, key="employee_id", chunk_rows=3)
    assert sum(accepted(result)) == 20


def test_what_was_published_before_a_table_failed_is_accounted_for_and_other_sources_are_read(
    bank: Bank, outside: Engine
) -> None:
    live, _ = tables(outside)
    add(outside, live, *range(6))
    broken = SOURCE | {"history": ["no_such_table"]}
    settings = Settings.model_validate({"sources": {"one": broken, "two": SOURCE}})
    result = take_source(bank.home, settings, bank.engine, "one", "two", clock=lambda: NOW)
    assert [(file.path, file.accepted) for file in result.files[:2]] == [
        ("source:one/query_log", 4),
        ("source:one/query_log", 2),
    ]
    assert [file.path for file in result.files[2:]] == ["source:two/query_log"] * 2
    assert [(one.code, one.path) for one in result.findings if one.level == "incomplete"] == [
        ("source_failed", "source:one")
    ]


@pytest.mark.parametrize("state", ["{", "[]", '{"query_log": {"kind": "time", "watermark": "yesterday"}}'])
def test_a_damaged_note_of_how_far_a_source_was_read_is_said_with_what_to_do(
    bank: Bank, outside: Engine, state: str
) -> None:
    live, _ = tables(outside)
    add(outside, live, 1, 2)
    path = bank.home.root / "sources" / "core.json"
    path.parent.mkdir()
    path.write_text(state)
    (told,) = read(bank).findings
    assert (told.code, told.level, str(path) in told.text) == ("source_state_damaged", "incomplete", True)
    path.unlink()
    assert accepted(read(bank)) == [2]
