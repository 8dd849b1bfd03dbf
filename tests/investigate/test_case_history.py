"""A case's history in words: newest first, whatever the clock's grain."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.casebook.case_file import CaseEvent
from pipeline.features.catalogue import FAMILIES
from pipeline.investigation.case_history import before_words, entries, news_words
from pipeline.investigation.case_life import CaseThen
from pipeline.scoring.alerting import AUDIT
from pipeline.scoring.family_limits import PATTERN
from reports.document import HistoryEntry

MOMENT = datetime(2026, 4, 10, 2, 31, tzinfo=UTC)


def test_nights_that_were_caught_up_within_one_moment_stand_newest_first() -> None:
    nights = ["2026-03-23", "2026-03-24", "2026-03-25"]
    events = tuple(CaseEvent(MOMENT, "", "new_evidence", {"night": night}) for night in nights)
    case = CaseThen("C-2026-0001", "E001", date(2026, 3, 20), events=events)
    told = [entry.act.en for entry in entries([(case.case_id, case.events)], ZoneInfo("Europe/Berlin"))]
    assert [next(night for night in nights if night in words) for words in told] == nights[::-1]


def told(kind: str, **detail: Any) -> HistoryEntry:
    event = CaseEvent(MOMENT, "chen.jing", kind, detail)
    (entry,) = entries([("C-2026-0001", [event])], ZoneInfo("Asia/Shanghai"))
    return entry


def test_what_a_night_brought_is_told_in_words_and_not_in_codes() -> None:
    news = ["families:today", "unexplained:+9", "families:of_another_version"]
    words = told("new_evidence", night="2026-04-09", news=news).act
    assert words.en == (
        "new evidence on the night of 2026-04-09: another kind of reason, look-ups of the day without a record yet; "
        "9 more look-ups without a record; another kind of reason, of_another_version"
    )
    assert words.zh.startswith(
        "2026-04-09 当晚出现新证据：新的原因类别（当日查询尚无业务记录）；新增无记录查询 9 笔"
    )
    again = told("reopened", night="2026-04-09", news=["unexplained:+3"]).act
    assert again.en == "opened again by the night of 2026-04-09: 3 more look-ups without a record"
    assert told("reopened", text="A letter.").act.en == "opened again"


def test_taking_a_case_up_and_setting_its_clocks_are_two_things() -> None:
    assert told("status", **{"from": "new", "to": "in_review"}).act.en == "taken up for review"
    clocks = told("status", aware_at="2026-04-08T20:30:00+00:00", text="A call.")
    assert clocks.act.en == "the clocks run from 2026-04-09 04:30"
    assert clocks.note == "A call."
    assert (
        told("assigned", owner="wu.fan", due_on="2026-04-20").act.zh
        == "指派给 wu.fan，须于 2026-04-20 前决定"
    )


def test_who_has_agreed_as_the_second_person_is_named() -> None:
    assert told("second_approval", second_person="wu.fan").act.en == "second person agreed: wu.fan"
    assert told("second_approval").act.zh == "第二人同意"
    assert told("status", closing_as="confirmed_leak").act.zh == "提议结案：查实外泄"


def test_a_managers_answers_are_counted_where_they_came_on_a_sheet() -> None:
    answers = [{"answer": answer} for answer in ("not_confirmed", "confirmed", "not_confirmed")]
    entry = told("attested", attested_by="E2", text="1 confirmed, 2 not_confirmed", answers=answers)
    assert entry.act.en == "attested by E2: 1 confirmed, 2 not confirmed, 0 unknown"
    assert entry.note == ""
    assert told("attested", attested_by="E2", text="By telephone.").note == "By telephone."


def test_every_family_of_reasons_has_words_of_its_own() -> None:
    for family in (*FAMILIES, PATTERN, AUDIT):
        words = news_words([f"families:{family}"])
        assert family not in words.zh
        assert words.en != f"another kind of reason, {family}" or family == "consent"


def again(*, by: str = "tellerwatch", second: str | None = None) -> list[CaseEvent]:
    """A case that three nights saw, one of them told twice, that was closed, and is open again."""
    closing = {"disposition": "explained_business", "text": "A campaign.", "second_person": second}
    by_night = (
        {"night": "2026-04-09", "news": ["unexplained:+3"]} if by == "tellerwatch" else {"text": "New."}
    )
    return [
        CaseEvent(MOMENT, "tellerwatch", "opened", {"night": "2026-04-01"}),
        CaseEvent(MOMENT, "tellerwatch", "continued", {"night": "2026-04-02"}),
        CaseEvent(MOMENT, "tellerwatch", "continued", {"night": "2026-04-02"}),
        CaseEvent(datetime(2026, 4, 3, 17, 0, tzinfo=UTC), "chen.jing", "closed", closing),
        CaseEvent(MOMENT, "tellerwatch", "continued", {"night": "2026-04-07", "closed": True}),
        CaseEvent(MOMENT, by, "reopened", by_night),
    ]


def test_a_case_that_is_open_again_tells_how_it_was_closed() -> None:
    words = before_words(again(), ZoneInfo("Asia/Shanghai"))
    assert words is not None
    assert (
        words.en == 'seen on 3 earlier nights, closed as "explained by business" by chen.jing on 2026-04-04'
    )
    assert words.zh == "此前出现 3 晚，2026-04-04 由 chen.jing 以“已由业务解释”结案"
    two = before_words(again(second="wu.min"), ZoneInfo("Asia/Shanghai"))
    assert two is not None
    assert "by chen.jing with wu.min on" in two.en
    assert "chen.jing 会同 wu.min" in two.zh
    (newest, *_) = entries([("C-2026-0001", again())], ZoneInfo("Asia/Shanghai"))
    assert newest.act.en == (
        f"opened again by the night of 2026-04-09: 3 more look-ups without a record; {words.en}"
    )
    (by_hand, *_) = entries([("C-2026-0001", again(by="wu.min"))], ZoneInfo("Asia/Shanghai"))
    assert by_hand.act.zh == f"重新打开；{words.zh}"


def test_a_case_that_was_never_closed_or_is_closed_now_has_no_before() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    assert before_words(again()[:3], zone) is None
    assert before_words(again()[:5], zone) is None
    assert before_words([*again(), again()[3]], zone) is None
    assert before_words([CaseEvent(MOMENT, "a", "reopened", {})], zone) is None
