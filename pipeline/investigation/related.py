"""What the people of open cases have to do with each other, as known on a night: shared customers, typing, a shared terminal.

Only look-ups without business count. Colleagues of one branch meet the same customers every day, with business; that two people
sit in one branch, have one role or one manager relates nobody here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from scipy.special import gammainc
from sqlalchemy import Engine

from pipeline.casebook.case_file import list_cases, reasons_of
from pipeline.casebook.engine import writing
from pipeline.casebook.relations import Relation, write_relations
from pipeline.casebook.runs import Run
from pipeline.evidence.columns import BARE
from pipeline.features.families.breadth import WATCHED
from pipeline.home import Home
from pipeline.investigation.stored import Act, Stored, open_stored
from pipeline.settings import Settings

RELATED_WORKDAYS = 60
"""Working days over which look-ups are compared."""
LEAST_SHARED = 3
"""Customers, or look-ups typed for the other, that relate two people."""
BY_CHANCE = 0.001
"""Chance that two people who drew from one pool of customers share so many: more than this relates nobody."""
CROWDED, GATHERED = "crowded_terminal", "gathered"
_WITH_BUSINESS = ("linked", "thin")


@dataclass(frozen=True)
class InCase:
    """A person with an open case.

    Attributes:
        case_id: The case.
        codes: Reasons of its last night.
    """

    case_id: str
    codes: Collection[str]


def relate(home: Home, settings: Settings, engine: Engine, run: Run) -> None:
    """Find which of the open cases are one matter as of a run's night, and keep it with the run.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        run: The run; its evidence and its cases are stored.
    """
    with engine.connect() as connection:
        waiting = list_cases(connection, statuses=("new", "in_review"), opened_to=run.night)
        reasons = reasons_of(connection, waiting)
    people = {
        case.employee_id: InCase(case.case_id, {reason.code for reason in reasons[case.case_id]})
        for case in waiting
    }
    found: list[Relation] = []
    if len(people) > 1:
        with open_stored(home, settings, engine, run) as stored:
            found = related(people, stored)
    with writing(engine) as connection:
        write_relations(connection, run, found)


def related(people: Mapping[str, InCase], stored: Stored) -> list[Relation]:
    """Find which of the people of open cases have to do with each other.

    Args:
        people: employee → their case.
        stored: What the night's run may use.

    Returns:
        Relations in the order of their cases.
    """
    by_person: dict[str, list[Act]] = {person: [] for person in people}
    for act in stored.acts_of(sorted(people), stored.window_start(RELATED_WORKDAYS)):
        if act.is_lookup:
            by_person[act.entity].append(act)
    found = []
    for one, other in combinations(sorted(people, key=lambda person: people[person].case_id), 2):
        for kind, count in _between(one, other, people, by_person, stored):
            found.append(Relation(people[one].case_id, people[other].case_id, kind, stored.night, count))
    return found


def _between(
    one: str,
    other: str,
    people: Mapping[str, InCase],
    acts: Mapping[str, list[Act]],
    stored: Stored,
) -> Iterator[tuple[str, int]]:
    mine, theirs = _customers(acts[one]), _customers(acts[other])
    shared = len(mine & theirs)
    apart = shared < LEAST_SHARED or not _no_chance(shared, acts[one], acts[other], stored)
    if not apart:
        yield "customers", shared
    if GATHERED in people[one].codes and GATHERED in people[other].codes:
        met = _protected(acts[one], acts[other], stored)
        if met and apart:
            yield "gathered", met
    typed = sum(
        act.state == "unlinked" and (act.entity, act.employee_id) in ((one, other), (other, one))
        for act in (*acts[one], *acts[other])
    )
    if typed >= LEAST_SHARED:
        yield "typed", typed
    if CROWDED in people[one].codes and CROWDED in people[other].codes:
        days = len(_seats(acts[one]) & _seats(acts[other]))
        if days:
            yield "terminal", days


def _customers(acts: Sequence[Act], states: tuple[str, ...] = ("unlinked",)) -> set[str]:
    return {act.subject_token for act in acts if act.state in states}


def _protected(mine: Sequence[Act], theirs: Sequence[Act], stored: Stored) -> int:
    """Count the protected customers whom two people of different branches looked up without business."""
    met = _customers(mine, BARE) & _customers(theirs, BARE)
    paths = stored.feed_paths("customers")
    if not met or not paths or {act.own_branch for act in mine} & {act.own_branch for act in theirs}:
        return 0
    [(count,)] = stored.rows(
        "SELECT count(DISTINCT subject_token) FROM read_parquet(?, union_by_name = true) "
        "WHERE list_contains(?, segment) AND subject_token IN (SELECT unnest(?))",
        [paths, list(WATCHED), sorted(met)],
    )
    return int(count)


def _seats(acts: list[Act]) -> set[tuple[object, str]]:
    return {(act.day, act.terminal_id) for act in acts if act.terminal_id and act.state in BARE}


def _no_chance(shared: int, mine: Sequence[Act], theirs: Sequence[Act], stored: Stored) -> bool:
    """Tell whether two people share more customers than their place and their work make them share anyway.

    Source: what two draws out of one pool have in common is about Poisson; its mean is mine · theirs / pool, or, where they share
    more than that in their work with business, as much as there.
    """
    bare = [_customers(acts) for acts in (mine, theirs)]
    worked = [_customers(acts, _WITH_BUSINESS) for acts in (mine, theirs)]
    pool = stored.customers_at(sorted({act.own_branch for act in (*mine, *theirs)}), RELATED_WORKDAYS)
    smaller, least = min(map(len, bare)), min(map(len, worked))
    usual = len(worked[0] & worked[1]) / least if least else 0.0
    expected = max(len(bare[0]) * len(bare[1]) / max(pool, 1), usual * smaller)
    return bool(gammainc(shared, expected) < BY_CHANCE)  # the upper tail of a Poisson count
