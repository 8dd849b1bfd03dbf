"""What speaks for the person: each innocent explanation that stored data can show, with its outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal

from pipeline.investigation.staff import Spell
from pipeline.investigation.stored import Act, Stored
from reports.document import Defence, Text
from reports.words import say

Outcome = Literal["explains", "partly", "does_not", "unknown"]
NEW_DAYS = 60
"""Calendar days for which somebody counts as new in a post."""
GROWTH_WORKDAYS = 20
"""Working days over which a rise is compared with that of colleagues."""
LEAST_COLLEAGUES = 3


@dataclass(frozen=True)
class Circumstances:
    """What one person's explanations are checked against.

    Attributes:
        post: Their post on the night; None when the register does not know them.
        colleagues: Posts of everybody else on the night.
        away: employee → days of absence, as (first, last, kind).
        absences_known: Whether the bank sends absences.
        machines: account → (owner, purpose); None when the bank sends no register.
        now: employee → look-ups without a record, as stored for the night.
        earlier: The same as stored about twenty working days before; empty when there is none.
        earlier_night: That night.
    """

    post: Spell | None
    colleagues: Mapping[str, Spell]
    away: Mapping[str, Sequence[tuple[date, date, str]]]
    absences_known: bool
    machines: Mapping[str, tuple[str, str]] | None
    now: Mapping[str, int]
    earlier: Mapping[str, int]
    earlier_night: date | None


def _defence(check: str, outcome: Outcome, text: str, **values: str | int | float | date | Text) -> Defence:
    return Defence(check=say(f"facts.for.{check}"), outcome=outcome, text=say(f"facts.for.{text}", **values))


def defences(
    employee_id: str, acts: Sequence[Act], around: Circumstances, stored: Stored
) -> tuple[Defence, ...]:
    """Check every explanation.

    Args:
        employee_id: Whose.
        acts: Their acts that count for them, in the order of time.
        around: What is known around them.
        stored: What the run may use.
    """
    counted = [act for act in acts if act.counted]
    unlinked = [act for act in counted if act.state == "unlinked"]
    same_branch: Callable[[Spell, Spell], bool] = lambda own, other: own.branch_id == other.branch_id  # noqa: E731  # two one-line rules side by side
    same_role: Callable[[Spell, Spell], bool] = lambda own, other: own.role == other.role  # noqa: E731
    return (
        _cover(counted, unlinked, around),
        _rose("branch", employee_id, around, same_branch),
        _rose("peers", employee_id, around, same_role),
        _new(unlinked, around, stored),
        _late(acts, counted),
        _typed(unlinked),
        _machine(employee_id, around),
        _missing(counted),
    )


def _cover(counted: Sequence[Act], unlinked: Sequence[Act], around: Circumstances) -> Defence:
    if not around.absences_known:
        return _defence("cover", "unknown", "cover_no_feed")
    own = around.post
    if own is None:
        return _defence("cover", "unknown", "new_no_feed")
    beside = [
        person
        for person, post in around.colleagues.items()
        if post.branch_id == own.branch_id and post.role == own.role
    ]
    if not beside:
        return _defence("cover", "does_not", "cover_nobody")
    days = {act.day for act in counted}
    covered = {
        day
        for day in days
        if any(first <= day <= last for person in beside for first, last, _ in around.away.get(person, ()))
    }
    on_them = sum(act.day in covered for act in unlinked)
    outcome: Outcome = "does_not"
    if unlinked and covered:
        found, chance = on_them / len(unlinked), len(covered) / len(days)
        # Cover explains only what falls on such days more often than days in general do.
        if found >= 0.4 and found >= 1.5 * chance:
            outcome = "explains" if found >= 0.9 and chance <= 0.5 else "partly"
    return _defence(
        "cover", outcome, "cover_text", days=len(covered), all=len(days), k=on_them, n=len(unlinked)
    )


def _rose(
    check: str, employee_id: str, around: Circumstances, same: Callable[[Spell, Spell], bool]
) -> Defence:
    own = around.post
    if own is None or around.earlier_night is None:
        return _defence(check, "unknown", "rose_unknown")
    others = [
        around.now[person] - around.earlier.get(person, 0)
        for person, post in around.colleagues.items()
        if same(own, post) and person in around.now
    ]
    if len(others) < LEAST_COLLEAGUES:
        return _defence(check, "unknown", "rose_unknown")
    mine = around.now.get(employee_id, 0) - around.earlier.get(employee_id, 0)
    theirs = float(median(others))
    outcome: Outcome = "does_not"
    if theirs >= 1 and mine > 0:
        outcome = "explains" if theirs >= 0.75 * mine else "partly" if theirs >= mine / 3 else "does_not"
    return _defence(
        check, outcome, "rose_text", since=around.earlier_night, own=mine, n=len(others), peers=theirs
    )


def _new(unlinked: Sequence[Act], around: Circumstances, stored: Stored) -> Defence:
    own = around.post
    if own is None:
        return _defence("new", "unknown", "new_no_feed")
    if own.begins.year <= 1900:
        return _defence("new", "does_not", "new_ever")
    if own.begins < stored.night - timedelta(days=NEW_DAYS):
        return _defence("new", "does_not", "new_no", since=own.begins)
    since = sum(act.day >= own.begins for act in unlinked)
    outcome: Outcome = "partly" if since else "does_not"
    return _defence("new", outcome, "new_yes", since=own.begins, k=since, n=len(unlinked))


def _late(acts: Sequence[Act], counted: Sequence[Act]) -> Defence:
    came = sum(act.came_later for act in counted)
    once = came + sum(act.state == "unlinked" for act in counted)
    pending = sum(act.state == "pending" for act in counted)
    if not once:
        return _defence("late", "does_not", "late_none", pending=pending)
    outcome: Outcome = "partly" if came >= 0.3 * once else "does_not"
    return _defence("late", outcome, "late_text", n=once, k=came, pending=pending)


def _typed(unlinked: Sequence[Act]) -> Defence:
    by_others = sum(act.employee_id != act.entity for act in unlinked)
    outcome: Outcome = "partly" if by_others and by_others >= 0.2 * len(unlinked) else "does_not"
    return _defence("typed", outcome, "typed_text", k=by_others, n=len(unlinked))


def _machine(employee_id: str, around: Circumstances) -> Defence:
    if around.machines is None:
        return _defence("machine", "unknown", "machine_no_feed")
    if employee_id in around.machines:
        return _defence("machine", "explains", "machine_yes", purpose=around.machines[employee_id][1] or "–")
    owned = sum(owner == employee_id for owner, _ in around.machines.values())
    if owned:
        return _defence("machine", "does_not", "machine_owner", n=owned)
    return _defence("machine", "does_not", "machine_no")


def _missing(counted: Sequence[Act]) -> Defence:
    lost = sum(act.state == "not_assessable" for act in counted)
    if not lost:
        return _defence("missing", "does_not", "missing_none", n=len(counted))
    return _defence("missing", "does_not", "missing_text", k=lost, n=len(counted))
