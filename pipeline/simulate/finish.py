"""The last touches: typos, copies, pace, where each look-up was made, and the order of the source."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.clock import spaced
from pipeline.simulate.growing import NONE
from pipeline.simulate.staff import ROLE
from pipeline.simulate.world import CATEGORY, OPERATION, OUTCOME, REASON, World

Table = dict[str, NDArray[Any]]


def typos(world: World) -> None:
    """Now and then a number is mistyped first: nobody is found, and the right one follows."""
    rng, table = world.rng("typos"), world.lookups
    human = ~table["machine"] & (table["operation"] == OPERATION["query"])
    slip = np.flatnonzero(human & (rng.random(len(table)) < world.habits.not_found))
    wrong = world.subjects.people(rng, world.subjects.table["region"][table["subject"][slip]])
    same = {
        c: table[c][slip]
        for c in ("actor", "reason", "category", "requester", "branch", "seat", "paced", "unsigned")
    }
    at = table["at"][slip] - rng.integers(15, 90, len(slip))
    ref = table["ref"]  # and a business number is mistyped: another case's, by mistake
    off = np.flatnonzero((ref >= 0) & ~table["machine"] & (rng.random(len(ref)) < 0.002))
    ref[off] = np.clip(ref[off] + rng.integers(-40, 41, len(off)), 0, len(world.records) - 1)
    world.lookups.add(len(slip), at=at, subject=wrong, outcome=OUTCOME["not_found"], **same)


def copies(world: World) -> None:
    """Look again at what was pulled, and print it where the branch keeps paper."""
    rng, habits, table = world.rng("copies"), world.habits, world.lookups
    paper = rng.random(world.staff.branches) < habits.paper_branches
    report = (table["category"] == CATEGORY["credit_report"]) & (table["outcome"] == OUTCOME["ok"])
    mine = np.flatnonzero(~table["machine"] & report & (table["operation"] == OPERATION["query"]))
    day = np.clip(world.days.of(table["at"][mine]), 0, world.days.n - 1)
    printing = np.where(
        paper[world.staff.branch[table["actor"][mine], day]], habits.print_paper, habits.print_file
    )
    for name, share, latest in (("print", printing, 400), ("view", habits.view_share, 4 * 3600)):
        chosen = mine[rng.random(len(mine)) < share]
        same = {
            c: table[c][chosen]
            for c in (
                "actor",
                "subject",
                "reason",
                "category",
                "requester",
                "branch",
                "seat",
                "paced",
                "unsigned",
            )
        }
        at = table["at"][chosen] + rng.integers(20, latest, len(chosen))
        world.lookups.add(len(chosen), at=at, operation=OPERATION[name], **same)
    _second_views(world, rng, mine, day)


def _second_views(
    world: World, rng: np.random.Generator, mine: NDArray[np.int64], day: NDArray[np.int64]
) -> None:
    """Let the head of the branch look at some of the reports pulled for loans there, before deciding."""
    staff, table = world.staff, world.lookups
    heads = np.full((staff.branches, world.days.n), NONE, dtype=np.int64)
    person, on = np.nonzero((staff.role == ROLE["branch_manager"]) & staff.present)
    heads[staff.branch[person, on], on] = person
    head = heads[staff.branch[table["actor"][mine], day], day]
    wanted = (
        (head != NONE) & (table["reason"][mine] == REASON["loan_approval"]) & (head != table["actor"][mine])
    )
    chosen = np.flatnonzero(wanted & (rng.random(len(mine)) < world.habits.second_views))
    source = mine[chosen]
    at = table["at"][source] + rng.integers(600, 3 * 3600, len(source))
    world.lookups.add(
        len(source), at=at, actor=head[chosen], subject=table["subject"][source],
        reason=table["reason"][source], operation=OPERATION["view"],
    )  # fmt: skip


def settle(world: World) -> Table:
    """Space the acts of each hand, drop what is outside the span, fill in places, order as the source."""
    rng, table, staff = world.rng("settle"), world.lookups, world.staff
    rows = {name: table[name] for name in table.columns}
    hand = np.flatnonzero(rows["paced"])
    at = rows["at"].copy()
    at[hand] = spaced(rows["actor"][hand], at[hand], rng.integers(12, 70, len(hand)))
    rows["at"] = at
    keep = np.flatnonzero((at >= world.days.at(0)) & (at < world.days.end))
    keep = keep[np.lexsort((rng.random(len(keep)), at[keep]))]  # ties in no telling order
    rows = {name: cells[keep] for name, cells in rows.items()}
    person = np.minimum(rows["actor"], staff.n - 1)
    day = world.days.of(rows["at"])
    rows["branch"] = np.where(rows["branch"] == NONE, staff.branch[person, day], rows["branch"])
    rows["seat"] = np.where(rows["seat"] == NONE, staff.seat[person, day], rows["seat"])
    return rows
