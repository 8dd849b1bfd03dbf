"""From a night's alert to a case: opens one, continues the open one, re-opens a closed one on new evidence.

A person has at most one open case, however many nights raise it, and a night told twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, insert, select

from pipeline.casebook.case_file import Case, CaseEvent, Severity, cases_of, events_of, severity_rank
from pipeline.casebook.case_writing import add_event, hold_cases, next_case_id
from pipeline.casebook.runs import Run
from pipeline.casebook.scores import ReasonRow
from pipeline.casebook.tables import case_nights, cases

NIGHT = "tellerwatch"  # the actor of what a night does by itself

Kind = Literal["opened", "continued", "new_evidence", "reopened", "stays_closed", "unchanged"]


@dataclass(frozen=True)
class ReopenPolicy:
    """What counts as new evidence.

    Attributes:
        growth: Unexplained look-ups more than when the evidence was last weighed.
        new_case_after_days: A case closed longer ago than this is another matter: a new case is opened.
    """

    growth: int = 5
    new_case_after_days: int = 90


@dataclass(frozen=True)
class Raised:
    """What an alert did to the casebook.

    Attributes:
        case_id: Whose case it is now.
        kind: What happened; `stays_closed` means that nothing new was found since a person decided.
        why: What the new evidence is, in short codes such as `families:access_shape` or `unexplained:+7`.
    """

    case_id: str
    kind: Kind
    why: tuple[str, ...] = ()

    @property
    def is_new(self) -> bool:
        """Whether a case was opened."""
        return self.kind == "opened"


@dataclass(frozen=True)
class _Alert:
    run: Run
    employee_id: str
    score: float
    p_value: float
    rank: int
    severity: Severity
    unexplained: int
    codes: tuple[str, ...]
    families: tuple[str, ...]
    at: datetime

    @property
    def night(self) -> date:
        return self.run.night

    def told(self, **more: Any) -> dict[str, Any]:
        """What a history line says about this alert."""
        return {
            "night": self.night.isoformat(),
            "run_id": self.run.run_id,
            "score": self.score,
            "severity": self.severity,
            "unexplained": self.unexplained,
            "codes": list(self.codes),
            "families": list(self.families),
            **more,
        }


def raise_or_continue(
    connection: Connection,
    run: Run,
    *,
    employee_id: str,
    score: float,
    p_value: float,
    rank: int,
    severity: Severity,
    unexplained: int,
    reasons: Sequence[ReasonRow],
    at: datetime,
    policy: ReopenPolicy | None = None,
) -> Raised:
    """Write one alert of one night into the casebook.

    Args:
        connection: A transaction that writes (`engine.writing`).
        run: The night's run.
        employee_id: Whose alert.
        score: Higher is more suspicious.
        p_value: Chance of so high a score among people who do nothing wrong.
        rank: 1 is the most suspicious of the night.
        severity: How grave; a case keeps the gravest while it is open.
        unexplained: Look-ups without business behind them, cumulated.
        reasons: Why, the most telling first.
        at: Now.
        policy: What counts as new evidence.

    Returns:
        The case, and what happened to it. The same run told twice gives `unchanged`.
    """
    policy = policy or ReopenPolicy()
    families = tuple(sorted({reason.family for reason in reasons}))
    codes = tuple(reason.code for reason in sorted(reasons, key=lambda reason: reason.ordinal))
    alert = _Alert(run, employee_id, score, p_value, rank, severity, unexplained, codes, families, at)
    hold_cases(connection)
    told = _case_told(connection, alert)
    if told is not None:
        return Raised(told, "unchanged")
    earlier = cases_of(connection, employee_id)
    if not earlier:
        return _open(connection, alert, [])
    current = earlier[0]
    history = events_of(connection, current.case_id)
    news = _news(history, alert, policy)
    if current.open:
        return _continue(connection, current, alert, news)
    if (alert.night - _closing_night(current, history)).days > policy.new_case_after_days:
        return _open(connection, alert, earlier)
    if news:
        return _reopen(connection, current, history, alert, news)
    _note_night(connection, current.case_id, alert)
    add_event(
        connection, current.case_id, at=at, actor=NIGHT, kind="continued", detail=alert.told(closed=True)
    )
    return Raised(current.case_id, "stays_closed")


def opened_by(connection: Connection, run_id: str) -> int:
    """Count the cases that a run opened."""
    return connection.scalar(select(func.count()).where(cases.c.opened_run == run_id)) or 0


def _case_told(connection: Connection, alert: _Alert) -> str | None:
    query = (
        select(case_nights.c.case_id)
        .join(cases, cases.c.case_id == case_nights.c.case_id)
        .where(
            cases.c.employee_id == alert.employee_id,
            case_nights.c.night == alert.night,
            # A run that failed after this and started over may come with other figures.
            case_nights.c.run_id == alert.run.run_id,
            case_nights.c.score == alert.score,
            case_nights.c.p_value == alert.p_value,
            case_nights.c.rank == alert.rank,
            case_nights.c.unexplained == alert.unexplained,
        )
    )
    found: str | None = connection.execute(query).scalar()
    return found


def _news(history: Sequence[CaseEvent], alert: _Alert, policy: ReopenPolicy) -> tuple[str, ...]:
    """Name what the alert shows that was not known when the evidence was last weighed."""
    known = {family for event in history for family in event.detail.get("families", ())}
    weighed = [event for event in history if event.kind in ("opened", "new_evidence", "reopened", "closed")]
    before = next(
        (event.detail["unexplained"] for event in reversed(weighed) if "unexplained" in event.detail), 0
    )
    news = [f"families:{family}" for family in alert.families if family not in known]
    if alert.unexplained - before >= policy.growth:
        news.append(f"unexplained:+{alert.unexplained - before}")
    return tuple(news)


def _closing_night(case: Case, history: Sequence[CaseEvent]) -> date:
    closings = [event for event in history if event.kind == "closed"]
    return max(case.last_night, closings[-1].at.date()) if closings else case.last_night


def _open(connection: Connection, alert: _Alert, earlier: Sequence[Case]) -> Raised:
    case_id = next_case_id(connection, alert.night.year)
    connection.execute(
        insert(cases).values(
            case_id=case_id,
            employee_id=alert.employee_id,
            opened_on=alert.night,
            opened_run=alert.run.run_id,
            last_night=alert.night,
            severity=alert.severity,
            status="new",
            score=alert.score,
            p_value=alert.p_value,
            unexplained=alert.unexplained,
        )
    )
    _note_night(connection, case_id, alert)
    detail = alert.told(earlier=[item.case_id for item in earlier])
    add_event(connection, case_id, at=alert.at, actor=NIGHT, kind="opened", detail=detail)
    return Raised(case_id, "opened")


def _continue(connection: Connection, current: Case, alert: _Alert, news: tuple[str, ...]) -> Raised:
    kind: Kind = "new_evidence" if news else "continued"
    _note_night(connection, current.case_id, alert)
    add_event(
        connection,
        current.case_id,
        at=alert.at,
        actor=NIGHT,
        kind=kind,
        detail=alert.told(news=list(news)) if news else alert.told(),
        changed=_figures(current, alert),
    )
    return Raised(current.case_id, kind, news)


def _reopen(
    connection: Connection,
    current: Case,
    history: Sequence[CaseEvent],
    alert: _Alert,
    news: tuple[str, ...],
) -> Raised:
    closing = [event for event in history if event.kind == "closed"][-1]
    # By nights: one that was told twice, or a person's own re-opening, is no night more.
    seen = len(
        {event.detail["night"] for event in history if "night" in event.detail} - {alert.night.isoformat()}
    )
    _note_night(connection, current.case_id, alert)
    decided = dict.fromkeys(("disposition", "disposition_text", "second_person", "aware_at"))
    detail = alert.told(
        news=list(news),
        seen_before=seen,
        closed_as=current.disposition,
        closed_by=closing.actor,
        closed_at=closing.at.isoformat(),
    )
    add_event(
        connection,
        current.case_id,
        at=alert.at,
        actor=NIGHT,
        kind="reopened",
        detail=detail,
        changed={**_figures(current, alert), **decided, "status": "new"},
    )
    return Raised(current.case_id, "reopened", news)


def _figures(current: Case, alert: _Alert) -> dict[str, Any]:
    """Say how a case's figures change by an alert."""
    # A re-score of an older night adds to the history; the case's figures stay those of its last night.
    if alert.night < current.last_night:
        return {}
    return {
        "last_night": alert.night,
        "severity": max(current.severity, alert.severity, key=severity_rank),
        "score": alert.score,
        "p_value": alert.p_value,
        "unexplained": alert.unexplained,
    }


def _note_night(connection: Connection, case_id: str, alert: _Alert) -> None:
    connection.execute(
        delete(case_nights).where(case_nights.c.case_id == case_id, case_nights.c.night == alert.night)
    )
    connection.execute(
        insert(case_nights).values(
            case_id=case_id,
            night=alert.night,
            run_id=alert.run.run_id,
            score=alert.score,
            p_value=alert.p_value,
            rank=alert.rank,
            unexplained=alert.unexplained,
        )
    )
