"""Scores to alerts: who is brought to an officer's desk tonight, within a stated budget, and why.

A person once raised stays raised while the evidence holds (hysteresis), so that an officer sees one case and not a flickering
one; a person who went quiet and comes back is raised anew. Policy rules are a floor that no model can dilute.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from detectors.surprise import share_surprise
from pipeline.features.gathering import A_CROWD
from pipeline.scoring.scorer import NightScores
from pipeline.settings import Alerting

LEAST_ROOM = 5.0
"""New cases a week for which a small bank always has room: the line is drawn by the evidence; the budget only stops a flood."""

WORKING_NIGHTS = 5
"""Nights of a week on which an employee works, over which the week's audits are spread."""
GATHERED_WINDOW = 5
USUAL_OPEN = (0.1, 0.95)
"""Bounds on the ordinary share of a day's look-ups that have no solid record on the night."""
AWAY_NATS, AWAY_SPREAD = 3.0, 0.05
"""Surprise, in nats, that a day of absence must leave more open than others do; spread between honest days."""
EVERYDAY = 0.02
"""Where more of the staff than this gathered in the quarter before, the rule would only repeat how the bank's records are kept."""


AUDIT = "audit"
"""The rule of who is drawn by lot."""


@dataclass(frozen=True)
class Raised:
    """One person raised on a night.

    Attributes:
        employee_id: The person.
        row: Their row in the night's scores.
        is_new: Not raised in the quiet days before.
        policy: Code of the policy rule that raised them; empty when the model did.
    """

    employee_id: str
    row: int
    is_new: bool
    policy: str


@dataclass
class AlertHistory:
    """What earlier nights raised: the only thing that one night's alerts take from those before.

    Attributes:
        last_raised: employee → the last night on which they were raised.
        opened: Nights of the newly raised, for the budget.
    """

    last_raised: dict[str, date] = field(default_factory=dict)
    opened: list[date] = field(default_factory=list)


def policy_hits(scores: NightScores, settings: Alerting) -> dict[int, str]:
    """Return row → rule for what is a case whatever the model says."""
    left = scores.facts.window("after_left", 1)
    hits = {int(row): "gathered" for row in _gathering(scores, settings)}
    hits |= {int(row): "absent" for row in _away(scores, settings)}
    return hits | {int(row): "after_left" for row in np.flatnonzero(left >= 1)}


def _away(scores: NightScores, settings: Alerting) -> NDArray[np.int64]:
    """Return the rows of accounts that were used in their owner's absence, by somebody else as it seems.

    Leave that was cut short shows a day's work with as much left open as on any night; somebody else at the account leaves more.
    """
    open_, judged = (scores.facts.window(name, 1) for name in ("absent_untraced", "absent_judged"))
    traceless, fresh = (scores.facts.window(name, 60).sum() for name in ("fresh_traceless", "fresh"))
    usual = float(np.clip(traceless / max(fresh, 1.0), *USUAL_OPEN))
    nats = share_surprise(np.minimum(open_, judged), judged, usual, AWAY_SPREAD)
    return np.flatnonzero((open_ >= settings.absent_lookups) & (np.nan_to_num(nats) >= AWAY_NATS))


def _gathering(scores: NightScores, settings: Alerting) -> NDArray[np.int64]:
    """Return the rows of those who gathered around one protected customer, unless that is everyday at this bank."""
    least = settings.gathered_others
    # Whoever asks for one other asks for encounters; from two on, only those who met at one customer are a gathering.
    measure = "crowd" if least >= A_CROWD else "gathered"
    recent = scores.facts.window(measure, GATHERED_WINDOW)
    before = scores.facts.window(measure, 60) - recent
    if not least or (before >= least).sum() > EVERYDAY * len(before):
        return np.zeros(0, dtype=np.int64)
    return np.flatnonzero(recent >= least)


def drawn_by_lot(scores: NightScores, settings: Alerting) -> list[int]:
    """Return the rows of those drawn for an audit tonight: a share of what the budget would open, among those who worked.

    The lot hangs on night and employee alone, so a replay draws the same people, and no score moves it.
    """
    chance = settings.audit_share * settings.budget_per_1000_per_week / 1000 / WORKING_NIGHTS
    worked = np.flatnonzero(scores.facts.window("lookups", 1) > 0)
    return [int(row) for row in worked if _lot(scores.night, str(scores.people[row])) < chance]


def _lot(night: date, employee_id: str) -> float:
    """Return a number from 0 to 1, the same for the same night and employee."""
    digest = hashlib.sha256(f"audit {night.isoformat()} {employee_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def weekly_room(scores: NightScores, history: AlertHistory, settings: Alerting) -> int:
    """Return how many people may still be newly raised by the model this week."""
    week = [night for night in history.opened if night > scores.night - timedelta(days=7)]
    most = max(LEAST_ROOM, settings.budget_per_1000_per_week * len(scores.people) / 1000)
    return max(0, int(np.ceil(most)) - len(week))


def raise_alerts(scores: NightScores, history: AlertHistory, settings: Alerting) -> list[Raised]:
    """Decide who is raised tonight, and remember it in `history`.

    Args:
        scores: The night's scores.
        history: What earlier nights raised; changed in place.
        settings: The section `[alerting]`.

    Returns:
        The raised, worst first; those drawn by lot come last and take nothing from the budget.
    """
    policy = policy_hits(scores, settings)
    room = weekly_room(scores, history, settings)
    raised = []
    for row in np.argsort(scores.rank):
        employee = str(scores.people[row])
        last = history.last_raised.get(employee)
        is_new = last is None or (scores.night - last).days > settings.quiet_days
        nats = scores.score[row]
        rule = policy.get(int(row), "")
        if not rule:
            if nats < (settings.open_nats if is_new else settings.keep_nats) or not scores.calibrated:
                continue
            if is_new and room <= 0:
                continue
            room -= is_new
        raised.append(Raised(employee, int(row), is_new, rule))
        if is_new:
            history.opened.append(scores.night)
    already = {one.row for one in raised}
    for row in drawn_by_lot(scores, settings):
        last = history.last_raised.get(str(scores.people[row]))
        if row not in already and (last is None or (scores.night - last).days > settings.quiet_days):
            raised.append(Raised(str(scores.people[row]), row, True, AUDIT))
    for person in raised:
        history.last_raised[person.employee_id] = scores.night
    return raised
