"""Whose an account is, from who used it: a colleague's own, or a branch's."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pandas as pd

from pipeline.features.accounts import OWNERS_SHARE, others_account

MONDAY = date(2026, 3, 9)
assert MONDAY.toordinal() % 7 == 1
Use = tuple[str, str | None, int, int]
"""Who, under which account, how many days before Monday, how often."""


def flagged(*uses: Use, late: str = "") -> dict[str, int]:
    """Return person → acts under somebody else's own account, of those on the Monday."""
    rows = [
        (f"{who} {days} {n}", who, account, (MONDAY - timedelta(days=days)).toordinal(), who != late)
        for who, account, days, often in uses
        for n in range(often)
    ]
    acts = ibis.memtable(
        pd.DataFrame(rows, columns=["event_id", "employee_id", "account_id", "day_number", "is_timely"]),
        schema=ibis.schema(
            dict.fromkeys(("event_id", "employee_id", "account_id"), "string")
            | {"day_number": "int64", "is_timely": "bool"}
        ),
    )
    found = ibis.duckdb.connect(threads=1).to_pyarrow(others_account(acts))["event_id"].to_pylist()
    today = [event.split()[0] for event in found if event.split()[1] == "0"]
    return {who: today.count(who) for who in today}


OWNER: list[Use] = [("amy", "U-amy", days, 5) for days in range(3, 50)]


def test_somebody_elses_own_account_is_told_from_ones_own() -> None:
    assert flagged(*OWNER, ("amy", "U-amy", 0, 4), ("bob", "U-amy", 0, 3), ("bob", "U-bob", 0, 3)) == {
        "bob": 3
    }


def test_an_account_that_several_share_is_nobodys_own() -> None:
    desk: list[Use] = [(who, "B1", days, 5) for who in ("amy", "eve") for days in range(3, 50)]
    assert flagged(*desk, ("bob", "B1", 0, 3)) == {}


def test_the_owners_share_draws_the_line() -> None:
    mostly = round(100 * OWNERS_SHARE)
    both: list[Use] = [("amy", "U", 9, mostly), ("cat", "U", 9, 100 - mostly)]
    assert flagged(*both, ("bob", "U", 0, 1)) == {"bob": 1}
    assert flagged(*both, ("cat", "U", 10, 2), ("bob", "U", 0, 1)) == {}


def test_who_has_long_used_it_beside_the_owner_does_so_with_leave() -> None:
    beside: list[Use] = [("bob", "U-amy", days, 1) for days in range(3, 50)]
    assert flagged(*OWNER, *beside, ("bob", "U-amy", 0, 3)) == {}
    assert flagged(*OWNER, *beside[:30], ("bob", "U-amy", 0, 3)) == {"bob": 3}


def test_a_new_account_has_no_owner_yet() -> None:
    assert flagged(("amy", "U", 9, 19), ("bob", "U", 0, 1)) == {}
    assert flagged(("amy", "U", 9, 20), ("bob", "U", 0, 1)) == {"bob": 1}


def test_whose_it_was_long_ago_does_not_matter() -> None:
    assert flagged(("amy", "U", 70, 50), ("bob", "U", 0, 1)) == {}


def test_of_its_own_week_nothing_counts_yet_and_of_late_acts_nothing_at_all() -> None:
    assert flagged(("amy", "U", 0, 50), ("bob", "U", 0, 1)) == {}
    assert flagged(("amy", "U", 9, 50), ("bob", "U", 0, 1), late="amy") == {}


def test_logs_that_name_no_account_say_nothing() -> None:
    for account in (None, ""):
        assert flagged(("amy", account, 9, 50), ("bob", account, 0, 1)) == {}
