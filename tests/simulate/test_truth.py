"""The truth says who leaked what, and the log bears it out."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.errors import UsageError
from pipeline.simulate import SimulatedBank, build
from pipeline.simulate.leaking import WARM_UP_DAYS
from pipeline.simulate.plots import SCENARIOS


def test_a_bank_with_room_gets_every_scenario(bank: SimulatedBank) -> None:
    assert set(bank.truth["scenario"]) == set(SCENARIOS)


def test_illegitimate_lookups_are_rows_of_the_log_by_or_for_the_leaker(bank: SimulatedBank) -> None:
    log = bank.tables["access_log"].to_pandas().set_index("event_id")
    rows = log.loc[bank.truth_events["event_id"]]
    who = bank.truth_events["employee_id"].to_numpy()
    assert ((rows["employee_id"].to_numpy() == who) | (rows["requester_id"].to_numpy() == who)).all()
    assert (rows["occurred_at"].to_numpy() == bank.truth_events["occurred_at"].to_numpy()).all()


def test_no_leak_starts_before_the_warm_up_is_over(bank: SimulatedBank) -> None:
    first = date.fromisoformat(bank.truth["starts"].min())
    assert (first - date(2026, 1, 5)).days >= WARM_UP_DAYS


def test_spans_are_those_of_the_events(bank: SimulatedBank) -> None:
    days = bank.truth_events.assign(day=bank.truth_events["occurred_at"].str.slice(0, 10))
    by = days.groupby(["employee_id", "scenario"])["day"].agg(["min", "max"])
    for row in bank.truth.itertuples():
        assert by.loc[(row.employee_id, row.scenario)].tolist() == [row.starts, row.ends]


def test_nobody_leaks_in_two_ways_and_no_innocent_leaks(bank: SimulatedBank) -> None:
    assert bank.truth["employee_id"].is_unique
    assert not set(bank.innocents["employee_id"]) & set(bank.truth["employee_id"])
    assert bank.innocents["kind"].nunique() >= 5


def test_a_quiet_bank_has_no_truth_but_innocents(quiet_bank: SimulatedBank) -> None:
    assert len(quiet_bank.truth) == len(quiet_bank.truth_events) == 0
    assert list(quiet_bank.truth.columns) == ["employee_id", "scenario", "starts", "ends"]
    assert len(quiet_bank.innocents)


def test_an_unknown_scenario_is_refused() -> None:
    with pytest.raises(UsageError, match="No scenario is called bulkk"):
        build(1, 30, 60, date(2026, 1, 5), leakers=0.1, scenarios=["bulkk"])


def test_a_span_without_room_for_a_leak_is_refused() -> None:
    with pytest.raises(UsageError, match="warm-up"):
        build(1, 30, 30, date(2026, 1, 5), leakers=0.1)


def test_planting_a_leak_leaves_the_honest_business_as_it_was() -> None:
    quiet, leaky = (
        build(3, 40, 60, date(2026, 1, 5), leakers=share, scenarios=["to_order"]) for share in (0.0, 0.05)
    )
    assert len(leaky.truth) > 0
    before = set(quiet.tables["business_records"]["created_at"].to_pylist())
    after = set(leaky.tables["business_records"]["created_at"].to_pylist())
    assert len(before & after) > 0.95 * len(before)
