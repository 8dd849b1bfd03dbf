"""Old nights again, point in time: scored from what was known by each cut-off, on a history of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from pipeline.backtest.rankings import RankingRow, Sink
from pipeline.backtest.tally import Tally
from pipeline.bank import Bank
from pipeline.errors import UsageError
from pipeline.lake.store import Lake
from pipeline.scoring.alerting import AlertHistory, raise_alerts
from pipeline.scoring.explain import LEAST_POINTS, reasons_of
from pipeline.scoring.scorer import NightScores
from pipeline.settings import Alerting

QUIET_EDGE = timedelta(days=10)
"""A span may reach beyond the data by the longest holiday: a bank that was closed still had a night."""


@dataclass(frozen=True)
class ReplayedNight:
    """One night of a replay.

    Attributes:
        scores: All scores of the night.
        ranked: (m,) rows of `scores` that were active or carried evidence, most suspicious first.
        alert: (n,) would have been raised.
    """

    scores: NightScores
    ranked: NDArray[np.int64]
    alert: NDArray[np.bool_]


def check_span(lake: Lake, first: date, last: date) -> None:
    """Make sure that the nights asked for can be replayed.

    Raises:
        UsageError: They end before they begin, or lie outside the data.
    """
    if last < first:
        raise UsageError(
            f"The replay would end on {last}, before it begins on {first}.", "Exchange --from and --to."
        )
    days = lake.days("access_log")
    if days and (first < days[0] - QUIET_EDGE or last > days[-1] + QUIET_EDGE):
        raise UsageError(
            f"The look-ups taken in reach from {days[0]} to {days[-1]}; not all nights from {first} "
            f"to {last} are among them, and a night without data would look like a quiet one.",
            f"Choose nights between {days[0]} and {days[-1]}, or take in the missing exports.",
        )


def ranked_rows(scores: NightScores) -> NDArray[np.int64]:
    """Return the rows that were active or carried evidence, most suspicious first; ties by employee id."""
    shown = np.flatnonzero((scores.score > 0) | (scores.facts.window("active", 1) > 0))
    return shown[np.lexsort((scores.people[shown].astype(str), -scores.score[shown]))]


def replay_night(scores: NightScores, history: AlertHistory, settings: Alerting) -> ReplayedNight:
    """Raise the night's alerts on the replay's own history.

    Args:
        scores: The night's scores.
        history: What the replay's earlier nights raised; changed in place.
        settings: The section `[alerting]`.
    """
    alert = np.zeros(len(scores.people), dtype=bool)
    for raised in raise_alerts(scores, history, settings):
        alert[raised.row] = True
    return ReplayedNight(scores, ranked_rows(scores), alert)


def ranking_rows(night: ReplayedNight) -> list[RankingRow]:
    """Return the rows of the rankings file, best rank first."""
    scores = night.scores
    rows = []
    for rank, row in enumerate(night.ranked.tolist(), 1):
        score = float(scores.score[row])
        # No family can say more than the whole, so a small score has no reason worth naming.
        reasons = tuple(reason.code for reason in reasons_of(scores, row)) if score >= LEAST_POINTS else ()
        rows.append(
            RankingRow(
                scores.night,
                str(scores.people[row]),
                score,
                float(scores.p_value[row]),
                rank,
                bool(night.alert[row]),
                reasons,
            )
        )
    return rows


def count(tally: Tally, night: ReplayedNight) -> None:
    """Count a replayed night."""
    rows = night.ranked
    tally.add(
        night.scores.night,
        [str(name) for name in night.scores.people[rows]],
        night.scores.score[rows],
        night.alert[rows],
    )


def replay(
    bank: Bank,
    first: date,
    last: date,
    sink: Sink | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Iterator[ReplayedNight]:
    """Replay the nights in order, writing each as it is done.

    Args:
        bank: The bank, its groundwork laid for these nights.
        first: First night.
        last: Last night.
        sink: Takes the rankings; None writes none.
        advance: Called after each night.
    """
    history = AlertHistory()
    for scores in bank.scored(first, last):
        night = replay_night(scores, history, bank.settings.alerting)
        if sink is not None:
            sink.write(ranking_rows(night))
        yield night
        advance()
