"""One drill from question to answer: the bank as it is, leaks planted in its shadow, the same nights again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from pipeline.casebook.runs import latest_run
from pipeline.drill import ledger
from pipeline.drill.leaks.material import Host, Material
from pipeline.drill.leaks.scenarios import SCENARIOS
from pipeline.drill.measuring import (
    Course,
    Outcome,
    by_scenario,
    follow,
    middle,
    outcome,
    stored_course,
    widened,
)
from pipeline.drill.planting import Plan, hosts_wanted, plant
from pipeline.drill.shadow import shadow_bank
from pipeline.drill.surveying import Span, candidates, hosts_of, material_of, open_survey, without
from pipeline.errors import UsageError
from pipeline.home import Home
from pipeline.lake.store import Lake
from pipeline.settings import Settings

POOL = 20
"""Possible hosts whose work is read, for each host wanted."""
SHORT_HISTORY = "the history is too short to calibrate, so no night would raise anybody"
NO_HOSTS = "nobody has enough ordinary work in the span to be a host"
NO_LEAKS = "this bank's feeds allow none of the scenarios asked for"


@dataclass(frozen=True)
class Asked:
    """What the operator asked for.

    Attributes:
        night: The last night replayed; None takes the last that was run.
        seed: The drill's seed; None takes the configuration's.
        scenarios: Leaks to choose from; empty takes the configuration's.
        hosts: People under whose accounts leaks are planted; None takes the configuration's.
    """

    night: date | None = None
    seed: int | None = None
    scenarios: Sequence[str] = ()
    hosts: int | None = None

    @property
    def as_configured(self) -> bool:
        """Whether the result belongs in the trend: another mix of leaks would bend it."""
        return not self.scenarios and self.hosts is None


@dataclass(frozen=True)
class Before:
    """What is known before anything is planted: the bank as it is."""

    span: Span
    course: Course
    hosts: list[Host]
    material: Material


def drill_night(lake: Lake, engine: Engine, asked: date | None) -> date:
    """Choose the drill's night.

    Raises:
        UsageError: There are no look-ups, or none by then.
    """
    days = lake.days("access_log")
    if not days:
        raise UsageError(
            "No look-up has been taken in yet, so there is no shadow to plant leaks in.",
            f"Take in the bank's exports first: `tellerwatch --home {lake.home.root} ingest FOLDER`.",
        )
    if asked is None:
        with engine.connect() as connection:
            run = latest_run(connection)
        return run.night if run is not None and days[0] <= run.night <= days[-1] else days[-1]
    if not days[0] <= asked <= days[-1]:
        raise UsageError(
            f"The look-ups taken in reach from {days[0]} to {days[-1]}; {asked} is not among them.",
            "Choose a night among them, or take in the missing exports.",
        )
    return asked


def carry_out(
    home: Home,
    settings: Settings,
    engine: Engine,
    asked: Asked,
    clock: Callable[[], datetime],
    advance: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> ledger.DrillDone:
    """Do one drill. The lake is read, the shadow lies in memory; nothing is written.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        asked: What was asked for.
        clock: The present moment, for what the drill took and when it was done.
        advance: Told (what, done, total) as the work goes on.

    Raises:
        UsageError: Drills are switched off, or the night cannot be drilled.
    """
    if not settings.drill.enabled:
        raise UsageError(
            "Drills are switched off here (`drill.enabled = false`), so the recall of the nights is not measured.",
            "Set `enabled = true` in the section [drill] of config.toml.",
        )
    begun = clock()
    lake = Lake(home, engine)
    night, horizon = drill_night(lake, engine, asked.night), lake.horizon()
    seed = settings.detection.seed if asked.seed is None else asked.seed
    steps = _Steps(advance, 2 * settings.drill.work_days)
    before = _before(home, settings, engine, night, horizon, seed, asked.hosts, steps)
    names = list(asked.scenarios or settings.drill.scenarios or SCENARIOS)
    wanted = asked.hosts or _wanted(settings, before.course)
    plan = plant(before.material, before.hosts, names, seed, wanted)
    why = _not_assessable(before, plan)
    outcomes = [] if why else _after(home, settings, engine, before, plan, steps)
    finished = clock()
    raised = sum(one.raised_on is not None for one in outcomes)
    passed = raised >= settings.drill.floor * len(outcomes)
    return ledger.DrillDone(
        night=night,
        seed=seed,
        config_hash=settings.config_hash,
        code_version=version("tellerwatch"),
        batch_horizon=horizon,
        at=finished,
        seconds=round((finished - begun).total_seconds(), 3),
        status=ledger.NOT_ASSESSABLE if why else ledger.PASSED if passed else ledger.BELOW_FLOOR,
        hosts=len(outcomes),
        raised=raised,
        leaked_median=middle([one.leaked for one in outcomes]),
        floor=settings.drill.floor,
        scenarios=tuple(_result(name, some) for name, some in by_scenario(outcomes).items()),
        skipped=plan.skipped | ({"": why} if why else {}),
    )


class _Steps:
    """Counts what is done, for whoever waits."""

    def __init__(self, advance: Callable[[str, int, int], None], total: int) -> None:
        self._advance, self._total, self._done = advance, total, 0

    def say(self, what: str) -> Callable[[], None]:
        """Name what is being done, and return what to call after each step of it."""
        self._advance(what, self._done, self._total)

        def step() -> None:
            self._done += 1
            self._advance(what, self._done, self._total)

        return step


def _wanted(settings: Settings, course: Course) -> int:
    return hosts_wanted(course.people, settings.drill.hosts_per_1000, settings.drill.least_hosts)


def _before(
    home: Home,
    settings: Settings,
    engine: Engine,
    night: date,
    horizon: int,
    seed: int,
    hosts: int | None,
    steps: _Steps,
) -> Before:
    """Learn who stays quiet in the nights as they are, and survey the bank for hosts among them."""
    steps.say("Looking for hosts")
    with open_survey(home, settings, engine, night, horizon) as found:
        span, people = found.span, candidates(found)
        rng = np.random.default_rng([seed, night.toordinal(), 1])
        material = material_of(found, rng)
    course = stored_course(engine, settings, span.nights)
    if course is None:
        with shadow_bank(home, settings, engine, span.first, night, horizon, {}) as bank:
            course = follow(bank, span.nights, settings.alerting, steps.say("Nights as they are"))
    loud = {name for name, score in course.worst.items() if score >= settings.alerting.keep_nats}
    quiet = without(people, loud | set(course.raised))
    most = POOL * (hosts or _wanted(settings, course))
    chosen = np.sort(rng.permutation(len(quiet))[:most])
    with open_survey(home, settings, engine, night, horizon) as found:
        return Before(span, course, hosts_of(found, quiet.iloc[chosen]), material)


def _not_assessable(before: Before, plan: Plan) -> str:
    if not before.course.calibrated:
        return SHORT_HISTORY
    if not before.hosts:
        return NO_HOSTS
    return "" if plan.leaks else NO_LEAKS


def _after(
    home: Home, settings: Settings, engine: Engine, before: Before, plan: Plan, steps: _Steps
) -> list[Outcome]:
    """Replay the nights with the leaks in the shadow, and judge each host."""
    span = before.span
    names = {host.employee_id for leak in plan.leaks for host in leak.hosts}
    steps.say("Linking look-ups, the planted ones among them")
    with shadow_bank(home, settings, engine, span.first, span.night, span.horizon, plan.rows) as bank:
        alerting = widened(settings, plan.hosts, before.course.people)
        step = steps.say("Nights with planted leakers")
        course = follow(bank, span.nights, alerting, step, until=names)
    outcomes = []
    for leak in plan.leaks:
        looked = pd.concat(leak.looked, ignore_index=True)
        for name, rows in looked.groupby("employee_id"):
            nights = course.raised.get(str(name), [])
            at = rows["occurred_at"]
            outcomes.append(outcome(leak.scenario, at, nights, settings.bank.zone, settings.bank.cutoff))
    return outcomes


def _result(name: str, outcomes: Sequence[Outcome]) -> ledger.ScenarioResult:
    return ledger.ScenarioResult(
        name,
        len(outcomes),
        sum(one.raised_on is not None for one in outcomes),
        middle([one.leaked for one in outcomes]),
        middle([one.delay_days for one in outcomes if one.delay_days is not None]),
    )


def as_json(done: ledger.DrillDone, trend: Sequence[ledger.DrillDone]) -> dict[str, Any]:
    """Return the answer in plain types: counts by scenario, nobody's id."""
    answer = vars(done) | {"recall": done.recall}
    answer["scenarios"] = [vars(one) | {"recall": one.recall} for one in done.scenarios]
    answer["trend"] = [
        {
            "night": one.night,
            "status": one.status,
            "hosts": one.hosts,
            "raised": one.raised,
            "recall": one.recall,
        }
        for one in trend
    ]
    answer["pooled"] = [vars(one) | {"recall": one.recall} for one in ledger.pooled(list(trend))]
    return answer
