"""What was rejected can be seen without naming anybody, and comes in once it can be read."""

from __future__ import annotations

import hashlib
import io
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.intake.quarantine import held_rows, retry_quarantine
from pipeline.intake.result import IngestResult
from tests.conftest import Answer
from tests.intake.conftest import HEADER, NOW, Bank, as_csv

GOOD = ("1", "2026-06-18 10:00:00", "E1", "900001199001010012", "02", "查询")
WIDE = (*HEADER, "operation")
MAPPING = (
    'feed = "access_log"\n[columns]\nevent_id = "event_id"\noccurred_at = "occurred_at"\n'
    'employee_id = "employee_id"\nsubject_id = "subject_id"\nreason = "reason"\noperation = "operation"\n'
)


def write_mapping(bank: Bank, more: str = "") -> None:
    folder = bank.home.root / "mappings"
    folder.mkdir(exist_ok=True)
    (folder / "mine.toml").write_text(MAPPING + more, encoding="utf-8")


def retry(bank: Bank, mapping: str | None = None) -> IngestResult:
    return retry_quarantine(bank.home, bank.settings, bank.engine, mapping=mapping, clock=lambda: NOW)


def test_a_mended_mapping_takes_in_what_was_rejected_and_nothing_twice(bank: Bank) -> None:
    write_mapping(bank)
    rows = [(str(at), *GOOD[1:5], "调阅" if at % 2 else "查询") for at in range(20)]
    bank.take(bank.write("access_log.csv", as_csv(rows, WIDE)), mapping="mine")
    assert len(held_rows(bank.engine)) == 10
    write_mapping(bank, '[values.operation]\n"调阅" = "view"\n')
    (file,) = retry(bank).files
    assert (file.read, file.accepted, file.duplicate, file.rejected) == (20, 10, 10, 0)
    assert held_rows(bank.engine) == []
    assert retry(bank).files == []
    assert len(bank.rows("access_log")) == 20


def test_a_file_refused_for_want_of_a_mapping_comes_in_by_one(bank: Bank) -> None:
    bank.take(bank.write("access_log.csv", as_csv([GOOD[:5]], ("event", *HEADER[1:]))))
    assert [row.code for row in held_rows(bank.engine)] == ["missing_column"]
    write_mapping(bank)
    mine = bank.home.root / "mappings" / "mine.toml"
    mine.write_text(mine.read_text().replace('= "event_id"', '= "event"'))
    (file,) = retry(bank, "mine").files
    assert file.accepted == 1
    assert held_rows(bank.engine) == []


def test_a_file_that_was_rejected_whole_is_not_called_a_duplicate_when_it_comes_again(bank: Bank) -> None:
    damaged = [(str(at), "2026-06-18", "E1", "9.00001E+17", "02") for at in range(12)]
    path = bank.write("access_log.csv", as_csv(damaged))
    first = bank.take(path)
    for _ in range(2):
        again = bank.take(path)
        (file,) = again.files
        assert (file.read, file.accepted, file.duplicate, file.rejected) == (12, 0, 0, 12)
        assert (file.reasons, again.incomplete) == (first.files[0].reasons, True)
    assert len(held_rows(bank.engine)) == 12
    assert [file.rejected for file in retry(bank).files] == [12]


def test_what_a_better_reading_took_in_is_what_counts_when_the_file_comes_again(bank: Bank) -> None:
    rows = [(str(at), *GOOD[1:5], "调阅" if at % 2 else "查询") for at in range(20)]
    path = bank.write("access_log.csv", as_csv(rows, WIDE))
    write_mapping(bank)
    bank.take(path, mapping="mine")
    (file,) = bank.take(path, mapping="mine").files
    assert (file.duplicate, file.rejected) == (10, 10)
    write_mapping(bank, '[values.operation]\n"调阅" = "view"\n')
    retry(bank)
    (file,) = bank.take(path, mapping="mine").files
    assert (file.duplicate, file.rejected, held_rows(bank.engine)) == (20, 0, [])


def test_recognising_the_same_file_again_does_not_empty_the_quarantine(bank: Bank) -> None:
    bank.write("access_log.csv", as_csv([GOOD[:5], ("2", "never", *GOOD[2:5])]))
    bank.take()
    bank.take()
    assert [(row.line, row.code) for row in held_rows(bank.engine)] == [(3, "bad_time")]


@pytest.mark.parametrize("change", ["gone", "changed"])
def test_a_file_that_is_not_there_any_more_is_named_and_left(bank: Bank, change: str) -> None:
    path = bank.write("access_log.csv", as_csv([("2", "never", *GOOD[2:5])]))
    bank.take()
    if change == "gone":
        path.unlink()
    else:
        path.write_text(as_csv([GOOD[:5]]))
    result = retry(bank)
    assert [(finding.code, finding.count) for finding in result.findings] == [(f"file_{change}", 1)]
    assert result.files == []
    assert len(held_rows(bank.engine)) == 1


