"""How the person's look-ups lie in time, and beside those of peers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median, quantiles

from sqlalchemy import Connection

from pipeline.casebook.runs import run_ids_between
from pipeline.casebook.scores import unexplained_of
from pipeline.investigation.defences import GROWTH_WORKDAYS
from pipeline.investigation.staff import Spell
from pipeline.investigation.stored import EVIDENCE_WORKDAYS, Act, Stored
from reports.document import CumulativePoint, DayActivity, Peers
from reports.words import say

POINTS = 13
"""Nights of the cumulated line."""
LEAST_GROWTH_DAYS = 7
"""Calendar days that must lie between two nights for a rise to mean anything."""


@dataclass(frozen=True)
class Course:
    """Look-ups without a record of everybody, at a few stored nights, the asked one last.

    Attributes:
        nights: The nights, ascending.
        counts: night → employee → look-ups without a record, as stored.
    """

    nights: tuple[date, ...]
    counts: Mapping[date, Mapping[str, int]]

    @property
    def now(self) -> Mapping[str, int]:
        """The asked night's."""
        return self.counts[self.nights[-1]] if self.nights else {}

    def about(self, day: date) -> date | None:
        """Return the last stored night not later than a day; else the first, if it is not too near."""
        earlier = [night for night in self.nights[:-1] if night <= day]
        if earlier:
            return earlier[-1]
        far = [night for night in self.nights[:1] if (self.nights[-1] - night).days >= LEAST_GROWTH_DAYS]
        return far[0] if far else None


def read_course(connection: Connection, stored: Stored, points: int = POINTS) -> Course:
    """Read the stored figures of the asked night, of about twenty working days before, and more."""
    first = stored.window_start(EVIDENCE_WORKDAYS)
    runs = run_ids_between(connection, first, stored.night, stored.run.config_hash)
    runs[stored.night] = stored.run.run_id
    nights = sorted(night for night in runs if night <= stored.night)
    chosen = _spread(nights, points, stored.window_start(GROWTH_WORKDAYS) - timedelta(days=1))
    counts = {night: unexplained_of(connection, runs[night]) for night in chosen}
    return Course(tuple(chosen), counts)


def _spread(nights: Sequence[date], points: int, growth_from: date) -> list[date]:
    if len(nights) <= points:
        return list(nights)
    step = (len(nights) - 1) / (points - 1)
    chosen = {nights[round(index * step)] for index in range(points)}
    before = [night for night in nights if night <= growth_from]
    return sorted(chosen | set(before[-1:]))


def peers_of(
    employee_id: str, post: Spell | None, posts: Mapping[str, Spell], course: Course, night: date
) -> Peers | None:
    """Put the person beside everybody of the role who was scored on the night."""
    if post is None or employee_id not in course.now:
        return None
    values = sorted(
        course.now[person]
        for person, other in posts.items()
        if person != employee_id and other.role == post.role and person in course.now
    )
    if not values:
        return None
    return Peers(
        measure=say("facts.peers.measure", n=EVIDENCE_WORKDAYS),
        values=tuple(float(value) for value in _thinned(values)),
        own=float(course.now[employee_id]),
        n=len(values),
        median=float(median(values)),
        style="count",
        definition=say("facts.peers.definition", n=len(values), role=post.role, night=night),
    )


def _thinned(values: Sequence[int], most: int = 400) -> list[int]:
    if len(values) <= most:
        return list(values)
    return [values[round(index * (len(values) - 1) / (most - 1))] for index in range(most)]


def cumulated(
    employee_id: str, post: Spell | None, posts: Mapping[str, Spell], course: Course
) -> tuple[CumulativePoint, ...]:
    """Draw the person's stored figures over the nights, with the middle eight tenths of the peers."""
    if post is None or len(course.nights) < 3:
        return ()
    peers = [person for person, other in posts.items() if person != employee_id and other.role == post.role]
    points = []
    for night in course.nights:
        counts = course.counts[night]
        values = [counts.get(person, 0) for person in peers]
        if employee_id not in counts or len(values) < 2:
            continue
        tenths = quantiles(values, n=10, method="inclusive")
        points.append(
            CumulativePoint(day=night, own=counts[employee_id], peer_low=tenths[0], peer_high=tenths[-1])
        )
    return tuple(points) if len(points) >= 3 else ()


def timeline(
    acts: Sequence[Act], away: Sequence[tuple[date, date, str]], stored: Stored
) -> tuple[DayActivity, ...]:
    """List the working days of the window, and days off with look-ups.

    Args:
        acts: The person's acts that count for them.
        away: Their days of absence, as (first, last, kind).
        stored: What the run may use.
    """
    by_day: dict[date, list[Act]] = {}
    for act in acts:
        if act.counted:
            by_day.setdefault(act.day, []).append(act)
    days = stored.evidence_days
    day = max(stored.window_start(EVIDENCE_WORKDAYS), min(days, default=stored.night))
    found = []
    while day <= stored.night:
        looked = by_day.get(day, [])
        works = stored.calendar.is_workday(day)
        if works or looked:
            found.append(_day(day, looked, works, away))
        day += timedelta(days=1)
    return tuple(found)


def _day(
    day: date, looked: Sequence[Act], works: bool, away: Sequence[tuple[date, date, str]]
) -> DayActivity:
    kinds = [kind for first, last, kind in away if first <= day <= last]
    lost = bool(looked) and all(act.state == "not_assessable" for act in looked)
    mark = "absent" if kinds else "holiday" if not works else "not_assessable" if lost else ""
    return DayActivity(
        day=day,
        total=len(looked),
        unexplained=sum(act.state == "unlinked" for act in looked),
        mark=mark,
        note=say("facts.day.absent", kind=kinds[0].replace("_", " ") or "–") if kinds else None,
    )


def hours(acts: Sequence[Act]) -> tuple[tuple[int, ...], ...]:
    """Count look-ups by weekday (Monday first) and hour."""
    cells = [[0] * 24 for _ in range(7)]
    for act in acts:
        if act.is_lookup:
            cells[act.occurred_at.weekday()][act.occurred_at.hour] += 1
    return tuple(tuple(row) for row in cells)
