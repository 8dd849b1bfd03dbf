"""What is shown of a header, which may be missing, so that a customer stands in its place."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from pipeline.intake.heading import is_row, shown_header
from tests.intake.conftest import HEADER, Bank, as_csv
from tests.intake.test_bad_input import GOOD, codes

NUMBERS = (
    "1101 0119 9001 0398 73",
    "1101-0119-9001-0398-73",
    "1101.0119.9001.0398.73",
    "1101\u30000119\u00a0900103987３",
    "P 12 34 56 7",
)
NAME = "张小明"


def everything_told(bank: Bank, dry_run: bool) -> str:
    """All that a file leaves behind: the answer, and every table of the casebook."""
    answer = bank.take(dry_run=dry_run)
    with bank.engine.connect() as connection:
        tables = (
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        )
        kept = [connection.execute(text(f'SELECT * FROM "{table}"')).fetchall() for table in tables]
    return json.dumps(answer.as_json(), ensure_ascii=False, default=str) + str(kept)


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("number", NUMBERS)
def test_of_a_row_in_the_header_s_place_neither_number_nor_name_is_told(
    bank: Bank, number: str, dry_run: bool
) -> None:
    row = (*GOOD[:3], number, "02", "account", NAME, "Zhang Xiaoming")
    bank.write("access_log.csv", as_csv([row], header=row))
    told = everything_told(bank, dry_run)
    for secret in (number, number[-7:], NAME, "Xiaoming"):
        assert secret not in told
    assert "missing_column" in told


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_among_known_names_is_masked(number: str) -> None:
    assert shown_header([*HEADER, number, "贷款2026"])[-2:] == [f"{number[0]}***", "贷款2026"]


def test_a_row_is_told_from_a_header(bank: Bank) -> None:
    assert is_row(GOOD)
    assert is_row(["1", "account", NAME])
    assert not is_row(HEADER)
    assert not is_row(["流水号", "3月", "身份证号"])
    assert not is_row(["Mine"], {"mine"})
    bank.write("access_log.csv", as_csv([GOOD], header=GOOD))
    (finding,) = bank.take().findings
    assert "looks like a row" in finding.text


def test_of_a_header_of_unknown_names_only_words_that_are_nobody_s_are_shown() -> None:
    header = ["lookup_nr", "查访时刻", NAME, '{"name": "李四"', "Wang Wei", "", "recieved-on"]
    assert shown_header(header) == ["lookup_nr", "查访时刻", "张***", "{***", "W***", "", "recieved-on"]


def test_json_lines_that_are_called_csv_print_no_cell(bank: Bank) -> None:
    line = json.dumps({"name": NAME, **dict(zip(HEADER, GOOD, strict=True))}, ensure_ascii=False)
    bank.write("access_log.csv", line + "\n" + line + "\n")
    result = bank.take()
    assert codes(result) == {"missing_column"}
    assert NAME not in str(result.as_json())
