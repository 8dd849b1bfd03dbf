"""A night says how many of its people the list of employees does not have, and whether their numbers are only written otherwise."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import ibis
import pandas as pd

from pipeline.nightly.finding import Finding
from pipeline.nightly.unknown_staff import unknown_staff

NIGHT = date(2026, 6, 18)


def found(log: list[str], listed: list[str] | None) -> list[Finding]:
    """Return what is told of a night on which each of `log` made two look-ups."""
    rows = [(name, NIGHT, NIGHT, True, False) for name in log for _ in range(2)]
    acts = pd.DataFrame(rows, columns=["entity", "day", "night", "is_lookup", "is_machine"])
    groundwork = SimpleNamespace(
        feeds={"access_log", *(["employees"] if listed is not None else [])},
        acts=ibis.memtable(acts, schema=ibis.schema(
            {"entity": "string", "day": "date", "night": "date", "is_lookup": "boolean", "is_machine": "boolean"}
        )),
        staff=ibis.memtable(pd.DataFrame({"employee_id": listed or ["nobody"]})),
    )  # fmt: skip
    return unknown_staff(NIGHT, groundwork)  # type: ignore[arg-type]  # as much of it as is read


def test_where_everybody_is_listed_or_there_is_no_list_nothing_is_told() -> None:
    assert found(["E1", "E2"], ["E1", "E2", "E3"]) == []
    assert found(["E1", "E2"], None) == []


def test_numbers_that_are_written_otherwise_make_the_night_incomplete_and_are_told_apart() -> None:
    (one,) = found(["1", "2", "3", "X77", "E5"], ["E0001", "E0002", "e0003", "E5"])
    assert (one.code, one.count, one.incomplete) == ("unknown_staff", 8, True)
    assert one.detail == {"people": 4, "of": 5, "alike": 3}


def test_an_account_or_two_are_told_and_leave_the_night_whole() -> None:
    listed = [f"E{n}" for n in range(100)]
    (one,) = found([*listed, "SYS01"], listed)
    assert (one.count, one.incomplete) == (2, False)
