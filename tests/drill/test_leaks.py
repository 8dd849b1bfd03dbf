"""What is planted: rows like the bank's own, of customers nobody asked about, under numbers of their own."""

from __future__ import annotations

from typing import get_args

import pandas as pd
import pytest

from pipeline.drill.leaks.leak import Leak
from pipeline.drill.leaks.material import Host
from pipeline.drill.leaks.scenarios import SCENARIOS
from pipeline.lake.schema import ibis_schema
from pipeline.settings.drill import Scenario
from tests.drill.made_material import CLOSED, DAYS, WORK, host, material, rng


def planted(name: str, seed: int = 1) -> Leak:
    scenario = SCENARIOS[name]
    hosts: list[Host] = [
        host(f"E{n}", busy=scenario.busy, away=WORK[2:5] if scenario.away else ())
        for n in range(scenario.hosts)
    ]
    assert all(scenario.suits(one) for one in hosts)
    leak = Leak(name, f"key-{seed}", rng(seed), hosts, material())
    scenario.plant(leak)
    return leak


def of(leak: Leak, feed: str) -> pd.DataFrame:
    return pd.concat(leak.rows[feed], ignore_index=True)


def test_the_settings_name_exactly_the_scenarios_that_there_are() -> None:
    assert sorted(get_args(Scenario)) == sorted(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_leaves_look_ups_in_the_lakes_own_columns_within_the_span(name: str) -> None:
    leak = planted(name)
    for feed, parts in leak.rows.items():
        for rows in parts:
            assert set(rows.columns) <= set(ibis_schema(feed)), feed
    rows = of(leak, "access_log")
    assert set(rows["business_day"]) <= set(DAYS)
    assert rows["event_id"].is_unique
    assert list(rows["occurred_at_local"].dt.date) == list(rows["business_day"])
    assert sum(len(part) for part in leak.looked) == len(rows)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_key_and_seed_write_the_same_rows(name: str) -> None:
    for feed, parts in planted(name, 5).rows.items():
        pd.testing.assert_frame_equal(pd.concat(parts), pd.concat(planted(name, 5).rows[feed]))


@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - {"resale"}))
def test_the_victims_are_nobody_whom_the_host_had_business_with(name: str) -> None:
    leak = planted(name)
    tokens = set(of(leak, "access_log")["subject_token"])
    assert not any(token.startswith(("honest-", "seen-")) for token in tokens)
    invented = {token for token in tokens if not token.startswith("idle-")}
    assert all(len(token) == 64 for token in invented)


@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - {"resale"}))
def test_a_leak_carries_neither_the_number_nor_the_consent_of_honest_business(name: str) -> None:
    rows = of(planted(name), "access_log")
    assert not rows["business_ref"].fillna("").str.startswith("REF-").any()
    assert not rows["authorization_id"].fillna("").str.startswith("AUTH-").any()


def test_what_the_log_writes_of_the_hosts_own_desk_it_writes_of_the_leak() -> None:
    rows = of(planted("to_order"), "access_log")
    assert set(rows["terminal_id"]) == {"T-E0"}
    assert set(rows["channel"]) == {"workstation"}
    assert set(rows["recorded_at"] - rows["occurred_at"]) == {pd.Timedelta(minutes=1)}


def test_utc_and_the_banks_clock_agree() -> None:
    rows = of(planted("bulk"), "access_log")
    assert set(rows["occurred_at_local"] - rows["occurred_at"]) == {pd.Timedelta(hours=8)}


def test_closed_days_are_closed_days() -> None:
    assert set(of(planted("closed_days"), "access_log")["business_day"]) <= set(CLOSED)


def test_a_hollow_application_names_whom_it_covers_and_comes_after_the_look_up() -> None:
    leak = planted("hollow")
    looked, records, parties = (of(leak, f) for f in ("access_log", "business_records", "record_parties"))
    assert set(parties["subject_token"]) <= set(looked["subject_token"])
    assert set(parties["record_id"]) == set(records["record_id"])
    assert not records["second_person"].any()
    at = looked.set_index("subject_token")["occurred_at"]
    made = parties.merge(records[["record_id", "created_at"]], on="record_id")
    assert (made["created_at"].to_numpy() > at.loc[made["subject_token"]].to_numpy()).all()


def test_another_hand_sits_at_another_terminal_and_guesses_first() -> None:
    leak = planted("stolen_account")
    rows, tries = of(leak, "access_log"), of(leak, "logins")
    assert set(rows["terminal_id"]) == set(tries["terminal_id"]) == {"T-other"}
    assert tries["occurred_at"].max() <= rows["occurred_at"].min()


def test_an_account_works_only_while_its_owner_is_away() -> None:
    assert set(of(planted("absent_account"), "access_log")["business_day"]) <= set(WORK[2:5])


def test_resale_copies_what_was_due_and_looks_nobody_up() -> None:
    rows = of(planted("resale"), "access_log")
    assert set(rows["operation"]) <= {"print", "export"}
    assert rows["subject_token"].str.startswith("honest-").all()


@pytest.mark.parametrize(
    ("name", "taken_away"),
    [
        ("hollow", {"feeds": frozenset({"access_log"})}),
        ("borrowed_ref", {"feeds": frozenset({"access_log"})}),
        ("post_loan_pretext", {"reasons": frozenset({"loan_approval"})}),
        ("resale", {"operations": frozenset({"query"})}),
        ("closed_days", {"closed_days": ()}),
        ("absent_account", {"feeds": frozenset({"access_log"})}),
    ],
)
def test_what_a_bank_cannot_have_is_left_out_with_its_reason(
    name: str, taken_away: dict[str, object]
) -> None:
    assert SCENARIOS[name].lacks(material()) == ""
    assert SCENARIOS[name].lacks(material(**taken_away))


def test_with_the_access_log_alone_half_of_the_scenarios_remain() -> None:
    bare = material(
        feeds=frozenset({"access_log"}), reasons=frozenset({"unstated"}), operations=frozenset({"query"})
    )
    left = {name for name, scenario in SCENARIOS.items() if not scenario.lacks(bare)}
    assert left >= {
        "bulk",
        "to_order",
        "slow_drip",
        "needle",
        "crawler",
        "lent_account",
        "stolen_account",
        "ring",
    }
