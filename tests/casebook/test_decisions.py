from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from pipeline.casebook.case_file import Case, events_of, get_case
from pipeline.casebook.decisions import Closing, assign, attest, close, note, pending_closing, reopen
from pipeline.casebook.engine import writing
from pipeline.casebook.independence import FourEyes
from pipeline.casebook.tables import DISPOSITIONS
from pipeline.errors import ExitCode, NotPermittedError, UsageError
from tests.casebook.nights import DAY, NOW, alert, done, later, reason

# E1 works for M1, who works for M2; M2 and M3 lead each other, as a broken register may say.
MANAGERS = {"E1": "M1", "M1": "M2", "M2": "M3", "M3": "M2", "chen.jing": "M9"}
EYES = FourEyes("high", officers={"wang.bo": "M1", "li.na": "E1"}, managers=MANAGERS)


def opened(connection: Connection, **more: Any) -> str:
    return alert(connection, done(connection), **more).case_id


def shut(connection: Connection, case_id: str, actor: str = "chen.jing", **more: Any) -> Closing:
    values: dict[str, Any] = {"disposition": "explained_business", "text": "A campaign.", "eyes": EYES}
    return close(connection, case_id, actor=actor, at=later(hours=8), **{**values, **more})


def kinds(connection: Connection, case_id: str) -> list[str]:
    return [event.kind for event in events_of(connection, case_id)]


def test_the_first_act_of_a_person_takes_the_case_up_and_starts_its_clock(engine: Engine) -> None:
    with writing(engine) as connection:
        case_id = opened(connection)
        assert get_case(connection, case_id).aware_at is None
        case = note(connection, case_id, text="Called the branch.", actor="chen.jing", at=later(hours=1))
        again = note(connection, case_id, text="They call back.", actor="chen.jing", at=later(hours=2))
        assert kinds(connection, case_id) == ["opened", "status", "note", "note"]
    assert (case.status, case.aware_at) == ("in_review", later(hours=1))
    assert again.aware_at == later(hours=1)


def test_a_case_is_assigned_with_a_day_and_assigned_on_without_losing_it(engine: Engine) -> None:
    with writing(engine) as connection:
        case_id = opened(connection)
        due = date(2026, 6, 30)
        assign(connection, case_id, owner="chen.jing", actor="zhao.min", at=NOW, due_on=due)
        case = assign(connection, case_id, owner="sun.li", actor="zhao.min", at=later(days=1))
        last = events_of(connection, case_id)[-1]
    assert (case.owner, case.due_on, case.status) == ("sun.li", due, "in_review")
    assert (last.kind, last.detail["owner"], last.detail["before"]) == ("assigned", "sun.li", "chen.jing")


@pytest.mark.parametrize("disposition", DISPOSITIONS)
def test_a_case_closes_with_each_disposition_and_its_reason(engine: Engine, disposition: str) -> None:
    with writing(engine) as connection:
        case_id = opened(connection)
        case = shut(connection, case_id, disposition=disposition, text="  Talked to the branch.  ").case
        event = events_of(connection, case_id)[-1]
    assert (case.status, case.disposition) == ("closed", disposition)
    assert case.disposition_text == "Talked to the branch."
    assert (event.kind, event.actor, event.at) == ("closed", "chen.jing", later(hours=8))
    assert event.detail["unexplained"] == 12


@pytest.mark.parametrize(
    ("change", "match"),
    [({"disposition": "fine"}, "no disposition 'fine'"), ({"text": " \n"}, "no text")],
)
def test_a_closing_without_a_known_disposition_and_a_reason_is_refused(
    engine: Engine, change: dict[str, str], match: str
) -> None:
    with writing(engine) as connection:
        case_id = opened(connection)
        with pytest.raises(UsageError, match=match):
            shut(connection, case_id, **change)
        assert get_case(connection, case_id).open


@pytest.mark.parametrize("severity", ["high", "critical"])
def test_a_grave_case_needs_a_second_person(engine: Engine, severity: str) -> None:
    with writing(engine) as connection:
        case_id = opened(connection, severity=severity)
        with pytest.raises(NotPermittedError, match="second person") as caught:
            shut(connection, case_id)
        assert caught.value.exit_code == ExitCode.NOT_PERMITTED
        assert get_case(connection, case_id).status == "new"
        case = shut(connection, case_id, second_person=" zhao.min ").case
        assert kinds(connection, case_id)[-2:] == ["second_approval", "closed"]
        assert events_of(connection, case_id)[-2].detail["acted"] is False
    assert (case.status, case.second_person) == ("closed", "zhao.min")


