"""What decisions say of reasons, on each database."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from pipeline.casebook.decisions import close
from pipeline.casebook.engine import writing
from pipeline.casebook.independence import FourEyes
from pipeline.casebook.precision import Feedback, precision, wilson
from tests.casebook.nights import NOW, alert, done, reason

BRANCHES = {"E1": "B1", "E2": "B1", "E3": "B2", "E4": "B2", "chen": "B9", "M7": "B2"}
EYES = FourEyes("critical", officers={"zhou": "M7"})


@pytest.fixture
def found(engine: Engine) -> Feedback:
    """Four closed cases and an open one; E4's was decided by somebody of E4's own branch."""
    decided = {
        "E1": ("confirmed_leak", "chen"),
        "E2": ("explained_business", "chen"),
        "E3": ("insufficient_data", "chen"),
        "E4": ("explained_business", "zhou"),
    }
    with writing(engine) as connection:
        run = done(connection)
        for person in (*decided, "E5"):
            reasons = [reason(employee_id=person)]
            if person == "E1":
                reasons.append(reason("access_shape", "OFF_HOURS", 1, person))
            raised = alert(connection, run, person, reasons=reasons)
            if person in decided:
                disposition, actor = decided[person]
                values = {"disposition": disposition, "text": "x", "actor": actor, "at": NOW}
                close(connection, raised.case_id, **values)  # type: ignore[arg-type]  # each is of its type
        return precision(connection, eyes=EYES, branches=BRANCHES)


def test_each_reason_and_family_is_measured_by_the_decisions_on_its_cases(found: Feedback) -> None:
    told = {(row.kind, row.code): (row.right, row.wrong, row.undecided, row.precision) for row in found.rows}
    assert told == {
        ("reason", "UNLINKED_SHARE"): (1, 1, 1, 0.5),
        ("reason", "OFF_HOURS"): (1, 0, 0, 1.0),
        ("family", "unexplained"): (1, 1, 1, 0.5),
        ("family", "access_shape"): (1, 0, 0, 1.0),
    }


def test_nothing_is_learnt_from_the_deciders_own_branch(found: Feedback) -> None:
    assert (found.closed, found.left_out) == (4, 1)


def test_few_cases_give_a_wide_interval(found: Feedback) -> None:
    row = next(row for row in found.rows if row.code == "OFF_HOURS")
    assert row.low == pytest.approx(0.2065, abs=1e-4)
    assert row.high == 1.0


def test_the_interval_is_wilsons() -> None:
    assert wilson(10, 20) == pytest.approx((0.2993, 0.7007), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
