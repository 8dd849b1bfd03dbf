"""What the bank already had when the simulation began: customers, and their loans and cards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.business import co_parties, open_records
from pipeline.simulate.days import DAY
from pipeline.simulate.subjects import SEGMENTS
from pipeline.simulate.world import KIND, STATUS, World


def found(world: World, customers_each: int) -> None:
    """Give every branch its standing customers, some with loans, some with cards."""
    rng, staff = world.rng("portfolio"), world.staff
    branch = np.repeat(np.arange(1, staff.branches), customers_each)
    segment = rng.choice(len(SEGMENTS), len(branch), p=[0.955, 0.03, 0.003, 0.012])
    people = world.subjects.clientele(rng, branch, home=branch, customer=True, segment=segment)
    for kind, share, months in (("loan_account", 0.45, 40), ("card_account", 0.5, 60)):
        holders = rng.random(len(people)) < share
        created = world.days.at(0) - (rng.uniform(10, 30 * months, int(holders.sum())) * DAY).astype(np.int64)
        created = created // DAY * DAY + rng.integers(31_000, 62_000, len(created))
        at = branch[holders] if kind == "loan_account" else 0
        record = open_records(world, rng, kind, created, at, -1, people[holders], "active", second_share=1.0)
        repaid = record[rng.random(len(record)) < 0.12]
        world.records["closed"][repaid] = (
            world.days.at(0) + rng.integers(-300, world.days.n, len(repaid)) * DAY
        )
        world.records["closed"][repaid] = np.maximum(
            world.records["closed"][repaid], world.records["created"][repaid] + 30 * DAY
        )
        world.records["status"][repaid] = STATUS["closed"]
        if kind == "loan_account":
            co_parties(world, rng, record, people[holders], "guarantor", 0.08)


def holders(world: World, kind: str) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """List the parties of all records of a kind.

    Returns:
        (n,) records, (n,) subjects, (n,) branches.
    """
    record = world.parties["record"]
    mine = world.records["kind"][record] == KIND[kind]
    return record[mine], world.parties["subject"][mine], world.records["branch"][record[mine]]