def test_names_in_the_wrong_column_are_masked_and_the_source_s_words_are_shown(bank: Bank) -> None:
    odd = ["审批通过"] * 6 + ["赵甲乙"] * 6 + ["欧阳丙丁", "Zhang San", "zhaojiayi"]
    rows = [(str(at), *GOOD[1:5], word) for at, word in enumerate(odd)]
    bank.write("access_log.csv", as_csv(rows, WIDE))
    bank.take()
    shown = {row.detail for row in held_rows(bank.engine, code="bad_value")}
    assert shown == {"审批通过", "赵***", "欧***", "Z***", "z***"}


def test_list_and_export_show_no_customer(
    bank: Bank, tellerwatch: Callable[..., Answer], tmp_path: Path
) -> None:
    rows = [GOOD[:5], ("2", GOOD[3], *GOOD[2:5]), ("3", "2026-13-45", *GOOD[2:5]), ("=1+1", "x", "E", "", "")]
    bank.write("access_log.csv", as_csv(rows))
    bank.take()
    at = ("--home", bank.home.root)
    listed = tellerwatch("quarantine", "list", "--json", *at)
    assert [(row["line"], row["code"], row["detail"]) for row in listed.json["rows"]] == [
        (3, "bad_time", "9***"),
        (4, "bad_time", "2026-13-45"),
        (5, "bad_time", "x***"),
    ]
    target = tmp_path / "rejected.csv"
    assert tellerwatch("quarantine", "export", target, *at).code == 0
    assert target.read_text(encoding="utf-8-sig").count("bad_time") == 3
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert "900001" not in listed.out + target.read_text()
    again = tellerwatch("quarantine", "export", target, *at)
    assert (again.code, "does not exist yet" in again.err) == (2, True)
    assert "never" not in tellerwatch("quarantine", "list", *at).out


def test_retry_names_no_path(bank: Bank, tellerwatch: Callable[..., Answer]) -> None:
    assert tellerwatch("ingest", "--retry-quarantine", bank.folder, "--home", bank.home.root).code == 2
    assert tellerwatch("ingest", "--home", bank.home.root).code == 2
    assert tellerwatch("ingest", "--retry-quarantine", "--home", bank.home.root).code == 0


@pytest.mark.parametrize("kind", ["csv", "jsonl", "gz"])
def test_standard_input_is_one_feed(bank: Bank, kind: str) -> None:
    import gzip
    import json

    text = as_csv([GOOD[:5]])
    if kind == "jsonl":
        text = json.dumps(dict(zip(HEADER, GOOD[:5], strict=True))) + "\n"
    sent = gzip.compress(text.encode()) if kind == "gz" else text.encode()
    (file,) = bank.take(Path("-"), feed="access_log", standard_input=io.BytesIO(sent)).files
    assert (file.path, file.accepted) == ("-", 1)
    with pytest.raises(UsageError, match="no name that tells"):
        bank.take(Path("-"), standard_input=io.BytesIO(sent))
    (again,) = bank.take(Path("-"), feed="access_log", standard_input=io.BytesIO(sent)).files
    assert again.duplicate == 1


def test_rejected_rows_of_standard_input_come_in_by_a_mended_mapping_and_lie_sealed_till_then(
    bank: Bank,
) -> None:
    write_mapping(bank)
    rows = [(str(at), *GOOD[1:5], "调阅" if at % 2 else "查询") for at in range(20)]
    sent = as_csv(rows, WIDE).encode()
    bank.take(Path("-"), feed="access_log", mapping="mine", standard_input=io.BytesIO(sent))
    (kept,) = (bank.home.root / "quarantine").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert b"900001199001010012" not in kept.read_bytes()
    assert kept.stat().st_size < len(sent) * 4
    write_mapping(bank, '[values.operation]\n"调阅" = "view"\n')
    (tried,) = retry_quarantine(bank.home, bank.settings, bank.engine, dry_run=True, clock=lambda: NOW).files
    assert (tried.accepted, kept.exists()) == (10, True)
    (file,) = retry(bank).files
    assert (file.path, file.read, file.accepted, file.rejected) == ("-", 10, 10, 0)
    assert held_rows(bank.engine) == []
    assert not kept.exists()
    assert len(bank.rows("access_log")) == 20


