"""The bureau's lists: whose they are, from which night they count, and that nothing counts twice."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import ibis
import pyarrow as pa

from pipeline.features.bureau import bureau_listed, told
from tests.evidence.made_bank import MadeBank


def listed(findings: list[dict[str, Any]], users: dict[str, list[str]] | None = None) -> list[dict[str, Any]]:
    """Return the counted rows; `users` gives the people who used a credential on the tenth of March."""
    bank = MadeBank()
    for number, finding in enumerate(findings):
        bank.add("bureau_findings", **{"finding_id": f"F{number}", "kind": "volume", **finding})
    used = [(who, account, date(2026, 3, 10)) for account, some in (users or {}).items() for who in some]
    acts = ibis.memtable(
        pa.table(
            {
                "employee_id": pa.array([row[0] for row in used], pa.string()),
                "account_id": pa.array([row[1] for row in used], pa.string()),
                "day": pa.array([row[2] for row in used], pa.date32()),
            }
        )
    )
    found = bureau_listed(told(bank.table("bureau_findings"), acts, time(2)))
    return list(ibis.duckdb.connect(threads=1).to_pyarrow(found).to_pylist())


ROW = {"occurred_at": "2026-03-10 11:00", "employee_id": "amy", "received_on": "2026-03-20"}


def test_a_finding_counts_on_its_look_ups_day_from_the_night_on_which_it_came() -> None:
    (row,) = listed([ROW])
    assert row == {
        "person": "amy",
        "day": date(2026, 3, 10),
        "night": date(2026, 3, 20),
        "bureau_listed": 1,
    }


def test_it_counts_no_sooner_than_it_was_recorded() -> None:
    (row,) = listed([{**ROW, "recorded_at": "2026-03-23 09:00"}])
    assert row["night"] == date(2026, 3, 23)


def test_the_same_finding_sent_again_counts_once_from_its_first_coming() -> None:
    again = {**ROW, "finding_id": "F0", "received_on": "2026-04-20"}
    (row,) = listed([ROW, again])
    assert row["bureau_listed"] == 1
    assert row["night"] == date(2026, 3, 20)


def test_a_credential_that_one_person_used_that_day_is_theirs() -> None:
    finding = {"occurred_at": "2026-03-10 11:00", "account_id": "PB7"}
    (row,) = listed([finding], {"PB7": ["amy"], "PB8": ["bob"]})
    assert row["person"] == "amy"


def test_a_credential_that_several_used_is_nobodys() -> None:
    finding = {"occurred_at": "2026-03-10 11:00", "account_id": "PB7"}
    assert listed([finding], {"PB7": ["amy", "bob"]}) == []


def test_a_finding_about_a_branch_alone_accuses_nobody() -> None:
    assert listed([{"occurred_at": "2026-03-10 11:00", "branch_id": "B1"}]) == []
