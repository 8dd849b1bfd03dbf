"""Files that were damaged on the way: each is refused or read with a word about it, and none stops the others."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from pipeline.intake import drop, file_intake
from pipeline.intake.probe import sha256_of
from tests.intake.conftest import Bank, as_csv
from tests.intake.test_bad_input import GOOD, codes, only
from tests.intake.test_drop import look

ROWS = [(str(number), *GOOD[1:4], "贷款审批") for number in range(400)]


def damaged_gzip() -> bytes:
    packed = bytearray(gzip.compress(as_csv(ROWS).encode()))
    packed[60:90] = b"\xff" * 30  # inside the packed stream, behind a sound head
    return bytes(packed)


def test_an_archive_that_is_damaged_inside_is_refused_and_the_files_behind_it_come_in(bank: Bank) -> None:
    bank.write("access_log-1.csv.gz", damaged_gzip())
    bank.write("access_log-2.csv", as_csv(ROWS))
    result = bank.take()
    assert [(file.refused, file.accepted) for file in result.files] == [(True, 0), (False, 400)]
    assert "damaged_archive" in codes(result)
    assert result.incomplete


def test_a_damaged_archive_in_a_drop_folder_is_told_once_and_blocks_nothing(bank: Bank) -> None:
    bank.write("access_log-1.csv.gz", damaged_gzip())
    bank.write("access_log-2.csv", as_csv(ROWS))
    assert [file.refused for file in look(bank).files] == [True, False]
    assert look(bank).files == []


def test_a_dropped_file_that_may_not_be_read_is_told_and_those_behind_it_come_in(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Path) -> str:
        if path.name == "access_log-1.csv":
            raise PermissionError(13, "Permission denied")
        return sha256_of(path)

    monkeypatch.setattr(drop, "sha256_of", closed)
    monkeypatch.setattr(file_intake, "sha256_of", closed)
    bank.write("access_log-1.csv", as_csv(ROWS))
    bank.write("access_log-2.csv", as_csv(ROWS))
    result = look(bank)
    assert [(file.refused, file.accepted) for file in result.files] == [(True, 0), (False, 400)]
    assert "unreadable" in codes(result)


@pytest.mark.parametrize("error", [KeyError, RecursionError, UnicodeError])
def test_an_error_that_nobody_foresaw_refuses_its_file_alone_and_is_told_without_its_words(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    sound = file_intake.staging_sql

    def failing(*told: Any) -> str:
        monkeypatch.setattr(file_intake, "staging_sql", sound)
        raise error("E1,900001199001010012")

    monkeypatch.setattr(file_intake, "staging_sql", failing)
    bank.write("access_log-1.csv", as_csv(ROWS[:1]))
    bank.write("access_log-2.csv", as_csv(ROWS[1:]))
    result = bank.take()
    assert [(file.refused, file.accepted) for file in result.files] == [(True, 0), (False, 399)]
    (finding,) = result.findings
    assert (finding.code, result.incomplete) == ("reader_failed", True)
    assert f"({error.__name__}, pipeline/intake/file_intake.py:" in finding.text
    assert "900001" not in str(result.as_json())


def test_json_that_is_nested_beyond_reading_is_refused_or_set_aside_and_stops_nothing(bank: Bank) -> None:
    bank.write("access_log.jsonl", '{"a":' * 100_000 + "\n")
    assert only(bank.take()).accepted == 0
