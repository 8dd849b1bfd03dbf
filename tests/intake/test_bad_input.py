"""Each kind of bad input: what is said, what is counted, and that the rest is unharmed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.intake.result import FileResult, IngestResult
from tests.conftest import Answer
from tests.intake.conftest import HEADER, Bank, as_csv

GOOD = ("1", "2026-06-18T10:00:00+08:00", "E1", "900001199001010012", "02")


def only(result: IngestResult) -> FileResult:
    (file,) = result.files
    assert file.read == file.accepted + file.duplicate + file.rejected
    return file


def codes(result: IngestResult) -> set[str]:
    return {finding.code for finding in result.findings}


def with_cell(column: str, value: str) -> tuple[str, ...]:
    return tuple(value if name == column else cell for name, cell in zip(HEADER, GOOD, strict=True))


def test_a_missing_path_is_a_usage_error(bank: Bank) -> None:
    with pytest.raises(UsageError, match="no file or folder"):
        bank.take(bank.folder / "nowhere")


def test_an_empty_file_is_a_finding(bank: Bank) -> None:
    bank.write("access_log.csv", "")
    result = bank.take()
    assert only(result).read == 0
    assert codes(result) == {"empty_file"}
    assert result.incomplete


def test_a_header_without_rows_is_a_finding(bank: Bank) -> None:
    bank.write("access_log.csv", as_csv([]))
    result = bank.take()
    assert (only(result).read, codes(result)) == (0, {"empty_file"})


def test_bytes_that_are_no_text_are_refused(bank: Bank) -> None:
    bank.write("access_log.csv", bytes(range(256)) * 8)
    result = bank.take()
    assert only(result).refused
    assert codes(result) == {"not_text"}


def test_a_missing_column_is_named_with_the_nearest_header(bank: Bank) -> None:
    bank.write("access_log.csv", as_csv([GOOD, GOOD], ("event", *HEADER[1:])))
    result = bank.take()
    file = only(result)
    assert (file.read, file.rejected, file.reasons) == (2, 2, {"missing_column": 2})
    (finding,) = result.findings
    assert finding.code == "missing_column"
    assert "lacks event_id (nearest in the file: event)" in finding.text
    assert "occurred_at, employee_id" in finding.text


def test_a_file_without_header_does_not_print_its_first_customer(bank: Bank) -> None:
    bank.write("access_log.csv", ",".join(GOOD) + "\n" + ",".join(GOOD) + "\n")
    result = bank.take()
    assert codes(result) == {"missing_column"}
    assert "900001" not in str(result.as_json())


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("occurred_at", "2026-13-45", "bad_time"),
        ("occurred_at", "", "missing_value"),
        ("occurred_at", "yesterday", "bad_time"),
        ("event_id", " ", "missing_value"),
        ("subject_id", "'", "missing_value"),
        ("subject_id", "9.00001E+17", "damaged_id"),
    ],
)
def test_a_bad_cell_rejects_its_row_alone(bank: Bank, column: str, value: str, code: str) -> None:
    bank.write("access_log.csv", as_csv([("0", *GOOD[1:]), with_cell(column, value), ("2", *GOOD[1:])]))
    result = bank.take()
    file = only(result)
    assert (file.accepted, file.reasons) == (2, {code: 1})
    ((line, named, found, detail),) = bank.quarantine()
    assert (line, named, found) == (3, column, code)
    assert detail is None or column != "subject_id" or detail.endswith("***")


def test_a_choice_that_the_contract_does_not_know_is_a_bad_value(bank: Bank) -> None:
    rows = [("1", *GOOD[1:], "QUERY"), ("2", *GOOD[1:], "下载"), ("3", *GOOD[1:], "devour")]
    bank.write("access_log.csv", as_csv(rows, (*HEADER, "operation")))
    file = only(bank.take())
    assert (file.accepted, file.reasons) == (2, {"bad_value": 1})
    assert bank.rows("access_log", "operation") == [("export",), ("query",)]


def test_rows_with_too_many_or_too_few_fields_are_counted_and_located(bank: Bank) -> None:
    text = (
        as_csv([GOOD])
        + "2,2026-06-18,E1,X1,02,more\n3,2026-06-18,E1\n4,2026-06-18,,X1,02\n"
        + as_csv([("5", *GOOD[1:])]).partition("\n")[2]
    )
    bank.write("access_log.csv", text)
    file = only(bank.take())
    assert (file.read, file.accepted) == (5, 2)
    assert file.reasons == {"field_count": 2, "missing_value": 1}
    assert [(line, code) for line, _, code, _ in bank.quarantine()] == [
        (3, "field_count"),
        (4, "field_count"),
        (5, "missing_value"),
    ]
    assert bank.rows("access_log", "line") == [(2,), (6,)]


def test_a_quote_that_never_ends_costs_one_row(bank: Bank) -> None:
    rows = as_csv([(str(number), *GOOD[1:]) for number in range(40)]).splitlines()
    rows[7] = rows[7].replace("E1", '"E1')
    bank.write("access_log.csv", "\n".join(rows) + "\n")
    file = only(bank.take())
    assert (file.read, file.accepted, file.reasons) == (40, 39, {"broken_quote": 1})
    assert [line for line, *_ in bank.quarantine()] == [8]


def test_quoted_new_lines_and_delimiters_are_part_of_the_cell(bank: Bank) -> None:
    rows = [("1", *GOOD[1:4], 'say "so",\nthen'), ("2", *GOOD[1:4], "02")]
    bank.write("access_log.csv", as_csv(rows).replace("\n1,", "\r\n1,"))
    assert only(bank.take()).accepted == 2
    assert bank.rows("access_log", "reason") == [("loan_approval",), ('say "so",\nthen',)]


def test_blanks_apostrophes_and_wide_digits_are_cleaned(bank: Bank) -> None:
    plain, odd = GOOD, ("'1 ", " 2026-06-18 10:00:00", "\u3000E1", "'９０0001199001010012", "02\u00a0")
    bank.write("access_log-1.csv", as_csv([plain]))
    bank.write("access_log-2.csv", as_csv([odd]))
    result = bank.take()
    assert [(file.accepted, file.duplicate) for file in result.files] == [(1, 0), (0, 1)]


def test_a_bad_file_leaves_what_was_accepted_and_does_not_stop_the_others(bank: Bank) -> None:
    bank.write("access_log-1.csv", as_csv([GOOD]))
    bank.take()
    before = bank.rows("access_log", "*")
    bank.write("access_log-2.csv", b"\x00\x01\x02")
    bank.write("access_log-3.csv", as_csv([("3", *GOOD[1:])]))
    result = bank.take()
    assert [file.refused for file in result.files] == [False, True, False]
    assert result.incomplete
    assert set(before) < set(bank.rows("access_log", "*"))


def test_numbers_cut_by_a_spreadsheet_are_a_finding(bank: Bank) -> None:
    rows = [(str(number), *GOOD[1:3], f"9000011990010{number}000", "02") for number in range(10, 16)]
    bank.write("access_log.csv", as_csv(rows))
    result = bank.take()
    assert only(result).accepted == 6
    assert [finding.count >= 5 for finding in result.findings if finding.code == "clipped_ids"] == [True]


def test_unknown_columns_are_named(bank: Bank) -> None:
    bank.write("access_log.csv", as_csv([(*GOOD, "x")], (*HEADER, "mood")))
    result = bank.take()
    assert [finding.text for finding in result.findings if finding.code == "unknown_columns"] == [
        "Columns that access_log does not know were left out: mood."
    ]
    assert not result.incomplete


def test_a_column_named_twice_is_refused(bank: Bank) -> None:
    bank.write("access_log.csv", as_csv([(*GOOD, "03")], (*HEADER, "reason")))
    result = bank.take()
    assert codes(result) == {"duplicate_column"}
    assert only(result).rejected == 1


def test_the_command_says_3_for_refused_files_and_2_for_a_missing_folder(
    bank: Bank, tellerwatch: Callable[..., Answer]
) -> None:
    bank.write("access_log.csv", as_csv([GOOD]))
    bank.write("logins.csv", "")
    at = ("--home", bank.home.root)
    answer = tellerwatch("ingest", bank.folder, "--json", *at)
    assert answer.code == 3
    assert answer.json["totals"]["accepted"] == 1
    assert tellerwatch("ingest", bank.folder / "no", *at).code == 2


def test_a_folder_in_which_no_export_can_be_read_is_incomplete_and_names_each(bank: Bank) -> None:
    bank.write("access_log-2026.xls", b"\xd0\xcf")
    bank.write("access_log.sql", "SELECT 1")
    result = bank.take()
    assert (result.files, result.incomplete) == ([], True)
    assert [(Path(finding.path).name, finding.level) for finding in result.findings] == [
        ("access_log-2026.xls", "incomplete"),
        ("access_log.sql", "note"),
    ]


def test_a_pattern_may_have_wildcards_in_any_part_of_a_path(bank: Bank) -> None:
    for at, branch in enumerate(("north", "south")):
        (bank.folder / branch).mkdir()
        bank.write(f"{branch}/access_log-{at}.csv", as_csv([(str(at), "2026-06-18", "E1", "X1", "02")]))
    bank.write("south/manifest.csv", "file,rows\naccess_log-1.csv,9\n")
    result = bank.take(bank.folder / "*" / "access_log-*.csv")
    assert [file.accepted for file in result.files] == [1, 1]
    assert [finding.code for finding in result.findings] == ["manifest_rows"]
    with pytest.raises(UsageError, match="There is no file or folder"):
        bank.take(bank.folder / "*" / "logins-*.csv")


def test_names_from_outside_are_shown_as_they_are_and_never_act_on_the_terminal(
    bank: Bank, tellerwatch: Callable[..., Answer]
) -> None:
    row = "1,2026-06-18,E1,9.00001E+17,02,x\n"
    bank.write("access_log-[bold]\x1b[31m.csv", ",".join(HEADER) + ",colour\x1b[2J\n" + row)
    at = ("--home", bank.home.root)
    said = [tellerwatch("ingest", bank.folder, *at), tellerwatch("ingest", bank.folder, "--dry-run", *at)]
    said += [
        tellerwatch("quarantine", "list", *at),
        tellerwatch("ingest", bank.folder / "no\x1b[2J.csv", *at),
    ]
    shown = "".join(answer.out + answer.err for answer in said)
    assert "\x1b" not in shown
    for answer in said[:3]:
        assert "access_log-[bold]\\x1b[31m.csv" in answer.out
