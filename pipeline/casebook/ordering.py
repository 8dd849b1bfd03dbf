"""The order of the queue, as the officers' decisions would have it: proposed, applied, taken back.

It only ever moves cases of one severity past each other: nobody comes onto the desk by it and nobody goes from
it. A proposal is worked out from `precision`, which leaves out what people decided about their own branch. As
with requests to unmask, there is no table beside the access record: a proposal, its being applied and taken
back *are* entries of the chain, so every version stays and none can be changed without being found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from pipeline.casebook.access import AccessRecord, append_within, hash_of
from pipeline.casebook.case_file import severity_rank
from pipeline.casebook.independence import same_person
from pipeline.casebook.tables import access_records
from pipeline.errors import NotPermittedError, UsageError

if TYPE_CHECKING:
    from pipeline.casebook.precision import Feedback
    from pipeline.casebook.scores import ReasonRow

PROPOSE, APPLY, UNDO = "cases rerank propose", "cases rerank apply", "cases rerank undo"
LEAST_DECIDED = 8
"""Decided cases with a reason before it weighs anything else than 1."""
PRIOR = 4.0
"""Imagined decisions that pull each reason towards the precision of all of them."""
LEAST, MOST = 0.5, 2.0
"""Bounds of a reason's weight: decisions bend the order, they do not make it."""


@dataclass(frozen=True)
class Ordering:
    """One version of the order.

    Attributes:
        version: `K-` and the number of its proposal in the access record; empty for the plain order.
        weights: Reason code → weight of its points; a code not named weighs 1.
        closed: Closed cases that the proposal was worked out from.
        left_out: Those of the decider's own branch, from which nothing was learnt.
    """

    version: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    closed: int = 0
    left_out: int = 0
    proposed_by: str = ""
    proposed_at: datetime | None = None
    applied_by: str = ""
    applied_at: datetime | None = None

    def factor(self, reasons: Sequence[ReasonRow]) -> float:
        """Return what a case's score is multiplied by: its reasons' weights, by their points."""
        points = sum(max(0.0, row.points) for row in reasons)
        if not self.weights or points <= 0:
            return 1.0
        return sum(max(0.0, row.points) * self.weights.get(row.code, 1.0) for row in reasons) / points

    def key(self, severity: str, score: float, case_id: str, reasons: Sequence[ReasonRow]) -> tuple[Any, ...]:
        """Return what cases are sorted by: the gravest, then the highest weighed score, then the oldest."""
        return (-severity_rank(severity), -score * self.factor(reasons), case_id)


PLAIN = Ordering()


def weights_of(feedback: Feedback) -> dict[str, float]:
    """Work out the weight of each reason from what became of its cases.

    A reason's precision, pulled towards that of all reasons by a few imagined decisions, over that of all.

    Args:
        feedback: The measured precisions.
    """
    rows = [row for row in feedback.rows if row.kind == "reason"]
    right, decided = sum(row.right for row in rows), sum(row.right + row.wrong for row in rows)
    if not right:
        return {}
    whole = right / decided
    found = {}
    for row in rows:
        if (own := row.right + row.wrong) >= LEAST_DECIDED:
            ratio = (row.right + PRIOR * whole) / (own + PRIOR) / whole
            found[row.code] = round(min(MOST, max(LEAST, ratio)), 4)
    return dict(sorted(found.items()))


def propose(connection: Connection, feedback: Feedback, *, actor: str, host: str, at: datetime) -> Ordering:
    """Write a proposal; nothing is ordered by it yet.

    Args:
        connection: A transaction that writes (`engine.writing`).
        feedback: The measured precisions.
        actor: The operating-system user.
        host: The machine.
        at: Now.

    Raises:
        UsageError: Too little was decided to weigh anything.
    """
    weights = weights_of(feedback)
    if not weights:
        raise UsageError(
            f"No reason has {LEAST_DECIDED} decided cases yet, one of them confirmed, so nothing is proposed.",
            "Decide more cases first; `tellerwatch cases precision` shows how far it is.",
        )
    detail = {"weights": weights, "closed": feedback.closed, "left_out": feedback.left_out}
    entry = _entry(connection, PROPOSE, "cases", detail, actor, host, at)
    return _proposed(entry)


