from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.exc import IntegrityError

from pipeline.casebook.case_file import cases_of, events_of, get_case, list_cases, nights_of, reasons_of
from pipeline.casebook.cases import ReopenPolicy
from pipeline.casebook.decisions import close
from pipeline.casebook.engine import writing
from pipeline.casebook.runs import finish_run
from pipeline.casebook.scores import write_reasons
from pipeline.casebook.tables import cases
from pipeline.errors import UsageError
from tests.casebook.nights import DAY, NOW, alert, begin, done, later, reason


def night(number: int) -> date:
    return DAY + timedelta(days=number)


def settle(connection, case_id: str, **more: str) -> None:
    values = {"disposition": "explained_business", "text": "Campaign of the branch.", **more}
    close(connection, case_id, actor="chen.jing", at=later(hours=8), **values)


def test_the_first_alert_opens_a_case_with_its_evidence(engine: Engine) -> None:
    with writing(engine) as connection:
        raised = alert(connection, done(connection), severity="high")
        case = get_case(connection, raised.case_id)
        (event,) = events_of(connection, case.case_id)
        (seen,) = nights_of(connection, case.case_id)
    assert raised.is_new
    assert (case.case_id, case.employee_id, case.opened_on) == ("C-2026-0001", "E1", DAY)
    assert (case.severity, case.status, case.unexplained) == ("high", "new", 12)
    assert (case.score, case.p_value, case.last_night) == (7.5, 0.0005, DAY)
    assert (event.kind, event.at, event.actor) == ("opened", NOW, "tellerwatch")
    assert event.detail["families"] == ["unexplained"]
    assert (seen.night, seen.rank, seen.run_id) == (DAY, 1, case.opened_run)


def test_numbers_follow_each_other_within_the_year_of_the_night(engine: Engine) -> None:
    with writing(engine) as connection:
        run, next_year = done(connection), done(connection, date(2027, 1, 4))
        ids = [alert(connection, run, employee).case_id for employee in ("E1", "E2", "E3")]
        ids.append(alert(connection, next_year, "E4").case_id)
        ids.append(alert(connection, run, "E5").case_id)
    assert ids == ["C-2026-0001", "C-2026-0002", "C-2026-0003", "C-2027-0001", "C-2026-0004"]


def test_numbers_go_on_after_the_ten_thousandth(engine: Engine) -> None:
    with writing(engine) as connection:
        run = done(connection)
        row = get_case(connection, alert(connection, run).case_id).__dict__
        connection.execute(insert(cases).values({**row, "case_id": "C-2026-9999", "employee_id": "E2"}))
        ids = [alert(connection, run, employee).case_id for employee in ("E3", "E4", "E5")]
    assert ids == ["C-2026-10000", "C-2026-10001", "C-2026-10002"]


def test_the_next_nights_continue_the_open_case(engine: Engine) -> None:
    with writing(engine) as connection:
        alert(connection, done(connection), severity="high")
        raised = alert(
            connection, done(connection, night(1)), severity="low", score=3.5, p_value=0.01, unexplained=13
        )
        case = get_case(connection, raised.case_id)
        seen = nights_of(connection, case.case_id)
        assert len(list_cases(connection)) == 1
    assert raised.kind == "continued"
    assert (case.opened_on, case.last_night) == (DAY, night(1))
    assert (case.score, case.p_value, case.unexplained) == (3.5, 0.01, 13)
    assert case.severity == "high"
    assert [item.night for item in seen] == [DAY, night(1)]


def test_the_same_night_told_twice_changes_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        run = done(connection)
        first = alert(connection, run)
        before = (list_cases(connection), events_of(connection, first.case_id))
    with writing(engine) as connection:
        again = alert(connection, run, at=later(hours=5))
        after = (list_cases(connection), events_of(connection, first.case_id))
    assert again.kind == "unchanged"
    assert again.case_id == first.case_id
    assert after == before


def test_an_earlier_night_told_again_after_later_ones_changes_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        runs = [done(connection, night(number)) for number in range(3)]
        for number, run in enumerate(runs):
            alert(connection, run, unexplained=12 + number)
        before = (list_cases(connection), events_of(connection, "C-2026-0001"))
        assert {alert(connection, run, unexplained=12 + n).kind for n, run in enumerate(runs)} == {
            "unchanged"
        }
        assert (list_cases(connection), events_of(connection, "C-2026-0001")) == before


def test_a_re_score_of_an_older_night_adds_to_the_history_and_keeps_the_newest_figures(
    engine: Engine,
) -> None:
    with writing(engine) as connection:
        alert(connection, done(connection))
        alert(connection, done(connection, night(1)), score=8.5, unexplained=14)
        again = done(connection, rescore=True, at=later(hours=1))
        raised = alert(connection, again, score=9.9, unexplained=15)
        case = get_case(connection, raised.case_id)
        first, second = nights_of(connection, raised.case_id)
    assert raised.kind == "continued"
    assert (case.score, case.unexplained, case.last_night) == (8.5, 14, night(1))
    assert (first.score, first.run_id) == (9.9, again.run_id)
    assert second.score == 8.5


