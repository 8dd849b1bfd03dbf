"""What another budget, or another threshold, would have raised: from stored scores, nothing scored anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Connection, select

from pipeline.casebook.runs import Run, runs_between
from pipeline.casebook.scores import ScoreRow, read_scores
from pipeline.casebook.tables import cases
from pipeline.errors import UsageError
from pipeline.features.spec import WINDOWS
from pipeline.features.windows import BANDS, NightFacts
from pipeline.scoring.alerting import AlertHistory, raise_alerts
from pipeline.scoring.scorer import NightScores
from pipeline.settings import Alerting

BUDGETS = (0.5, 1.0, 2.0, 4.0, 8.0)
OPEN_NATS = (6.0, 7.0, 8.0, 10.0, 12.0)
CONFIRMED = ("confirmed_leak", "no_authorisation", "conflict_of_interest")
"""Dispositions that say that there was something to find."""
POLICY = (
    "after_left", "absent_untraced", "absent_judged", "lookups", "gathered", "crowd", "fresh", "fresh_traceless",
)  # fmt: skip


@dataclass(frozen=True)
class Lost:
    """A confirmed case that would not have been raised."""

    case_id: str
    employee_id: str
    opened_on: date


@dataclass(frozen=True)
class Option:
    """One setting of the alerting, and what it would have done.

    Attributes:
        budget_per_1000_per_week: New cases per 1,000 employees and week, at most.
        open_nats: Evidence from which a case opens.
        current: It is what the configuration says.
        new_cases: People newly raised over the nights.
        cases_a_night: The same, per night.
        most_a_night: On the fullest night.
        lost: Confirmed cases that would not have been raised.
    """

    budget_per_1000_per_week: float
    open_nats: float
    current: bool
    new_cases: int
    cases_a_night: float
    most_a_night: int
    lost: tuple[Lost, ...]


@dataclass(frozen=True)
class WhatIf:
    """The answer: the nights that it rests on, and the options."""

    first: date
    last: date
    nights: int
    confirmed: int
    options: tuple[Option, ...]


def stored_night(run: Run, rows: Sequence[ScoreRow], settings: Alerting) -> NightScores:
    """Put stored scores into the shape that alerting reads.

    Who was raised though the score says nothing was raised by a policy rule, which no budget changes.

    Args:
        run: The run.
        rows: Its scores.
        settings: The alerting that was in force.
    """
    rows = sorted(rows, key=lambda row: row.employee_id)
    people = np.array([row.employee_id for row in rows], dtype=object)
    score = np.array([row.score for row in rows], dtype=np.float64)
    calibrated = bool(run.manifest.get("calibrated", True))  # the model raises nobody on a night that is not
    beyond_model = [not calibrated or row.score < settings.keep_nats for row in rows]
    by_policy = np.array([row.alert for row in rows], dtype=bool) & np.array(beyond_model, dtype=bool)
    bands = {name: np.zeros((len(rows), BANDS)) for name in POLICY}
    bands["after_left"][by_policy, WINDOWS.index(1)] = 1
    nobody = np.full(len(rows), "", dtype=object)
    facts = NightFacts(run.night, people, nobody, nobody, bands)
    return NightScores(
        night=run.night,
        people=people,
        roles=nobody,
        branches=nobody,
        score=score,
        p_value=np.array([row.p_value for row in rows], dtype=np.float64),
        families={},
        relatives=[],
        surprise=np.zeros((len(rows), 0)),
        calibrated=calibrated,
        facts=facts,
    )


def confirmed_cases(connection: Connection, first: date, last: date) -> list[Lost]:
    """List the confirmed cases opened in a span, oldest first."""
    query = (
        select(cases.c.case_id, cases.c.employee_id, cases.c.opened_on)
        .where(cases.c.disposition.in_(CONFIRMED), cases.c.opened_on >= first, cases.c.opened_on <= last)
        .order_by(cases.c.opened_on, cases.c.case_id)
    )
    return [Lost(**row) for row in connection.execute(query).mappings()]


def what_if(connection: Connection, settings: Alerting, last: date | None = None, days: int = 90) -> WhatIf:
    """Try every budget and threshold on the stored scores of the last nights.

    Args:
        connection: The casebook, read only.
        settings: The alerting that is in force.
        last: The last night; None takes the last that was run.
        days: Calendar days back from it.

    Raises:
        UsageError: No night has been run in that time.
    """
    if last is None:
        known = runs_between(connection)
        last = known[-1].night if known else date.max
    first = date.min if last == date.max else last - timedelta(days=days - 1)
    nights = runs_between(connection, first, last)
    if not nights:
        raise UsageError(
            "There are no stored scores to try another budget on: no night of that time has been run.",
            "Run the nights first: `tellerwatch run --catch-up`; or choose other nights with --night.",
        )
    first = nights[0].night
    confirmed = confirmed_cases(connection, first, last)
    tried = [(settings.model_copy(update=changed), AlertHistory()) for changed in _changes(settings)]
    new: list[list[int]] = [[] for _ in tried]
    raised: list[dict[str, list[date]]] = [{} for _ in tried]
    for night in _stored_nights(connection, nights, settings):
        for number, (alerting, history) in enumerate(tried):
            found = raise_alerts(night, history, alerting)
            new[number].append(sum(person.is_new for person in found))
            for person in found:
                raised[number].setdefault(person.employee_id, []).append(night.night)
    options = tuple(
        Option(
            alerting.budget_per_1000_per_week,
            alerting.open_nats,
            alerting == settings,
            sum(counts),
            sum(counts) / len(nights),
            max(counts),
            tuple(case for case in confirmed if not _found(people.get(case.employee_id, ()), case, settings)),
        )
        for (alerting, _), counts, people in zip(tried, new, raised, strict=True)
    )
    return WhatIf(first, last, len(nights), len(confirmed), options)


def _changes(settings: Alerting) -> list[dict[str, float]]:
    """Return the budgets at the present threshold, then the thresholds at the present budget."""
    budget, nats = settings.budget_per_1000_per_week, settings.open_nats
    changes = [{"budget_per_1000_per_week": value} for value in sorted({*BUDGETS, budget})]
    # Evidence that opens a case must also keep it open.
    changes += [
        {"open_nats": value, "keep_nats": min(settings.keep_nats, value)}
        for value in sorted({*OPEN_NATS, nats} - {nats})
    ]
    return changes


def _stored_nights(
    connection: Connection, nights: Sequence[Run], settings: Alerting
) -> Iterator[NightScores]:
    for run in nights:
        yield stored_night(run, read_scores(connection, run.run_id), settings)


def _found(nights: Sequence[date], case: Lost, settings: Alerting) -> bool:
    """Tell whether somebody would have been raised about when their case opened."""
    around = timedelta(days=settings.quiet_days)
    return any(case.opened_on - around <= night <= case.opened_on + around for night in nights)
