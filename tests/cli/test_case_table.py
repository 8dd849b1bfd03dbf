"""A table of cases on a narrow terminal: what is long gives way, and no case's number is ever cut."""

from __future__ import annotations

import io
from datetime import date

import pytest
from rich.console import Console

from pipeline.casebook.case_file import Case
from pipeline.cli.case_printing import print_cases

CLOSED = Case(
    case_id="C-2026-0001",
    employee_id="E10476",
    opened_on=date(2026, 6, 8),
    opened_run="r1",
    last_night=date(2026, 6, 18),
    severity="critical",
    status="closed",
    score=12.3,
    p_value=0.0001,
    unexplained=103,
    disposition="explained_business",
)


@pytest.mark.parametrize("width", [72, 80, 120])
def test_every_number_and_day_stands_whole(width: int) -> None:
    told = io.StringIO()
    print_cases(Console(file=told, width=width), [CLOSED], {}, "en")
    assert "C-2026-0001" in told.getvalue()
    assert "2026-06-08" in told.getvalue()
    assert "E10476" in told.getvalue()
