"""Who and what is chosen: by seed and night, in turn, and never one person twice."""

from __future__ import annotations

from datetime import timedelta

from pipeline.drill.leaks.scenarios import SCENARIOS
from pipeline.drill.planting import hosts_wanted, plant, turn_of
from tests.drill.made_material import NIGHT, host, material

HOSTS = [host(f"E{n:02d}", busy=n % 8 == 0) for n in range(32)]


def test_nobody_leaks_twice_in_one_drill() -> None:
    plan = plant(material(), HOSTS, list(SCENARIOS), 3, 9)
    names = [one.employee_id for leak in plan.leaks for one in leak.hosts]
    assert len(names) == len(set(names)) == plan.hosts >= 9


def test_the_same_seed_and_night_plant_the_same_and_another_seed_does_not() -> None:
    first, again, other = (plant(material(), HOSTS, list(SCENARIOS), seed, 6) for seed in (3, 3, 4))
    for feed, rows in first.rows.items():
        assert rows.equals(again.rows[feed])
    assert not first.rows["access_log"].equals(other.rows["access_log"])


def test_all_scenarios_have_had_their_turn_after_a_few_nights() -> None:
    names = [f"s{n}" for n in range(10)]
    seen = {name for back in range(4) for name in turn_of(names, 1, NIGHT - timedelta(days=back), 3)[:3]}
    assert seen == set(names)


def test_a_scenario_without_anybody_to_host_it_is_left_out_with_its_reason() -> None:
    plan = plant(material(), HOSTS, ["absent_account", "bulk"], 3, 2)
    assert {leak.scenario for leak in plan.leaks} == {"bulk"}
    assert "nobody" in plan.skipped["absent_account"]


def test_where_no_scenario_is_possible_nothing_is_planted() -> None:
    plan = plant(material(feeds=frozenset({"access_log"})), HOSTS, ["hollow"], 3, 2)
    assert plan.leaks == ()
    assert plan.rows == {}


def test_hosts_are_one_in_a_hundred_and_never_fewer_than_the_least() -> None:
    assert hosts_wanted(60, 10, 6) == 6
    assert hosts_wanted(10_000, 10, 6) == 100