def test_the_severity_that_needs_a_second_person_is_configured(engine: Engine) -> None:
    with writing(engine) as connection:
        case_id = opened(connection, severity="low")
        with pytest.raises(NotPermittedError):
            shut(connection, case_id, eyes=FourEyes("low"))
        assert not shut(connection, case_id, eyes=FourEyes("medium")).case.open


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("chen.jing", "the one who decides"),
        ("Chen.Jing ", "the one who decides"),
        ("E1", "the person in question"),
        ("li.na", "the person in question"),
        ("M1", "leads E1"),
        ("m1", "leads E1"),
        ("wang.bo", "leads E1"),
        ("M2", "leads E1"),
        ("M3", "leads E1"),
        ("  ", "nobody is named"),
    ],
)
def test_a_second_person_who_is_not_independent_is_refused(engine: Engine, second: str, why: str) -> None:
    with writing(engine) as connection:
        case_id = opened(connection, severity="high")
        with pytest.raises(NotPermittedError, match=why):
            shut(connection, case_id, second_person=second)
        assert kinds(connection, case_id) == ["opened"]


def test_a_second_person_who_is_not_independent_is_refused_where_none_is_needed(engine: Engine) -> None:
    with writing(engine) as connection:
        case_id = opened(connection, severity="low")
        with pytest.raises(NotPermittedError, match="leads E1"):
            shut(connection, case_id, second_person="M2")


@pytest.mark.parametrize("actor", ["M1", "M2", "wang.bo"])
def test_a_leader_closes_a_case_of_their_own_line_only_with_a_second_person(
    engine: Engine, actor: str
) -> None:
    with writing(engine) as connection:
        case_id = opened(connection, severity="low")
        with pytest.raises(NotPermittedError, match=f"a second person: E1 is of {actor}'s own line"):
            shut(connection, case_id, actor=actor)
        assert not shut(connection, case_id, actor=actor, second_person="zhao.min").case.open


def test_a_report_closes_their_leaders_case_only_with_a_second_person(engine: Engine) -> None:
    with writing(engine) as connection:
        case_id = opened(connection, employee_id="M9", severity="low")
        with pytest.raises(NotPermittedError, match="own line"):
            shut(connection, case_id, actor="chen.jing")


@pytest.mark.parametrize("actor", ["E1", "e1", "li.na"])
def test_nobody_decides_about_themselves_nor_learns_that_there_is_a_case(engine: Engine, actor: str) -> None:
    with writing(engine) as connection:
        case_id = opened(connection)
        acts: dict[str, Any] = {"actor": actor, "at": NOW, "eyes": EYES}
        with pytest.raises(UsageError, match=f"no case {case_id} that this account may see"):
            shut(connection, case_id, actor=actor)
        with pytest.raises(UsageError, match=f"no case {case_id} that this account may see"):
            note(connection, case_id, text="All is well.", **acts)
        with pytest.raises(UsageError, match=f"no case {case_id} that this account may see"):
            assign(connection, case_id, owner="chen.jing", **acts)
        with pytest.raises(NotPermittedError, match="same person"):
            assign(connection, case_id, owner=actor, **{**acts, "actor": "chen.jing"})
        shut(connection, case_id)
        with pytest.raises(UsageError, match=f"no case {case_id} that this account may see"):
            reopen(connection, case_id, text="No.", **acts)


TWO_ACT = FourEyes("high", must_act=True, managers=MANAGERS)


def test_where_the_second_must_act_the_case_closes_when_two_accounts_agree(engine: Engine) -> None:
    with writing(engine) as connection:
        case_id = opened(connection, severity="high")
        first = shut(connection, case_id, eyes=TWO_ACT, second_person="zhao.min", text="Sold three.")
        assert first.waits_for_second
        assert first.case.status == "in_review"
        again = shut(connection, case_id, eyes=TWO_ACT)
        assert again.waits_for_second
        other = shut(connection, case_id, "zhao.min", eyes=TWO_ACT, disposition="data_error")
        assert other.waits_for_second
        end = shut(connection, case_id, "sun.li", eyes=TWO_ACT, disposition="data_error", text="Agreed.")
        history = events_of(connection, case_id)
    assert not end.waits_for_second
    assert (end.case.disposition, end.case.second_person) == ("data_error", "sun.li")
    assert (history[-1].kind, history[-1].actor) == ("closed", "zhao.min")
    assert (history[-2].kind, history[-2].actor) == ("second_approval", "sun.li")
    assert history[-2].detail["acted"] is True


