"""A synthetic bank, from seed to feeds: every part in its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate import desks, feeds, finish, lending, machines, plots, portfolio, presence
from pipeline.simulate.arrival import arrivals
from pipeline.simulate.days import make_days
from pipeline.simulate.growing import NONE
from pipeline.simulate.habits import Habits, draw_habits
from pipeline.simulate.innocents import add_innocents
from pipeline.simulate.staff import hire
from pipeline.simulate.subjects import Subjects
from pipeline.simulate.world import World

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True)
class SimulatedBank:
    """What was made, and the truth about it.

    Attributes:
        tables: Feed → its rows, in the contract's columns.
        truth: employee_id, scenario, starts, ends; one row for each person of each leak.
        truth_events: event_id, employee_id, occurred_at, scenario; the illegitimate look-ups.
        innocents: employee_id, kind; people who look conspicuous and are not.
        files: The files written, in order; empty when nothing was.
    """

    tables: dict[str, pa.Table]
    truth: pd.DataFrame
    truth_events: pd.DataFrame
    innocents: pd.DataFrame
    files: tuple[Path, ...] = ()


def build(
    seed: int, employees: int, days: int, start: date, leakers: float, scenarios: Sequence[str] | None = None,
    machine_share: float | None = None, habits: Habits | None = None,
) -> SimulatedBank:  # fmt: skip
    """Make one bank in memory.

    Args:
        seed: Everything follows from it.
        employees: How many people work there over the span.
        days: Calendar days.
        start: The first day.
        leakers: Share of the staff that leaks at some time.
        scenarios: Families to choose from; None takes all.
        machine_share: Volume of the registered machines, 1 for a bank of 1,000; None follows the size.
        habits: How the bank lives; None draws it.
    """
    habits = habits or draw_habits(np.random.default_rng([seed, 1]))
    span = make_days(start, days, habits)
    staff = hire(np.random.default_rng([seed, 2]), employees, span, habits)
    rng = np.random.default_rng([seed, 3])
    cities = Subjects.elsewhere(rng, staff.branches)
    kinds = rng.choice(3, staff.branches)
    foreign = np.where(
        kinds == 0, rng.uniform(0.02, 0.08, staff.branches), rng.uniform(0.1, 0.4, staff.branches)
    )
    foreign = np.where(rng.random(staff.branches) < 0.1, rng.uniform(0.45, 0.65, staff.branches), foreign)
    world = World(seed, habits, span, staff, Subjects(cities, foreign, span.first))

    slips = lending.draw_slips(world)
    portfolio.found(world, customers_each=int(rng.integers(25, 60)) * habits.branch_size)
    register = machines.register(world)
    lending.lend(world, slips)
    desks.work(world, slips)
    add_innocents(world, slips)
    machines.run_machines(world, employees / 1000 if machine_share is None else machine_share)
    plots.plant(world, leakers, scenarios)
    finish.typos(world)
    finish.copies(world)
    presence.log_in(world)
    presence.complain(world)
    return _export(world, register)


def _export(world: World, register: list[machines.Machine]) -> SimulatedBank:
    rows = finish.settle(world)
    numbers = world.subjects.numbers(world.rng("numbers")).astype(object)
    actors = [*world.staff.ids, *(m.account_id for m in register)]
    ids = feeds.numbered(world.rng("event numbers"), "Q", len(rows["at"]))
    seen, arrived = arrivals(world)
    keep = np.flatnonzero(arrived)
    created = world.records["created"]
    order = np.lexsort((world.rng("record order").random(len(created)), created))
    names = np.empty(len(created), dtype=object)
    names[order] = feeds.numbered(world.rng("record numbers"), "R", len(created))
    keep = keep[np.lexsort((world.rng("arrival order").random(len(keep)), seen[keep]))]
    tables = {"access_log": feeds.access_log(world, rows, ids, actors, numbers, names, register)}
    tables["business_records"], tables["record_parties"] = feeds.record_feeds(
        world, keep, names, seen, actors, numbers
    )
    tables["employees"], tables["absences"] = feeds.staff_feeds(world)
    tables["customers"], tables["complaints"] = feeds.customer_feeds(world, numbers)
    tables["logins"], tables["service_accounts"], tables["calendar"] = feeds.small_feeds(world, register)
    return SimulatedBank(tables, *_truth(world, rows, ids))


def _truth(
    world: World, rows: finish.Table, ids: NDArray[np.object_]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    import pandas as pd

    staff = world.staff
    bad = np.flatnonzero(rows["plot"] != NONE)
    bad = bad[np.isin(rows["plot"][bad], np.arange(len(world.plots)))]
    plot = rows["plot"][bad]
    answers = np.array([p["answers_for"] for p in world.plots], dtype=np.int64)
    person = (
        np.where(answers[plot] != NONE, answers[plot], rows["actor"][bad]) if len(bad) else rows["actor"][bad]
    )
    scenario = [world.plots[p]["scenario"] for p in plot]
    events = pd.DataFrame({
        "event_id": ids[bad],
        "employee_id": [staff.ids[p] for p in person],
        "occurred_at": feeds.times(rows["at"][bad]),
        "scenario": scenario,
    })  # fmt: skip
    day = events["occurred_at"].str.slice(0, 10)
    spans = (
        events.assign(day=day, plot=plot)
        .groupby(["employee_id", "plot", "scenario"], sort=True)["day"]
        .agg(starts="min", ends="max")
        .reset_index()
    )
    guilty = set(events["employee_id"])
    innocents = sorted({(staff.ids[p], kind) for p, kind in world.innocents if staff.ids[p] not in guilty})
    return (
        spans[["employee_id", "scenario", "starts", "ends"]],
        events,
        pd.DataFrame(innocents, columns=["employee_id", "kind"]),
    )
