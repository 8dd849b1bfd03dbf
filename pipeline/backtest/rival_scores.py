"""What a bank would do otherwise: three naive ways to rank people, from the same facts as ours."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Protocol

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import NDArray

from pipeline.bank import Bank
from pipeline.features.windows import NightFacts

if TYPE_CHECKING:
    from detectors.base import Detector

Floats = NDArray[np.float64]

MULTIPLE = 2.0
"""How many times the average of the three months before a day may be, for the front-end rule."""
MONTHS_WORKDAYS = 60
RAW_COUNTS = (
    "lookups",
    "off_hours",
    "day_off",
    "copies",
    "exports",
    "not_found",
    "denied",
    "repeats",
    "no_customer",
    "other_home",
    "by_others",
    "login_fails",
    "peak_10min",
    "peak_60min",
)
"""Daily counts that any log gives without business records, for the detector on raw counts."""
FOREST_ROWS = 4000
REFIT_NIGHTS = 20


class Rival(Protocol):
    """Ranks the people of a night."""

    def score(self, facts: NightFacts) -> Floats:
        """Return (n,) scores; higher is more suspicious."""


class Volume:
    """Rank by the number of look-ups of the day."""

    def score(self, facts: NightFacts) -> Floats:
        """Return (n,) look-ups."""
        return facts.window("lookups", 1)


class FrontEndRule:
    """Count the look-ups that a counter's fixed rules object to.

    Objected to are: those beyond a multiple of the person's daily average over the three months before, those
    outside fixed hours, and those of people whose first two digits are not the branch's own province.

    Args:
        bank: The bank, for the provinces.
        first: First night.
        last: Last night.
    """

    def __init__(self, bank: Bank, first: date, last: date) -> None:
        self._far = _other_province(bank.groundwork.acts, first, last)

    def score(self, facts: NightFacts) -> Floats:
        """Return (n,) look-ups objected to."""
        today = facts.window("lookups", 1)
        before = facts.window("lookups", MONTHS_WORKDAYS) - today
        days = facts.window("active", MONTHS_WORKDAYS) - facts.window("active", 1)
        average = before / np.maximum(days, 1.0)
        far = self._far.get(facts.night, {})
        elsewhere = np.array([far.get(str(person), 0) for person in facts.people], dtype=np.float64)
        beyond = np.maximum(today - MULTIPLE * np.maximum(average, 1.0), 0.0)
        return np.asarray(beyond + facts.window("off_hours", 1) + elsewhere, dtype=np.float64)


def _other_province(acts: ir.Table, first: date, last: date) -> dict[date, dict[str, int]]:
    """Count per day and person the look-ups of people from another province than most of the branch's.

    The branch's own province is fixed, as it would be in a rule's table, so the whole span may tell it.
    """
    located = acts.filter(acts.is_lookup & acts.subject_province.notnull() & (acts.night == acts.day))
    counted = located.group_by("own_branch", "subject_province").agg(n=located.count())
    most = ibis.window(group_by=counted.own_branch, order_by=[ibis.desc(counted.n), counted.subject_province])
    home = counted.mutate(place=ibis.row_number().over(most)).filter(lambda t: t.place == 0)
    home = home.select("own_branch", home_province=home.subject_province)
    span = located.filter(located.day.between(first, last)).join(home, "own_branch")
    away = span.filter(span.subject_province != span.home_province)
    rows = away.group_by("day", "entity").agg(n=away.count()).to_pandas()
    found: dict[date, dict[str, int]] = {}
    for day, person, number in zip(rows["day"], rows["entity"], rows["n"], strict=True):
        found.setdefault(date(day.year, day.month, day.day), {})[str(person)] = int(number)
    return found


class RawForest:
    """One PyOD isolation forest on raw daily counts, fitted on the nights that ours are measured against.

    Args:
        bank: The bank, for the past nights.
        seed: Of the forest.
    """

    def __init__(self, bank: Bank, seed: int) -> None:
        self._bank, self._seed = bank, seed
        self._forest: Detector | None = None
        self._fitted: date | None = None

    def score(self, facts: NightFacts) -> Floats:
        """Return (n,) the forest's scores."""
        if self._fitted is None or (facts.night - self._fitted).days >= REFIT_NIGHTS:
            self._fit(facts)
        assert self._forest is not None, "fitted above"  # noqa: S101 - for the type checker
        return np.asarray(self._forest.score(_raw(facts)), dtype=np.float64)

    def _fit(self, facts: NightFacts) -> None:
        from detectors.registry import make_detector

        nights = self._bank.scorer.reference_nights(facts.night)
        past = [_raw(known) for known in self._bank.facts(nights)]
        X = np.vstack([rows for rows in past if len(rows)] or [_raw(facts)])
        if len(X) > FOREST_ROWS:
            X = X[np.linspace(0, len(X) - 1, FOREST_ROWS).astype(np.int64)]
        self._forest = make_detector("iforest", seed=self._seed).fit(X)
        self._fitted = facts.night


def _raw(facts: NightFacts) -> Floats:
    return np.column_stack([facts.window(name, 1) for name in RAW_COUNTS])
