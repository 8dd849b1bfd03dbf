"""What the officers' decisions say of each reason and each family of checks: how often it was right.

It measures. It hides nobody, raises nobody and changes no line: whoever wants another line changes the
configuration, which is another configuration's night, and can change it back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Literal

from sqlalchemy import Connection

from pipeline.casebook.case_file import CaseEvent, events_of, list_cases
from pipeline.casebook.independence import FourEyes

RIGHT = frozenset({"confirmed_leak", "no_authorisation", "conflict_of_interest"})
WRONG = frozenset({"explained_business", "data_error"})
Z95 = 1.959963984540054


@dataclass(frozen=True)
class Precision:
    """How often cases with one reason, or of one family, held.

    Attributes:
        kind: Whether `code` names a reason or a family of detectors.
        right: Cases that a person confirmed.
        wrong: Cases that were explained.
        undecided: Cases closed without an answer: too little data, a duplicate.
        precision: `right / (right + wrong)`; None where nothing was decided.
        low: Lower end of its 95 % interval.
        high: Upper end.
    """

    kind: Literal["reason", "family"]
    code: str
    right: int
    wrong: int
    undecided: int
    precision: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Feedback:
    """What all decisions together say.

    Attributes:
        closed: Closed cases that were looked at.
        left_out: Those of the decider's own branch, from which nothing is learnt.
    """

    rows: tuple[Precision, ...]
    closed: int
    left_out: int


def precision(
    connection: Connection,
    *,
    eyes: FourEyes | None = None,
    branches: Mapping[str, str] | None = None,
    since: date | None = None,
) -> Feedback:
    """Measure each reason and each family by the dispositions of closed cases.

    Args:
        connection: An open connection.
        eyes: Officer's account → employee.
        branches: Employee → branch; a decision about somebody of one's own branch teaches nothing.
        since: Only cases opened on this day or later.
    """
    eyes, branches = eyes or FourEyes(), branches or {}
    tally: dict[tuple[Literal["reason", "family"], str], list[int]] = {}
    closed = left_out = 0
    for case in list_cases(connection, statuses={"closed"}, opened_from=since):
        history = events_of(connection, case.case_id)
        closed += 1
        if _own_branch(history, case.employee_id, eyes, branches):
            left_out += 1
            continue
        place = 0 if case.disposition in RIGHT else 1 if case.disposition in WRONG else 2
        for code in _told(history, "codes"):
            tally.setdefault(("reason", code), [0, 0, 0])[place] += 1
        for code in _told(history, "families"):
            tally.setdefault(("family", code), [0, 0, 0])[place] += 1
    rows = [_row(kind, code, *counts) for (kind, code), counts in tally.items()]
    rows.sort(key=lambda row: (row.kind, -(row.right + row.wrong), row.code))
    return Feedback(tuple(rows), closed, left_out)


def wilson(right: int, decided: int) -> tuple[float, float]:
    """Return the 95 % interval of a share.

    Args:
        right: Successes.
        decided: Trials, one or more.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA (1927).
    """
    share, spread = right / decided, Z95 * Z95 / decided
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 * sqrt(share * (1 - share) / decided + spread / (4 * decided)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


def _row(kind: Literal["reason", "family"], code: str, right: int, wrong: int, undecided: int) -> Precision:
    decided = right + wrong
    if not decided:
        return Precision(kind, code, right, wrong, undecided, None, None, None)
    low, high = wilson(right, decided)
    return Precision(
        kind, code, right, wrong, undecided, round(right / decided, 4), round(low, 4), round(high, 4)
    )


def _told(history: Collection[CaseEvent], what: str) -> set[str]:
    return {str(code) for event in history for code in event.detail.get(what, ()) if event.kind != "closed"}


def _own_branch(
    history: Collection[CaseEvent], employee_id: str, eyes: FourEyes, branches: Mapping[str, str]
) -> bool:
    home = branches.get(employee_id)
    deciders = [event.actor for event in history if event.kind in ("closed", "second_approval")]
    return home is not None and any(branches.get(eyes.person(name)) == home for name in deciders)