def apply(
    connection: Connection, version: str, *, actor: str, host: str, at: datetime, must_act: bool = False
) -> Ordering:
    """Order the queue by a proposal from now on.

    Args:
        connection: A transaction that writes.
        version: Which proposal.
        actor: The operating-system user.
        host: The machine.
        at: Now.
        must_act: Somebody else than who proposed it must apply it.

    Raises:
        UsageError: There is no such version.
        NotPermittedError: The same person proposed it, and a second one is asked for.
    """
    found = next((one for one in versions(connection) if one.version == version.strip().upper()), None)
    if found is None:
        raise UsageError(f"There is no version {version}.", "`tellerwatch cases rerank` lists every one.")
    if must_act and same_person(found.proposed_by, actor):
        raise NotPermittedError(
            f"{actor} has proposed {found.version} and cannot apply it too.", "Let another officer apply it."
        )
    _entry(connection, APPLY, found.version, {"weights": dict(found.weights)}, actor, host, at)
    return replace(found, applied_by=actor, applied_at=at)


def undo(connection: Connection, *, actor: str, host: str, at: datetime) -> Ordering:
    """Go back to the version before the one in force, or to the plain order.

    Returns:
        What is in force now.

    Raises:
        UsageError: The plain order is in force already.
    """
    stack = _stack(connection, None)
    if not stack:
        raise UsageError("The queue is in its plain order, so there is nothing to take back.", "")
    _entry(connection, UNDO, stack[-1].version, {}, actor, host, at)
    return stack[-2] if len(stack) > 1 else PLAIN


def ordering_at(connection: Connection, at: datetime | None = None) -> Ordering:
    """Return the version in force.

    Args:
        connection: An open connection.
        at: At this moment, so that a page drawn again is the same; None for now.
    """
    stack = _stack(connection, at)
    return stack[-1] if stack else PLAIN


def versions(connection: Connection) -> list[Ordering]:
    """List every version ever proposed, the newest first, with when it was last applied."""
    found: dict[str, Ordering] = {}
    for entry in _entries(connection, None):
        if entry.act == PROPOSE:
            found[f"K-{entry.seq}"] = _proposed(entry)
        elif entry.act == APPLY and entry.target in found:
            applied = replace(found[entry.target], applied_by=entry.actor, applied_at=entry.at)
            found[entry.target] = applied
    return list(found.values())[::-1]


def _stack(connection: Connection, at: datetime | None) -> list[Ordering]:
    known: dict[str, Ordering] = {}
    stack: list[Ordering] = []
    for entry in _entries(connection, at):
        if entry.act == PROPOSE:
            known[f"K-{entry.seq}"] = _proposed(entry)
        elif entry.act == APPLY and entry.target in known:
            stack.append(replace(known[entry.target], applied_by=entry.actor, applied_at=entry.at))
        elif entry.act == UNDO and stack:
            stack.pop()
    return stack


def _entries(connection: Connection, at: datetime | None) -> list[AccessRecord]:
    """Read what was done to the order; an entry that is not what was written orders nothing."""
    query = select(access_records).where(access_records.c.act.in_((PROPOSE, APPLY, UNDO)))
    if at is not None:
        query = query.where(access_records.c.at <= at)
    rows = connection.execute(query.order_by(access_records.c.seq)).mappings()
    return [
        AccessRecord(**row) for row in rows if "order" in row["detail"] and hash_of(dict(row)) == row["hash"]
    ]


def _entry(
    connection: Connection, act: str, target: str, detail: dict[str, Any], actor: str, host: str, at: datetime
) -> AccessRecord:
    return append_within(
        connection,
        at=at,
        actor=actor,
        host=host,
        act=act,
        target_kind="order",
        target=target,
        detail={"order": 1, **detail},
    )


def _proposed(entry: AccessRecord) -> Ordering:
    return Ordering(
        version=f"K-{entry.seq}",
        weights=entry.detail["weights"],
        closed=entry.detail["closed"],
        left_out=entry.detail["left_out"],
        proposed_by=entry.actor,
        proposed_at=entry.at,
    )