def test_a_run_that_failed_and_started_over_brings_its_new_figures(engine: Engine) -> None:
    with writing(engine) as connection:
        run = begin(connection)
        alert(connection, run)
        finish_run(connection, run.run_id, status="failed", at=NOW)
        again = begin(connection)
        assert again.run_id == run.run_id
        raised = alert(connection, again, score=6.5)
        assert raised.kind == "continued"
        assert get_case(connection, raised.case_id).score == 6.5
        assert len(nights_of(connection, raised.case_id)) == 1


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"unexplained": 17}, ("unexplained:+5",)),
        ({"reasons": [reason(), reason("access_shape", "EXPORTS", 1)]}, ("families:access_shape",)),
    ],
)
@pytest.mark.parametrize("closed", [False, True])
def test_new_evidence_is_said_to_be_new_and_re_opens_a_closed_case(
    engine: Engine, change: dict, why: tuple[str, ...], closed: bool
) -> None:
    with writing(engine) as connection:
        case_id = alert(connection, done(connection)).case_id
        if closed:
            settle(connection, case_id)
        raised = alert(connection, done(connection, night(1)), **change)
        case, event = get_case(connection, case_id), events_of(connection, case_id)[-1]
    assert raised.kind == event.kind == ("reopened" if closed else "new_evidence")
    assert (raised.case_id, raised.why) == (case_id, why)
    assert case.status == "new"
    assert (case.disposition, case.disposition_text, case.second_person) == (None, None, None)
    if closed:
        assert event.detail["closed_as"] == "explained_business"
        assert event.detail["closed_by"] == "chen.jing"
        assert event.detail["seen_before"] == 1


@pytest.mark.parametrize("unexplained", [16, 12, 3])
def test_a_closed_case_stays_closed_without_new_evidence_and_the_night_is_still_noted(
    engine: Engine, unexplained: int
) -> None:
    with writing(engine) as connection:
        case_id = alert(connection, done(connection)).case_id
        settle(connection, case_id)
        raised = alert(connection, done(connection, night(1)), unexplained=unexplained)
        case = get_case(connection, case_id)
        assert [item.night for item in nights_of(connection, case_id)] == [DAY, night(1)]
        assert events_of(connection, case_id)[-1].detail["closed"] is True
    assert raised.kind == "stays_closed"
    assert (case.status, case.unexplained, case.last_night) == ("closed", 12, DAY)


def test_growth_is_counted_from_when_the_evidence_was_last_weighed(engine: Engine) -> None:
    with writing(engine) as connection:
        kinds = [
            alert(connection, done(connection, night(number)), unexplained=unexplained).kind
            for number, unexplained in enumerate([10, 14, 15, 19, 20])
        ]
        assert kinds == ["opened", "continued", "new_evidence", "continued", "new_evidence"]
        settle(connection, "C-2026-0001")
        assert alert(connection, done(connection, night(6)), unexplained=24).kind == "stays_closed"
        assert alert(connection, done(connection, night(7)), unexplained=25).kind == "reopened"


def test_a_case_closed_long_ago_is_another_matter(engine: Engine) -> None:
    policy = ReopenPolicy(growth=5, new_case_after_days=30)
    with writing(engine) as connection:
        first = alert(connection, done(connection)).case_id
        settle(connection, first)
        # It was closed on the day after its night.
        early = alert(connection, done(connection, night(31)), policy=policy)
        late = alert(connection, done(connection, night(32)), policy=policy)
        assert events_of(connection, late.case_id)[0].detail["earlier"] == [first]
        assert [item.case_id for item in cases_of(connection, "E1")] == [late.case_id, first]
    assert early.kind == "stays_closed"
    assert late.kind == "opened"
    assert late.case_id != first


def test_the_database_itself_refuses_a_second_open_case_of_a_person(engine: Engine) -> None:
    with writing(engine) as connection:
        case = get_case(connection, alert(connection, done(connection)).case_id)
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(insert(cases).values({**case.__dict__, "case_id": "C-2026-0099"}))


def test_cases_are_listed_open_first_then_the_gravest_then_the_least_likely(engine: Engine) -> None:
    with writing(engine) as connection:
        run = done(connection)
        alert(connection, run, "LOW", severity="low", p_value=0.0001)
        alert(connection, run, "HIGH2", severity="high", p_value=0.02)
        alert(connection, run, "HIGH1", severity="high", p_value=0.01)
        settle(connection, alert(connection, run, "DONE", severity="medium").case_id)
        order = [case.employee_id for case in list_cases(connection)]
        assert order == ["HIGH1", "HIGH2", "LOW", "DONE"]
        assert [case.employee_id for case in list_cases(connection, statuses=["closed"])] == ["DONE"]
        assert [case.employee_id for case in list_cases(connection, severities=["low"])] == ["LOW"]
        assert [case.employee_id for case in list_cases(connection, employee_id="HIGH1")] == ["HIGH1"]
        assert list_cases(connection, owner="nobody") == []
        assert list_cases(connection, opened_from=night(1)) == []
        assert len(list_cases(connection, opened_to=DAY)) == 4


def test_each_case_is_listed_with_the_reasons_of_its_last_night(engine: Engine) -> None:
    with writing(engine) as connection:
        first, second = done(connection), done(connection, night(1))
        for run, code in ((first, "OLD"), (second, "NEW")):
            rows = [reason(code=code), reason(code="OTHER", employee_id="E2")]
            write_reasons(connection, run.run_id, rows)
        alert(connection, first, "E1")
        alert(connection, first, "E2")
        alert(connection, second, "E1")
        listed = list_cases(connection)
        found = reasons_of(connection, listed)
        assert reasons_of(connection, []) == {}
    assert {case_id: [row.code for row in rows] for case_id, rows in found.items()} == {
        "C-2026-0001": ["NEW"],
        "C-2026-0002": ["OTHER"],
    }


def test_a_wrong_case_number_is_answered_with_the_nearest(engine: Engine) -> None:
    with writing(engine) as connection:
        alert(connection, done(connection))
        with pytest.raises(UsageError, match="Did you mean C-2026-0001"):
            get_case(connection, "C-2026-001")
        with pytest.raises(UsageError, match="cases list"):
            get_case(connection, "?")
