"""Replay the drill's nights and ask of each host: raised, when, and after how many leaked look-ups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from importlib.metadata import version
from statistics import median

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from pipeline.backtest.replay import replay_night
from pipeline.bank import Bank
from pipeline.calendar import cutoff_of
from pipeline.casebook.runs import runs_between
from pipeline.casebook.scores import read_scores
from pipeline.scoring.alerting import AlertHistory
from pipeline.settings import Alerting, Settings

GRACE = timedelta(days=3)
"""A raise this long after the leak's last day still finds it (contract, section 5)."""


@dataclass(frozen=True)
class Course:
    """What the nights said of each person.

    Attributes:
        raised: employee → nights on which they were raised.
        worst: employee → highest score.
        calibrated: Whether every night had enough past to raise anybody.
        people: Most people scored on a night.
    """

    raised: dict[str, list[date]]
    worst: dict[str, float]
    calibrated: bool
    people: int


def follow(
    bank: Bank,
    nights: Sequence[date],
    alerting: Alerting,
    advance: Callable[[], None],
    until: Collection[str] = (),
) -> Course:
    """Score nights and raise on a history of their own.

    Args:
        bank: The bank, as it is or with leaks planted.
        nights: The nights, in order.
        alerting: The section `[alerting]`.
        advance: Called after each night.
        until: Once all of these people have been raised, the nights that are left are not scored.
    """
    history = AlertHistory()
    raised: dict[str, list[date]] = {}
    worst: dict[str, float] = {}
    calibrated, people = True, 0
    bank.prepare(nights)
    for night in nights:
        done = replay_night(bank.score(night), history, alerting)
        scores = done.scores
        calibrated, people = calibrated and scores.calibrated, max(people, len(scores.people))
        for name, score in zip(scores.people.tolist(), scores.score.tolist(), strict=True):
            worst[str(name)] = max(score, worst.get(str(name), 0.0))
        for row in np.flatnonzero(done.alert):
            raised.setdefault(str(scores.people[row]), []).append(night)
        advance()
        if until and raised.keys() >= set(until):
            break
    return Course(raised, worst, calibrated, people)


def stored_course(engine: Engine, settings: Settings, nights: Sequence[date]) -> Course | None:
    """Read what the nights said when they were run; None unless all were, by this version and configuration.

    Args:
        engine: The casebook.
        settings: The effective configuration.
        nights: The nights, in order.
    """
    with engine.connect() as connection:
        runs = runs_between(connection, nights[0], nights[-1], config_hash=settings.config_hash)
        by_night = {run.night: run for run in runs if run.code_version == version("tellerwatch")}
        if not by_night.keys() >= set(nights):
            return None
        raised: dict[str, list[date]] = {}
        worst: dict[str, float] = {}
        for night in nights:
            for row in read_scores(connection, by_night[night].run_id):
                worst[row.employee_id] = max(row.score, worst.get(row.employee_id, 0.0))
                if row.alert:
                    raised.setdefault(row.employee_id, []).append(night)
    calibrated = all(by_night[night].manifest.get("calibrated", False) for night in nights)
    return Course(raised, worst, calibrated, max(by_night[night].scored for night in nights))


def widened(settings: Settings, hosts: int, people: int) -> Alerting:
    """Widen the budget by the hosts: they leak one at a time in life, and must not take each other's place.

    Args:
        settings: The effective configuration.
        hosts: How many people leak at once in the drill.
        people: How many people are scored.
    """
    more = 1000.0 * (hosts + 5) / max(people, 1)
    budget = settings.alerting.budget_per_1000_per_week + more
    return settings.alerting.model_copy(update={"budget_per_1000_per_week": budget})


@dataclass(frozen=True)
class Outcome:
    """How one host's leak ended.

    Attributes:
        scenario: What was planted.
        raised_on: The night, or None.
        delay_days: Days from the first leaked look-up to that night, or None.
        leaked: Leaked look-ups until that night's cut-off; all of them when never raised.
    """

    scenario: str
    raised_on: date | None
    delay_days: int | None
    leaked: int


def outcome(
    scenario: str, looked: pd.Series[pd.Timestamp], nights: Sequence[date], zone: str, cutoff: time
) -> Outcome:
    """Judge one host.

    Args:
        scenario: What was planted.
        looked: Moments of the leaked look-ups, aware.
        nights: Nights on which the host was raised in the shadow.
        zone: The bank's time zone.
        cutoff: The night's cut-off.
    """
    days = looked.dt.tz_convert(zone).dt.date
    first, last = min(days), max(days)
    found = next((night for night in sorted(nights) if first <= night <= last + GRACE), None)
    if found is None:
        return Outcome(scenario, None, None, len(looked))
    until: datetime = cutoff_of(found, cutoff, zone)
    return Outcome(scenario, found, (found - first).days, int((looked <= until).sum()))


def middle(values: Sequence[int]) -> float | None:
    """Return the median, or None of nothing."""
    return float(median(values)) if values else None


def by_scenario(outcomes: Sequence[Outcome]) -> Mapping[str, list[Outcome]]:
    """Group outcomes by scenario, in alphabetical order."""
    groups: dict[str, list[Outcome]] = {}
    for one in sorted(outcomes, key=lambda one: one.scenario):
        groups.setdefault(one.scenario, []).append(one)
    return groups
