"""What could not be read at all is kept once, said on the nights that it concerns, and gone once it is settled."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text

from pipeline.calendar import BusinessCalendar
from pipeline.casebook.tables import data_findings
from pipeline.health_records import examine_records
from pipeline.intake import unread
from pipeline.intake.database import take_source
from pipeline.intake.drop import take_dropped
from pipeline.intake.origins import day_of
from pipeline.intake.quarantine import held_files, retry_quarantine
from pipeline.intake.result import IngestResult
from pipeline.lake.store import Lake
from pipeline.nightly.completeness import completeness
from pipeline.scheduling.metrics import metrics_text
from pipeline.settings import Settings
from tests.conftest import Answer
from tests.intake.conftest import NOW, Bank, as_csv

NIGHT = date(2026, 6, 18)
CALENDAR = BusinessCalendar("CN", date(2026, 1, 1), date(2026, 12, 31))
ROWS = as_csv([("1", f"{NIGHT} 10:00", "E1", "X1", "02")])
OTHER_ROWS = as_csv([("2", f"{NIGHT} 11:00", "E1", "X1", "02")])
UNREAD = {"unknown_ending": ("access_log", 1, True)}
SOURCE = {
    "feed": "access_log",
    "url_variable": "CORE_ADDRESS",
    "table": "query_log",
    "key": "event_id",
    "watermark": "occurred_at",
}


def said(bank: Bank, night: date = NIGHT, horizon: int | None = None) -> dict[str, tuple[str, int, bool]]:
    known = Lake(bank.home, bank.engine).horizon() if horizon is None else horizon
    found = completeness(bank.engine, bank.settings, night, known, NOW, CALENDAR)
    return {finding.code: (finding.feed, finding.count, finding.incomplete) for finding in found}


def kept(bank: Bank) -> list[str]:
    with bank.engine.connect() as connection:
        return list(connection.scalars(select(data_findings.c.code).order_by(data_findings.c.finding_id)))


def look(bank: Bank, later_seconds: float = 120) -> IngestResult:
    settings = Settings.model_validate({"schedule": {"drop_folders": [str(bank.folder)]}})
    now = datetime.now(UTC) + timedelta(seconds=later_seconds)
    return take_dropped(bank.home, settings, bank.engine, clock=lambda: now)


def test_a_file_of_a_kind_that_is_not_read_is_said_on_its_nights_until_it_comes_in_another_form(
    bank: Bank,
) -> None:
    packed = bank.write(f"access_log_{NIGHT}.zip", b"PK")
    bank.take()
    assert said(bank) == said(bank, NIGHT + timedelta(days=6)) == UNREAD
    assert said(bank, NIGHT + timedelta(days=7)) == said(bank, NIGHT - timedelta(days=1)) == {}
    packed.unlink()  # nothing has come in its place
    bank.take(bank.write("access_log_2026-06-17.csv", OTHER_ROWS))
    assert said(bank) == UNREAD
    before = Lake(bank.home, bank.engine).horizon()
    bank.take(bank.write("access_log_20260618.csv", ROWS))
    assert said(bank) == {}
    assert said(bank, horizon=before) == UNREAD


@pytest.mark.parametrize(
    ("unread_name", "name", "settles"),
    [
        ("access_log.xls", "access_log.csv", True),
        ("access_log.xls", "access_log-2026-06-18.csv", False),
        ("access_log-1.csv.bz2", "access_log-2.csv", False),
        ("access_log-1.csv.bz2", "access_log-01.csv", True),
        ("access_log-2026-06-18.zip", "access_log-2026-06-18-2.csv", True),
        ("access_log-2026-06-18-1.zip", "access_log-2026-06-18-2.csv", False),
        ("access_log-20260601-20260618.zip", "access_log-20260602-20260618.csv", False),
        ("access_log-north-2026-06-18.zip", "access_log-2026-06-18.csv", False),
        ("access_log-2026-06-18.zip", "logins-2026-06-18.csv", False),
    ],
)
def test_what_settles_it_is_told_by_the_name(bank: Bank, unread_name: str, name: str, settles: bool) -> None:
    bank.write(unread_name, b"PK")
    bank.take()
    night = day_of(unread_name) or NOW.date()
    assert said(bank, night) == UNREAD
    logins = f"occurred_at,employee_id,outcome\n{NIGHT} 8:00,E1,ok\n"
    bank.take(bank.write(name, logins if name.startswith("logins") else ROWS))
    assert said(bank, night) == ({} if settles else UNREAD)


def test_the_file_itself_settles_it_where_it_is_text_after_all(bank: Bank) -> None:
    path = bank.write(f"access_log-{NIGHT}.xls", ROWS)
    bank.take()
    assert said(bank) == UNREAD
    assert [file.accepted for file in bank.take(path).files] == [1]  # known as unread, not as taken in
    assert said(bank) == {}
    bank.take()
    assert (kept(bank), said(bank)) == (["unknown_ending"], {})


def test_it_is_kept_once_and_its_bytes_are_not_read_at_every_look(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[Path] = []
    honest = unread.sha256_of
    monkeypatch.setattr(unread, "sha256_of", lambda path: hashed.append(path) or honest(path))
    path = bank.write(f"access_log_{NIGHT}.zip", b"PK")
    for later in (120, 240, 360):
        assert look(bank, later).incomplete
    assert (kept(bank), hashed) == (["unknown_ending"], [path])
    path.touch()
    (bank.folder / "done").mkdir()
    moved = path.rename(bank.folder / "done" / path.name)
    for later in (480, 600):
        look(bank, later)
    assert (kept(bank), hashed) == (["unknown_ending"], [path, moved])
    moved.write_bytes(b"PK, and more")
    look(bank, 720)
    assert kept(bank) == ["unknown_ending"] * 2
    assert said(bank) == {"unknown_ending": ("access_log", 1, True)}


def test_what_is_unpacked_while_the_packed_file_is_young_settles_it(bank: Bank) -> None:
    bank.write(f"access_log_{NIGHT}.zip", b"PK")
    assert look(bank, 10).files == []
    assert said(bank) == UNREAD
    bank.write(f"access_log_{NIGHT}.csv", ROWS)
    bank.write(f"access_log_{NIGHT}.csv.done", "")
    assert [file.accepted for file in look(bank, 20).files] == [1]
    look(bank, 600)
    assert (kept(bank), said(bank)) == (["unknown_ending"], {})


def test_a_dry_run_and_papers_beside_exports_leave_nothing_behind(bank: Bank) -> None:
    bank.write("access_log_notes.docx", b"PK")
    bank.write("access_log.csv.part", b"event_id")
    bank.take()
    bank.write(f"access_log_{NIGHT}.zip", b"PK")
    bank.write("manifest.csv", "feed\nlogins\n")
    bank.take(dry_run=True)
    assert (kept(bank), said(bank)) == ([], {})


def test_what_was_never_read_is_no_delivery_and_nothing_that_the_quarantine_holds(bank: Bank) -> None:
    path = bank.write(f"logins-{NIGHT}.xls", f"occurred_at,employee_id,outcome\n{NIGHT} 8:00,E1,ok\n")
    bank.write("manifest.csv", "feed\nlogins\n")
    bank.take()
    assert sorted(kept(bank)) == ["bad_manifest", "unknown_ending"]
    assert held_files(bank.engine) == []
    assert retry_quarantine(bank.home, bank.settings, bank.engine, clock=lambda: NOW).files == []
    (feeds,) = (one for one in examine_records(bank.home, bank.settings, NOW) if one.name == "feeds")
    assert "logins" in feeds.found
    assert 'feed=""' not in metrics_text(bank.home, bank.settings, bank.engine, NOW)
    # Refused for another reason, it is held like any file.
    bank.write("manifest.csv", f"file,sha256\n{path.name},{'ab' * 32}\n")
    assert bank.take(path).files[0].refused
    assert [held.reasons for held in held_files(bank.engine)] == [{"manifest_mismatch": 1}]


def test_a_manifest_that_cannot_be_used_is_said_until_the_one_at_its_place_can(bank: Bank) -> None:
    faulty = f"file,rows\naccess_log-{NIGHT}.csv,some\n"
    path = bank.write(f"manifest-{NIGHT}.csv", faulty)
    bank.take(bank.write(f"access_log-{NIGHT}.csv", ROWS))
    look(bank)
    look(bank, timedelta(days=2).total_seconds())
    assert kept(bank) == ["bad_manifest"]
    assert said(bank) == said(bank, NIGHT + timedelta(days=6)) == {"bad_manifest": ("", 1, True)}
    path.write_text("file,rows\nweather.csv,1\n")
    bank.take()
    assert (kept(bank), said(bank)) == (["bad_manifest"] * 2, {"bad_manifest": ("", 1, True)})
    path.unlink()
    bank.take()
    assert said(bank) == {"bad_manifest": ("", 1, True)}
    path.write_text(f"file,rows\naccess_log-{NIGHT}.csv,1\n")
    bank.take()
    assert said(bank) == {}
    path.write_text(faulty)
    assert "bad_manifest" in {finding.code for finding in bank.take().findings}
    assert said(bank) == {"bad_manifest": ("", 1, True)}


def test_another_manifest_settles_it_once_the_files_that_it_could_not_tell_of_have_come(bank: Bank) -> None:
    name = f"access_log-{NIGHT}.csv"
    bank.write(f"manifest-{NIGHT}.csv", f"file,rows,sha256\n{name},1,short\n")

    def stands(later_seconds: float) -> bool:
        told = "bad_manifest" in {finding.code for finding in look(bank, later_seconds).findings}
        assert ("bad_manifest" in said(bank)) is told
        return told

    assert stands(120)
    bank.write("north.manifest.csv", "file,rows\ncomplaints.csv,1\n")
    assert stands(240)
    right = hashlib.sha256(ROWS.encode()).hexdigest()
    bank.write("more.manifest.csv", f"file,rows,sha256\n{name},1,{right}\n")
    assert stands(360)  # named, and not there yet
    bank.write(name, ROWS)
    assert stands(480)  # manifests are read first
    assert not stands(600)
    assert not stands(720)
    assert kept(bank) == ["bad_manifest"]


@pytest.mark.parametrize(("rows", "settled"), [("1", False), ("1,{}", True)])
def test_a_file_of_a_name_that_comes_again_and_again_settles_it_by_its_hash_alone_if_it_came_before(
    bank: Bank, rows: str, settled: bool
) -> None:
    bank.write("access_log.csv", ROWS)
    look(bank)
    bank.write(f"manifest-{NIGHT}.csv", "file,rows\naccess_log.csv,some\n")
    look(bank, 240)
    told = rows.format(hashlib.sha256(ROWS.encode()).hexdigest())
    bank.write("more.manifest.csv", f"file,rows,sha256\naccess_log.csv,{told}\n")
    for later in (360, 480):
        look(bank, later)
    assert ("bad_manifest" not in said(bank)) is settled


def test_a_configured_manifest_that_is_away_is_kept_once_a_day(bank: Bank) -> None:
    bank.settings = Settings.model_validate({"intake": {"manifests": ["lists/manifest.csv"]}})
    bank.write(f"access_log-{NIGHT}.csv", ROWS)
    bank.take()
    bank.take()
    assert kept(bank) == ["bad_manifest"]
    assert said(bank, NOW.date()) == {"bad_manifest": ("", 1, True)}


class Core:
    """A bank's database that comes and goes, with a table that is there or not."""

    def __init__(self, bank: Bank, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bank, self.place, self.patch = bank, place, monkeypatch

    def is_there(self, there: bool, table: str = "query_log", who: str = "employee_id") -> None:
        where = self.place / "core.sqlite" if there else self.place / "away" / "core.sqlite"
        self.patch.setenv("CORE_ADDRESS", f"sqlite:///{where}")
        if there:
            outside = create_engine(f"sqlite:///{where}")
            with outside.begin() as connection:
                columns = f"event_id TEXT, occurred_at TEXT, {who} TEXT, subject_id TEXT"
                connection.execute(text(f"CREATE TABLE IF NOT EXISTS {table} ({columns})"))
                connection.execute(text(f"INSERT INTO {table} VALUES ('Q1', '{NIGHT} 09:00', 'E1', 'X1')"))
            outside.dispose()

    def read(self, at: datetime = NOW, name: str = "core", **options: Any) -> list[str]:
        settings = Settings.model_validate({"sources": {"core": SOURCE, "other": SOURCE}})
        bank = self.bank
        result = take_source(bank.home, settings, bank.engine, name, clock=lambda: at, **options)
        return [finding.code for finding in result.findings]


@pytest.fixture
def core(bank: Bank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Core:
    return Core(bank, tmp_path, monkeypatch)


FAILED = {"source_failed": ("access_log", 1, True)}


def test_a_database_that_cannot_be_read_is_said_until_it_was_read(bank: Bank, core: Core) -> None:
    today, told = NOW.date(), FAILED["source_failed"]
    core.is_there(False)
    assert core.read(dry_run=True) == ["source_failed"]
    assert "source_failed" not in said(bank, today)
    for _ in range(3):
        assert core.read() == ["source_failed"]
    assert kept(bank) == ["source_failed"]
    assert core.read(NOW + timedelta(days=1)) == ["source_failed"]
    assert kept(bank) == ["source_failed"] * 2
    assert said(bank, today)["source_failed"] == told  # one database, however often
    core.is_there(True)
    core.read(name="other")
    assert said(bank, today)["source_failed"] == told
    assert "source_failed" not in core.read()
    assert "source_failed" not in said(bank, today)
    core.read()
    core.is_there(False)
    core.read(NOW + timedelta(days=1))
    assert said(bank, today)["source_failed"] == told
    core.is_there(True)
    core.read()  # it has nothing that is new, and it was read
    assert "source_failed" not in said(bank, today)


def test_a_wrong_table_and_a_damaged_note_are_said_and_a_part_that_was_read_settles_nothing(
    bank: Bank, core: Core
) -> None:
    today = NOW.date()
    core.is_there(True, table="QUERY_LOG_NEW")
    assert core.read() == ["source_failed"]
    core.is_there(True)
    note = bank.home.root / "sources" / "core.json"
    note.parent.mkdir()
    note.write_text("{")
    assert core.read() == ["source_state_damaged"]
    assert said(bank, today) == FAILED | {"source_state_damaged": ("access_log", 1, True)}
    bank.take(bank.write("access_log.csv", ROWS))
    assert said(bank, today) == FAILED | {"source_state_damaged": ("access_log", 1, True)}
    note.unlink()
    core.read()
    assert said(bank, today) == {}


def test_a_database_of_which_a_chunk_is_refused_was_not_read_to_its_end(bank: Bank, core: Core) -> None:
    core.is_there(False)
    core.read()
    core.is_there(True, who="nobody")
    assert "missing_column" in core.read()
    assert said(bank, NOW.date())["source_failed"] == FAILED["source_failed"]


def test_a_night_names_the_dropped_file_that_nobody_reads_until_it_was_unpacked(
    bank: Bank, tellerwatch: Callable[..., Answer]
) -> None:
    bank.home.config.write_text(
        f'[schedule]\ndrop_folders = ["{bank.folder}"]\ndrop_settle_seconds = 0\n', encoding="utf-8"
    )
    at = ("--home", bank.home.root)
    bank.write(f"access_log-{NIGHT - timedelta(days=1)}.csv", ROWS.replace("06-18", "06-17"))
    packed = bank.write(f"access_log-no110101199001011237-{NIGHT}.zip", b"PK")
    bank.write(f"manifest-{NIGHT}.csv", "file\nweather.csv\n")
    assert tellerwatch("ingest", "--drop", *at).code == 3
    answer = tellerwatch("run", "--night", NIGHT, "--json", *at)
    assert answer.code == 3
    (night,) = answer.json["nights"]
    assert night["status"] == "incomplete"
    assert {"unknown_ending", "bad_manifest"} <= {finding["code"] for finding in night["findings"]}
    page = Path(night["report"]).read_text(encoding="utf-8")
    for words in (
        "its kind is not read",
        "格式不支持",
        "access_log-no…260618.zip",
        "entries that cannot be used",
        "清单",
    ):
        assert words in page
    assert "110101199001011237" not in page + str(answer.json)

    bank.write(packed.name.replace(".zip", ".csv"), ROWS)
    (bank.folder / f"manifest-{NIGHT}.csv").write_text(f"file,rows\n{packed.stem}.csv,1\n")
    tellerwatch("ingest", "--drop", *at)
    (night,) = tellerwatch("run", "--night", NIGHT + timedelta(days=1), "--json", *at).json["nights"]
    assert {"unknown_ending", "bad_manifest"}.isdisjoint(finding["code"] for finding in night["findings"])
