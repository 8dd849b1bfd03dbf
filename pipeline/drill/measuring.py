"""Replay the drill's nights and ask of each host: raised, when, and after how many leaked look-ups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

import numpy as np
import pandas as pd

from pipeline.alerting import AlertHistory
from pipeline.backtest.replay import replay_night
from pipeline.bank import Bank
from pipeline.calendar import cutoff_of
from pipeline.settings import Alerting, Settings

GRACE = timedelta(days=3)
"""A raise this long after the leak's last day still finds it (contract, section 5)."""
Advance = Callable[[str, int, int], None]


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


def follow(bank: Bank, nights: Sequence[date], alerting: Alerting, advance: Callable[[], None]) -> Course:
    """Score nights and raise on a history of their own.

    Args:
        bank: The bank, as it is or with leaks planted.
        nights: The nights, in order.
        alerting: The section `[alerting]`.
        advance: Called after each night.
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
    return Course(raised, worst, calibrated, people)


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
