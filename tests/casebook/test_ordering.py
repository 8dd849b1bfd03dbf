"""Decisions bend the order of cases of one severity, in versions that can be taken back; they hide nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, update

from pipeline.casebook.chain import verify_chain
from pipeline.casebook.engine import writing
from pipeline.casebook.ordering import (
    LEAST,
    LEAST_DECIDED,
    MOST,
    PLAIN,
    apply,
    ordering_at,
    propose,
    undo,
    versions,
    weights_of,
)
from pipeline.casebook.precision import Feedback, Precision
from pipeline.casebook.scores import ReasonRow
from pipeline.casebook.tables import access_records
from pipeline.errors import NotPermittedError, UsageError

AT = datetime(2026, 6, 18, 9, tzinfo=UTC)
CHEN: dict[str, Any] = {"actor": "chen.jing", "host": "desk-1"}


def measured(*rows: tuple[str, int, int]) -> Feedback:
    told = [
        Precision(
            "reason", code, right, wrong, 0, right / (right + wrong) if right + wrong else None, None, None
        )
        for code, right, wrong in rows
    ]
    return Feedback(tuple(told), closed=sum(right + wrong for _, right, wrong in rows), left_out=2)


USEFUL = measured(("unlinked", 18, 2), ("off_hours", 1, 19))


def reason(code: str, points: float = 5.0) -> ReasonRow:
    return ReasonRow("E1", 0, code, "family", "en", "zh", points)


def test_a_reason_that_was_right_more_often_weighs_more_within_bounds() -> None:
    found = weights_of(USEFUL)
    assert 1 < found["unlinked"] <= MOST
    assert LEAST <= found["off_hours"] < 1


def test_few_decisions_weigh_nothing() -> None:
    assert "rare" not in weights_of(measured(("unlinked", 18, 2), ("rare", LEAST_DECIDED - 1, 0)))
    assert weights_of(measured(("unlinked", 0, 20))) == {}


def test_severity_comes_first_whatever_was_decided(engine: Engine) -> None:
    with writing(engine) as connection:
        made = propose(connection, USEFUL, at=AT, **CHEN)
    weak = made.key("high", 9.0, "C-1", [reason("off_hours")])
    strong = made.key("low", 90.0, "C-2", [reason("unlinked")])
    assert weak < strong
    assert made.key("low", 10.0, "C-3", [reason("unlinked")]) < made.key(
        "low", 12.0, "C-4", [reason("off_hours")]
    )
    assert PLAIN.key("low", 10.0, "C-3", [reason("unlinked")]) > PLAIN.key(
        "low", 12.0, "C-4", [reason("off_hours")]
    )


def test_a_score_is_never_weighed_away(engine: Engine) -> None:
    with writing(engine) as connection:
        made = propose(connection, USEFUL, at=AT, **CHEN)
    assert LEAST <= made.factor([reason("off_hours")]) <= made.factor([reason("unlinked")]) <= MOST
    assert made.factor([]) == made.factor([reason("never decided")]) == 1.0


def test_a_proposal_orders_nothing_until_it_is_applied_and_can_be_taken_back(engine: Engine) -> None:
    with writing(engine) as connection:
        first = propose(connection, USEFUL, at=AT, **CHEN)
        second = propose(connection, measured(("unlinked", 9, 9), ("off_hours", 9, 1)), at=AT, **CHEN)
        assert ordering_at(connection) == PLAIN
        apply(connection, first.version, at=AT + timedelta(hours=1), **CHEN)
        apply(connection, second.version, at=AT + timedelta(hours=2), **CHEN)
        assert ordering_at(connection).version == second.version
        assert undo(connection, at=AT + timedelta(hours=3), **CHEN).version == first.version
        assert ordering_at(connection).weights == first.weights
        assert undo(connection, at=AT + timedelta(hours=4), **CHEN) == PLAIN
        with pytest.raises(UsageError, match="plain order"):
            undo(connection, at=AT + timedelta(hours=5), **CHEN)
        assert [one.version for one in versions(connection)] == [second.version, first.version]


def test_an_earlier_moment_has_the_order_of_its_time(engine: Engine) -> None:
    with writing(engine) as connection:
        made = propose(connection, USEFUL, at=AT, **CHEN)
        apply(connection, made.version, at=AT + timedelta(hours=1), **CHEN)
        assert ordering_at(connection, AT + timedelta(minutes=59)) == PLAIN
        assert ordering_at(connection, AT + timedelta(hours=1)).version == made.version


def test_where_the_second_person_must_act_nobody_applies_their_own_proposal(engine: Engine) -> None:
    with writing(engine) as connection:
        made = propose(connection, USEFUL, at=AT, **CHEN)
        with pytest.raises(NotPermittedError):
            apply(connection, made.version, at=AT, must_act=True, **CHEN)
        apply(connection, made.version, at=AT, must_act=True, actor="sun.li", host="desk-2")
        assert ordering_at(connection).applied_by == "sun.li"


def test_nothing_decided_proposes_nothing_and_an_unknown_version_is_refused(engine: Engine) -> None:
    with writing(engine) as connection:
        with pytest.raises(UsageError):
            propose(connection, measured(("unlinked", 1, 1)), at=AT, **CHEN)
        with pytest.raises(UsageError):
            apply(connection, "K-99", at=AT, **CHEN)


def test_weights_changed_in_the_database_order_nothing_and_are_found(engine: Engine) -> None:
    with writing(engine) as connection:
        made = propose(connection, USEFUL, at=AT, **CHEN)
        apply(connection, made.version, at=AT, **CHEN)
        detail = {"order": 1, "weights": {"unlinked": 0.01}, "closed": 40, "left_out": 0}
        connection.execute(update(access_records).where(access_records.c.seq == 1).values(detail=detail))
        assert ordering_at(connection) == PLAIN
        assert not verify_chain(connection, []).intact
