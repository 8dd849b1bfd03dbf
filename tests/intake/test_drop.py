"""A drop folder: whole files are taken once, growing ones wait, and none is moved."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from pipeline.casebook.tables import files
from pipeline.errors import UsageError
from pipeline.home import Home
from pipeline.intake import ledger
from pipeline.intake.drop import take_dropped
from pipeline.intake.result import IngestResult
from pipeline.intake.rows import SCRATCH
from pipeline.settings import Settings
from tests.conftest import Answer
from tests.intake.conftest import Bank, as_csv

ROW = ("1", "2026-06-18 10:00:00", "E1", "X1", "02")


def look(bank: Bank, later_seconds: float = 120, **schedule: Any) -> IngestResult:
    chosen = {"drop_folders": [str(bank.folder)], **schedule}
    settings = Settings.model_validate({"schedule": chosen})
    now = datetime.now(UTC) + timedelta(seconds=later_seconds)
    return take_dropped(bank.home, settings, bank.engine, clock=lambda: now)


def test_a_file_waits_until_nothing_changes_it_any_more(bank: Bank) -> None:
    path = bank.write("access_log.csv", as_csv([ROW]))
    result = look(bank, later_seconds=10)
    assert ([file.path for file in result.files], result.findings[0].code) == ([], "still_growing")
    assert not result.incomplete
    assert [file.accepted for file in look(bank).files] == [1]
    assert path.is_file()


def test_a_done_marker_takes_a_file_at_once_and_can_be_demanded(bank: Bank) -> None:
    bank.write("access_log-1.csv", as_csv([ROW]))
    bank.write("access_log-2.csv", as_csv([("2", *ROW[1:])]))
    bank.write("access_log-2.csv.done", "")
    assert [file.accepted for file in look(bank, 0).files] == [1]
    assert look(bank, drop_needs_marker=True).files == []
    bank.write("access_log-1.done", "")
    assert [file.accepted for file in look(bank, 0, drop_needs_marker=True).files] == [1]


def test_a_file_is_known_by_its_content_and_taken_once(bank: Bank) -> None:
    bank.write("access_log.csv", as_csv([ROW]))
    bank.write("logins.csv", b"\x00\x01")
    assert sorted(file.refused for file in look(bank).files) == [False, True]
    bank.write("access_log-copy.csv", as_csv([ROW]))
    (bank.folder / "access_log.csv").touch()
    assert look(bank).files == []
    with bank.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(files)) == 2
    bank.write("access_log.csv", as_csv([ROW, ("2", *ROW[1:])]))
    (grown,) = look(bank).files
    assert (grown.accepted, grown.duplicate) == (1, 1)


def test_a_file_at_which_the_engine_itself_failed_is_tried_again_and_not_for_ever(bank: Bank) -> None:
    bank.write("access_log.csv", as_csv([ROW]))
    elsewhere = bank.home.root.with_name("elsewhere")
    bank.home.tmp.rename(elsewhere)
    # A scratch folder that the engine may not write to: two links, of which only the first is followed.
    bank.home.tmp.mkdir()
    (bank.home.tmp / SCRATCH).symlink_to(elsewhere)
    assert [file.refused for file in look(bank).files] == [True]
    assert {code for _, _, code, _ in bank.quarantine()} == {ledger.ENGINE_FAILED}
    assert [file.refused for file in look(bank).files] == [True]  # still so, and still not given up
    (bank.home.tmp / SCRATCH).unlink(missing_ok=True)
    assert [file.accepted for file in look(bank).files] == [1]
    assert look(bank).files == []


def test_a_home_behind_a_link_and_a_lake_on_another_disk_work_like_any_other(bank: Bank) -> None:
    link, disk = bank.home.root.with_name("link"), bank.home.root.with_name("disk")
    shutil.move(bank.home.lake, disk)
    bank.home.lake.symlink_to(disk)
    link.symlink_to(bank.home.root)
    bank.write("access_log.csv", as_csv([ROW]))
    now = datetime.now(UTC) + timedelta(seconds=120)
    settings = Settings.model_validate({"schedule": {"drop_folders": [str(bank.folder)]}})
    result = take_dropped(Home(link), settings, bank.engine, clock=lambda: now)
    assert [(file.accepted, file.refused) for file in result.files] == [(1, False)]
    assert len(bank.rows("access_log")) == 1


def test_a_pattern_gives_a_file_its_mapping(bank: Bank) -> None:
    folder = bank.home.root / "mappings"
    folder.mkdir()
    (folder / "mine.toml").write_text(
        'feed = "complaints"\n[columns]\ncomplaint_id = "编号"\nsubject_id = "客户"\nreceived_on = "日期"\n',
        encoding="utf-8",
    )
    bank.write("投诉登记.csv", "编号,客户,日期\nC1,X1,2026-06-18\n")
    (file,) = look(bank, drop_mappings={"投诉*": "mine"}).files
    assert (file.feed, file.accepted) == ("complaints", 1)


def test_a_dropped_file_that_cannot_be_read_is_named_and_makes_the_look_incomplete(bank: Bank) -> None:
    for name in ("access_log-1.csv.bz2", "access_log-2.csv.zip", "投诉登记.xls"):
        bank.write(name, b"PK")
    bank.write("access_log-3.csv.done", "")
    bank.write("access_log-3.csv.filepart", "event_id")
    bank.write("access_log-3.csv.ready", "now")
    (bank.home.root / "mappings").mkdir()
    (bank.home.root / "mappings" / "mine.toml").write_text(
        'feed = "complaints"\n[columns]\ncomplaint_id = "a"\nsubject_id = "b"\nreceived_on = "c"\n'
    )
    result = look(bank, drop_mappings={"投诉*": "mine"}, drop_done_endings=[".ready"])
    assert result.incomplete
    assert [(finding.code, finding.level, finding.feed) for finding in result.findings] == [
        ("unknown_ending", "incomplete", "access_log"),
        ("unknown_ending", "incomplete", "access_log"),
        ("still_growing", "note", "access_log"),
        ("unknown_ending", "incomplete", "complaints"),
    ]


def test_a_dropped_log_and_a_dropped_file_without_an_ending_are_taken_in(bank: Bank) -> None:
    names = ("access_log-3.log", "access_log-2026-06-19", "access_log.2026-06-20")
    for number, name in enumerate(names):
        bank.write(name, as_csv([(str(number), *ROW[1:])]))
    result = look(bank)
    assert ([file.accepted for file in result.files], result.findings) == ([1, 1, 1], [])


def test_a_corrected_manifest_lets_a_file_in_that_the_wrong_one_kept_out(bank: Bank) -> None:
    content = as_csv([ROW])
    bank.write("access_log-1.csv", content)
    bank.write("manifest.csv", f"file,sha256\naccess_log-1.csv,{'ab' * 32}\n")
    assert [finding.code for finding in look(bank).findings] == ["manifest_mismatch"]
    assert look(bank, 200).files == []  # nothing has changed: it is not refused once more at each look
    right = hashlib.sha256(content.encode()).hexdigest()
    bank.write("manifest-2.csv", f"file,sha256\naccess_log-1.csv,{right}\n")
    assert [file.accepted for file in look(bank, 300).files] == [1]
    assert look(bank, 400).files == []


def test_a_drop_folder_that_is_not_there_is_said(bank: Bank) -> None:
    with pytest.raises(UsageError, match="is not there"):
        look(bank, drop_folders=[str(bank.folder / "no")])
    with pytest.raises(UsageError, match="No drop folder"):
        look(bank, drop_folders=[])


def test_the_command_looks_into_an_empty_drop_folder_without_complaint(
    bank: Bank, tellerwatch: Callable[..., Answer]
) -> None:
    bank.home.config.write_text(
        f'[schedule]\ndrop_folders = ["{bank.folder}"]\ndrop_settle_seconds = 0\n', encoding="utf-8"
    )
    at = ("--home", bank.home.root)
    assert tellerwatch("ingest", "--drop", *at).code == 0
    bank.write("access_log.csv", as_csv([ROW]))
    assert tellerwatch("ingest", "--drop", "--json", *at).json["totals"]["accepted"] == 1
    assert tellerwatch("ingest", "--drop", bank.folder, *at).code == 2