def test_what_stays_rejected_keeps_the_line_on_which_it_was_sent(bank: Bank) -> None:
    write_mapping(bank)
    words = ("查询", "调阅", "查询", "别的", "查询", "调阅", "别的")
    sent = as_csv([(str(at), *GOOD[1:5], word) for at, word in enumerate(words)], WIDE).encode()
    bank.take(Path("-"), feed="access_log", mapping="mine", standard_input=io.BytesIO(sent))
    assert [row.line for row in held_rows(bank.engine)] == [3, 5, 7, 8]
    for _ in range(2):
        write_mapping(bank, '[values.operation]\n"调阅" = "view"\n')
        retry(bank)
        assert [row.line for row in held_rows(bank.engine)] == [5, 8]


def test_what_stays_rejected_stays_sealed_and_lost_records_keep_all_bytes(bank: Bank) -> None:
    write_mapping(bank)
    sent = as_csv([(*GOOD[:5], "调阅"), GOOD], WIDE).encode() + b"short\n"
    bank.take(Path("-"), feed="access_log", mapping="mine", standard_input=io.BytesIO(sent))
    (file,) = retry(bank).files
    assert (file.read, file.duplicate, file.rejected) == (3, 1, 2)
    assert [row.code for row in held_rows(bank.engine)] == ["bad_value", "field_count"]
    write_mapping(bank, '[values.operation]\n"调阅" = "view"\n')
    (file,) = retry(bank).files
    assert (file.accepted, file.duplicate, file.rejected) == (1, 1, 1)
    (kept,) = (bank.home.root / "quarantine").iterdir()
    kept.write_bytes(kept.read_bytes()[:-1])
    assert [finding.code for finding in retry(bank).findings] == ["kept_unreadable"]
    kept.unlink()
    assert [finding.code for finding in retry(bank).findings] == ["not_kept"]


def test_standard_input_that_was_refused_whole_comes_in_by_a_mapping(bank: Bank) -> None:
    sent = as_csv([GOOD[:5]], ("event", *HEADER[1:])).encode()
    bank.take(Path("-"), feed="access_log", standard_input=io.BytesIO(sent))
    write_mapping(bank)
    mine = bank.home.root / "mappings" / "mine.toml"
    mine.write_text(mine.read_text().replace('= "event_id"', '= "event"'))
    (file,) = retry(bank, "mine").files
    assert (file.accepted, held_rows(bank.engine)) == (1, [])


def test_what_is_kept_is_forgotten_in_time(bank: Bank) -> None:
    import os
    from datetime import timedelta

    sent = as_csv([(*GOOD[:2], "", *GOOD[3:5])]).encode()
    bank.take(Path("-"), feed="access_log", standard_input=io.BytesIO(sent))
    (kept,) = (bank.home.root / "quarantine").iterdir()
    then = (NOW - timedelta(days=31)).timestamp()
    os.utime(kept, (then, then))
    assert [finding.code for finding in retry(bank).findings] == ["not_kept"]
    assert not kept.exists()


def test_an_export_says_how_many_of_how_many_rows_it_lists(
    bank: Bank, tellerwatch: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.intake.ledger.MAX_REJECTED_KEPT", 5)
    rows = [(str(at), "2026-06-18", "E1", "9.00001E+17", "02") for at in range(12)]
    bank.take(bank.write("access_log.csv", as_csv(rows)))
    bank.take(bank.write("logins.csv", "a,b\n1,2\n3,4\n"))  # refused as a whole: one line says all
    target = bank.folder / "rejected.csv"
    answer = tellerwatch("quarantine", "export", target, "--home", bank.home.root)
    assert (answer.json["rows"], answer.json["held"]) == (6, 13)
    assert "6 of 13 held rows" in answer.err
    listed = target.read_text(encoding="utf-8-sig").splitlines()
    assert len(listed) == 8
    assert "5 of 12 rejected rows of this file are listed" in listed[-1]


def test_a_file_that_a_wrong_manifest_kept_out_is_held_and_comes_in_by_a_mended_one(bank: Bank) -> None:
    content = as_csv([("1", "2026-06-18 09:00", "E1", "900001199001010001", "02")])
    bank.write("access_log.csv", content)
    bank.write("manifest.csv", f"file,sha256\naccess_log.csv,{'ab' * 32}\n")
    assert bank.take().files[0].refused
    assert [(row.line, row.code) for row in held_rows(bank.engine)] == [(0, "manifest_mismatch")]
    assert retry(bank).files[0].refused  # the manifest says what it said
    right = hashlib.sha256(content.encode()).hexdigest()
    bank.write("manifest.csv", f"file,sha256\naccess_log.csv,{right}\n")
    assert [file.accepted for file in retry(bank).files] == [1]
    assert held_rows(bank.engine) == []
    assert retry(bank).files == []
