"""Stray quotes: one costs its own row, and two of them no more."""

from __future__ import annotations

import io

import openpyxl
import pytest

from tests.intake.conftest import HEADER, Bank, as_csv
from tests.intake.test_bad_input import GOOD, only

LINES = as_csv([(str(at), *GOOD[1:4], "loan") for at in range(2, 102)]).splitlines()


def with_reasons(reasons: dict[int, str]) -> str:
    """A file whose event of the number of its line has the reason told, written as it stands."""
    return "\n".join(
        line.removesuffix("loan") + reasons[at] if at in reasons else line for at, line in enumerate(LINES, 1)
    )


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [6, 7, 50, 101])
def test_two_stray_quotes_cost_one_row_and_not_those_between(
    bank: Bank, encoding: str, end: str, last: int
) -> None:
    text = with_reasons({5: '"urgent', last: 'see 5"', 60: "贷款审批"}).replace("\n", end)
    bank.write("access_log.csv", text.encode(encoding))
    file = only(bank.take())
    assert (file.read, file.accepted, file.reasons) == (100, 99, {"broken_quote": 1})
    assert [(line, code) for line, _, code, _ in bank.quarantine()] == [(5, "broken_quote")]
    assert bank.rows("access_log", "max(length(reason))") == [(13,)]


def test_two_pairs_of_stray_quotes_cost_two_rows(bank: Bank) -> None:
    bank.write("access_log.csv", with_reasons({5: '"a', 9: 'b"', 20: '"c', 40: 'd"', 50: '"sound"'}))
    assert only(bank.take()).reasons == {"broken_quote": 2}


@pytest.mark.parametrize("last", [5, 6, 30])
def test_stray_quotes_in_the_middle_of_rows_cost_one_row(bank: Bank, last: int) -> None:
    lines = list(LINES)
    lines[4], lines[last] = lines[4].replace("E1", '"E1'), lines[last].replace("E1", 'E1"')
    bank.write("access_log.csv", "\n".join(lines))
    file = only(bank.take())
    assert (file.read, file.accepted, file.reasons) == (100, 99, {"broken_quote": 1})


@pytest.mark.parametrize("cell", ['"one,\ntwo, three\n\nfour"', '"a\n\n\nb ""c"", d"', '"1,2,3\n4"'])
def test_cells_of_several_lines_stay_what_they_are(bank: Bank, cell: str) -> None:
    bank.write("access_log.csv", with_reasons({5: cell, 6: cell}))
    assert only(bank.take()).accepted == 100
    inside = cell[1:-1].replace('""', '"')
    assert (inside,) in bank.rows("access_log", "reason")


def test_a_sheet_s_cell_that_looks_like_a_row_is_a_cell(bank: Bank) -> None:
    book, content = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(HEADER)
    book.active.append([*GOOD[:4], "as before:\na,b,c,d,e"])
    book.save(content)
    bank.write("access_log.xlsx", content.getvalue())
    assert only(bank.take()).accepted == 1


def test_a_text_of_two_columns_may_have_any_lines_in_a_cell(bank: Bank) -> None:
    bank.write("calendar.csv", 'day,is_workday\n2026-06-18,"yes,\nreally"\n2026-06-19,"true"\n')
    file = only(bank.take())
    assert (file.read, file.reasons) == (2, {"bad_value": 1})


def test_rows_by_the_thousand_are_not_lost_between_two_quotes(bank: Bank) -> None:
    rows = as_csv([(str(at), *GOOD[1:4], "loan") for at in range(5000)]).splitlines()
    rows[10], rows[4000] = rows[10].replace("loan", '"urgent'), rows[4000].replace("loan", 'see 5"')
    bank.write("access_log.csv", "\n".join(rows))
    file = only(bank.take())
    assert (file.read, file.accepted, file.reasons) == (5000, 4999, {"broken_quote": 1})
