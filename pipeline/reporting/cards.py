"""The people of the night: cases on cards, those rising under the line, clocks that run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from pipeline.casebook.ordering import PLAIN, Ordering
from pipeline.casebook.scores import ReasonRow, ScoreRow
from pipeline.investigation.case_history import before_words, status_words
from pipeline.investigation.case_life import CaseThen
from pipeline.investigation.course import Course
from pipeline.investigation.defences import defences
from pipeline.investigation.dossier import circumstances
from pipeline.investigation.lookups import counts_of
from pipeline.investigation.reasons import distinct, sentence_of
from pipeline.investigation.staff import Spell, Staff
from pipeline.investigation.steps import next_step, suggested
from pipeline.investigation.stored import Act, Stored
from pipeline.reporting.places import case_page
from reports.document import CaseCard, Clock, Matter, Text, WatchRow
from reports.words import say

MOST_CARDS = 100
"""Cards on a page; the casebook has the rest, and the page says how many."""
MOST_WATCHED = 10
WATCH_FROM = 2.0
"""Score from which somebody under the line can be watched."""


def worst_first(
    cases: Sequence[CaseThen], reasons: Mapping[str, Sequence[ReasonRow]], order: Ordering = PLAIN
) -> list[CaseThen]:
    """Order cases: the gravest, the highest score, the oldest.

    Args:
        cases: The cases.
        reasons: The night's reasons by employee.
        order: The version that weighs the scores.
    """
    return sorted(
        cases,
        key=lambda case: order.key(
            case.severity, case.score, case.case_id, reasons.get(case.employee_id, ())
        ),
    )


def order_words(order: Ordering) -> Text:
    """Say what orders the cases of one severity."""
    if not order.version or order.applied_at is None:
        return say("facts.order.plain")
    return say(
        "facts.order.version",
        version=order.version,
        who=order.applied_by,
        on=order.applied_at.date(),
        n=order.closed,
    )


def cards(
    cases: Sequence[CaseThen],
    scores: Mapping[str, ScoreRow],
    before: Mapping[str, ScoreRow],
    reasons: Mapping[str, Sequence[ReasonRow]],
    staff: Staff,
    course: Course,
    stored: Stored,
    together: Sequence[Matter] = (),
) -> tuple[CaseCard, ...]:
    """Draw the cards of cases.

    Args:
        cases: The cases to draw, worst first.
        scores: The night's scores by employee.
        before: Those of the night before.
        reasons: The night's reasons by employee.
        staff: The staff.
        course: Stored figures of earlier nights.
        stored: What the run may use.
        together: Cases that are one matter.
    """
    beside = {
        row.case_id: tuple(other.case_id for other in matter.cases if other is not row)
        for matter in together
        for row in matter.cases
    }
    people = sorted({case.employee_id for case in cases})
    acts: dict[str, list[Act]] = {person: [] for person in people}
    for act in stored.acts_of(people) if people else []:
        if act.entity in acts:
            acts[act.entity].append(act)
    return tuple(
        _card(
            case,
            acts[case.employee_id],
            scores.get(case.employee_id),
            before.get(case.employee_id),
            reasons.get(case.employee_id, ()),
            staff,
            course,
            stored,
            beside.get(case.case_id, ()),
        )
        for case in cases
    )


def _card(
    case: CaseThen,
    acts: Sequence[Act],
    score: ScoreRow | None,
    earlier: ScoreRow | None,
    reasons: Sequence[ReasonRow],
    staff: Staff,
    course: Course,
    stored: Stored,
    beside: tuple[str, ...],
) -> CaseCard:
    around = circumstances(stored, staff, course, case.employee_id)
    post = around.post
    checked = defences(case.employee_id, acts, around, stored)
    steps = suggested(acts, counts_of(acts), post, in_case=True)
    calibrated = bool(stored.run.manifest.get("calibrated", True))
    expected = stored.run.manifest.get("expected_false")
    return CaseCard(
        case_id=case.case_id,
        employee_id=case.employee_id,
        name=post.name if post else "",
        role=post.role if post else "",
        branch=post.branch_id if post else "",
        severity=case.severity,
        status=status_words(case),
        change=case.change or "continued",
        owner=case.owner,
        due=case.due_on,
        opened_on=case.opened_on,
        before=before_words(case.events, stored.zone),
        reasons=_sentences(case, reasons),
        unexplained=score.unexplained if score else case.unexplained,
        unexplained_before=_before(case, earlier),
        score=score.score if score else case.score,
        p_value=score.p_value if score and calibrated else None,
        expected_false=float(expected) if expected is not None and calibrated else None,
        speaks_for=tuple(item.text for item in checked if item.outcome in ("explains", "partly"))[:3],
        related=beside,
        next_step=next_step(steps, reasons).text,
        dossier=case_page(case.case_id),
    )


def _before(case: CaseThen, earlier: ScoreRow | None) -> int | None:
    """Give the figure of the night before; a new case has none to compare with."""
    if case.change == "new":
        return None
    return earlier.unexplained if earlier is not None else case.unexplained_before


def _sentences(case: CaseThen, reasons: Sequence[ReasonRow]) -> tuple[Text, ...]:
    if reasons:
        return tuple(sentence_of(row) for row in distinct(reasons)[:2])
    if case.change:
        return (say("facts.reason.policy_text"),)
    return (say("facts.reason.not_seen", night=case.last_night or case.opened_on),)


def watched(
    scores: Sequence[ScoreRow],
    before: Mapping[str, ScoreRow],
    reasons: Mapping[str, Sequence[ReasonRow]],
    in_case: set[str],
    posts: Mapping[str, Spell],
    calibrated: bool,
) -> tuple[WatchRow, ...]:
    """List people under the line whose evidence has grown since the night before.

    Args:
        scores: The night's scores, the highest first.
        before: Those of the night before.
        reasons: The night's reasons by employee.
        in_case: Who has an open case.
        posts: Everybody's post on the night.
        calibrated: Whether there is a line.
    """
    rows = []
    for row in scores:
        earlier = before.get(row.employee_id)
        known = earlier.unexplained if earlier else 0
        grown = row.unexplained > known or (earlier is not None and row.score > earlier.score + 1.0)
        if row.alert or row.employee_id in in_case or row.score < WATCH_FROM or not grown or not before:
            continue
        post = posts.get(row.employee_id)
        told = reasons.get(row.employee_id, ())
        rows.append(
            WatchRow(
                employee_id=row.employee_id,
                name=post.name if post else "",
                role=post.role if post else "",
                branch=post.branch_id if post else "",
                unexplained=row.unexplained,
                unexplained_before=known,
                p_value=row.p_value if calibrated else None,
                reason=sentence_of(told[0]) if told else _risen(row, earlier),
            )
        )
    return tuple(rows[:MOST_WATCHED])


def _risen(row: ScoreRow, earlier: ScoreRow | None) -> Text:
    """Say what has grown, of somebody of whom no single reason was strong enough to be stored."""
    known = earlier.unexplained if earlier else 0
    if row.unexplained > known:
        return say("facts.watch.rose", before=known, n=row.unexplained)
    return say("facts.watch.score", before=f"{earlier.score if earlier else 0:.1f}", now=f"{row.score:.1f}")


def clocks(cases: Sequence[CaseThen], stored: Stored) -> tuple[Clock, ...]:
    """List the deadlines that run, the nearest first; a case without a day comes last.

    Where an officer has set no day, the house's own hours count from awareness; the law's stand beside, each
    with the source that the configuration names.
    """
    limits = stored.settings.deadlines
    running = []
    for case in cases:
        if not case.open:
            continue
        due = case.due_on
        if due is None and limits.decide_hours:
            due = _day_after(case, limits.decide_hours, stored)
        words = say("facts.clock.decide" if due else "facts.clock.no_day")
        running.append(_clock(case, words, due, stored))
        for name, hours in sorted(limits.legal_hours.items()):
            if (ends := _day_after(case, hours, stored)) is not None:
                source = limits.legal_sources.get(name, "")
                running.append(
                    _clock(case, Text.same(f"{name} ({source})" if source else name), ends, stored)
                )
    running.sort(key=lambda clock: (clock.due is None, clock.due or stored.night, clock.case_id))
    return tuple(running)


def _day_after(case: CaseThen, hours: float, stored: Stored) -> date | None:
    """Return the day on which so many hours from awareness are over; None while nobody is aware."""
    return stored.local(case.aware_at + timedelta(hours=hours)).date() if case.aware_at else None


def _clock(case: CaseThen, subject: Text, due: date | None, stored: Stored) -> Clock:
    state: Literal["overdue", "today", "running", "unset"] = "running" if due else "unset"
    if due is not None and due <= stored.night:
        state = "today" if due == stored.night else "overdue"
    return Clock(
        subject=subject,
        case_id=case.case_id,
        started_at=stored.local(case.aware_at) if case.aware_at else None,
        due=due,
        state=state,
        owner=case.owner,
    )
