"""The access record as its commands show it: verified, anchored, found out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import delete, update

from pipeline.casebook import tables
from pipeline.casebook.engine import open_casebook, writing
from pipeline.errors import ExitCode
from pipeline.home import Home
from pipeline.settings import Settings


def test_the_ledger_is_verified_anchored_and_found_out(
    booked: Callable[..., Any], home: Home, tmp_path: Path
) -> None:
    anchor = tmp_path / "anchor.jsonl"
    already = booked("ledger", "verify", "--json").json["entries"]
    for _ in range(3):
        booked("cases", "list")
    verified = booked("ledger", "verify", "--write-anchor", anchor)
    assert verified.code == ExitCode.OK
    assert f"intact: {already + 3} entries" in verified.out
    assert "3 cases with 3 lines of history, 0 suppressions" in verified.out
    assert "no anchor" in verified.out
    assert booked("ledger", "verify", "--anchor", anchor, "--json").json["intact"] is True
    engine = open_casebook(home, Settings())
    with writing(engine) as connection:
        connection.execute(delete(tables.access_records).where(tables.access_records.c.seq == already + 3))
    assert booked("ledger", "verify").code == ExitCode.OK
    cut = booked("ledger", "verify", "--anchor", anchor, "--json")
    assert cut.code == ExitCode.INCOMPLETE
    assert [fault["code"] for fault in cut.json["faults"]] == ["cut_off"]
    with writing(engine) as connection:
        connection.execute(update(tables.access_records).values(actor="somebody.else"))
    engine.dispose()
    untouched = anchor.read_text()
    changed = booked("ledger", "verify", "--write-anchor", anchor)
    assert changed.code == ExitCode.INCOMPLETE
    assert "entry 1 is not what was written" in changed.out
    assert anchor.read_text() == untouched


def test_a_decision_changed_in_the_database_is_found_by_verifying(
    booked: Callable[..., Any], home: Home, tmp_path: Path
) -> None:
    decided = ("--disposition", "confirmed_leak", "--text", "He sold them.", "--second-person", "wu.min")
    assert booked("cases", "close", "C-2026-0001", *decided).code == ExitCode.OK
    assert booked("ledger", "verify").code == ExitCode.OK
    engine = open_casebook(home, Settings())
    with writing(engine) as connection:
        one = tables.cases.c.case_id == "C-2026-0001"
        connection.execute(update(tables.cases).where(one).values(disposition="explained_business"))
    engine.dispose()
    anchor = tmp_path / "anchor.jsonl"
    found = booked("ledger", "verify", "--write-anchor", anchor)
    assert found.code == ExitCode.INCOMPLETE
    assert "case_changed: case C-2026-0001 is not what entry" in " ".join(found.out.split())
    assert not anchor.exists()
    told = booked("ledger", "verify", "--json").json
    assert (told["intact"], [fault["code"] for fault in told["faults"]]) == (False, ["case_changed"])


def test_reading_the_ledger_leaves_an_entry_too(booked: Callable[..., Any]) -> None:
    booked("cases", "show", "C-2026-0001")
    shown = booked("ledger", "show", "--json").json["entries"]
    assert [entry["act"] for entry in shown][:2] == ["ledger show", "cases show"]
    assert "cases show" in booked("ledger", "show", "--case", "C-2026-0001").out