def test_where_the_second_must_act_new_evidence_makes_the_first_wish_void(engine: Engine) -> None:
    with writing(engine) as connection:
        case_id = opened(connection, severity="high")
        shut(connection, case_id, eyes=TWO_ACT)
        assert pending_closing(events_of(connection, case_id)) is not None
        news = [reason("access_shape", "EXPORTS")]
        alert(connection, done(connection, date(2026, 6, 19)), reasons=news)
        assert pending_closing(events_of(connection, case_id)) is None
        assert shut(connection, case_id, "zhao.min", eyes=TWO_ACT).waits_for_second


def test_where_the_second_must_act_a_leader_cannot_be_the_second(engine: Engine) -> None:
    with writing(engine) as connection:
        case_id = opened(connection, severity="high")
        shut(connection, case_id, eyes=TWO_ACT)
        with pytest.raises(NotPermittedError, match="leads E1"):
            shut(connection, case_id, "M1", eyes=TWO_ACT)
        assert get_case(connection, case_id).open


def test_a_closed_case_takes_notes_and_nothing_else_until_it_is_re_opened(engine: Engine) -> None:
    with writing(engine) as connection:
        case_id = opened(connection)
        shut(connection, case_id, second_person="zhao.min")
        with pytest.raises(UsageError, match="closed as explained_business"):
            shut(connection, case_id)
        with pytest.raises(UsageError, match="closed as"):
            assign(connection, case_id, owner="sun.li", actor="chen.jing", at=NOW)
        noted = note(connection, case_id, text="A letter came.", actor="chen.jing", at=later(days=1))
        assert noted.status == "closed"
        case = reopen(connection, case_id, text="The letter.", actor="zhao.min", at=later(days=2))
        event = events_of(connection, case_id)[-1]
        with pytest.raises(UsageError, match="is open"):
            reopen(connection, case_id, text="Again.", actor="zhao.min", at=later(days=2))
    assert (case.status, case.disposition, case.second_person) == ("in_review", None, None)
    assert case.aware_at == later(days=2)
    assert event.detail == {
        "text": "The letter.",
        "closed_as": "explained_business",
        "second_person": "zhao.min",
    }


def test_an_old_case_is_not_re_opened_beside_an_open_one(engine: Engine) -> None:
    with writing(engine) as connection:
        old = opened(connection)
        shut(connection, old)
        new = alert(connection, done(connection, date(2027, 6, 18))).case_id
        with pytest.raises(UsageError, match=f"open case already: {new}"):
            reopen(connection, old, text="After all.", actor="zhao.min", at=later(days=400))
        assert not get_case(connection, old).open


def test_an_attestation_is_evidence_and_decides_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        case_id = opened(connection)
        case: Case = attest(
            connection,
            case_id,
            attested_by="M1",
            answer="not_confirmed",
            text="I sent nobody to look.",
            actor="chen.jing",
            at=NOW,
        )
        event = events_of(connection, case_id)[-1]
    assert case.status == "in_review"
    assert (event.kind, event.detail["attested_by"], event.detail["answer"]) == (
        "attested",
        "M1",
        "not_confirmed",
    )


def test_a_manager_who_is_in_a_case_attests_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        run = done(connection)
        case_id = alert(connection, run).case_id
        alert(connection, run, "M1")
        for manager, why in (
            ("M1", "not independent"),
            ("wang.bo", "not independent"),
            ("E1", "same person"),
        ):
            with pytest.raises(NotPermittedError, match=why):
                attest(
                    connection,
                    case_id,
                    attested_by=manager,
                    answer="confirmed",
                    text="All fine.",
                    actor="chen.jing",
                    at=NOW,
                    eyes=EYES,
                )


def test_a_customers_number_in_a_note_or_a_reason_is_not_kept(engine: Engine) -> None:
    number = "990101199001011234"
    with writing(engine) as connection:
        case_id = opened(connection)
        note(connection, case_id, text=f"About {number}.", actor="chen.jing", at=NOW)
        case = shut(connection, case_id, text=f"It was {number}").case
        history = str(events_of(connection, case_id))
    assert number not in history
    assert number not in str(case)
    assert "About" in history


def test_deciding_about_a_case_that_is_not_there_is_a_usage_error(engine: Engine) -> None:
    with writing(engine) as connection:
        with pytest.raises(UsageError, match="no case C-2026-0404"):
            shut(connection, "C-2026-0404")
        assert DAY.year == 2026
