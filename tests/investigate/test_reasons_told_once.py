"""The sentences on a card: each figure once, and the step that fits the first of them."""

from __future__ import annotations

from pipeline.casebook.scores import ReasonRow
from pipeline.investigation.reasons import distinct
from pipeline.investigation.steps import next_step
from reports.document import Step
from reports.words import say


def row(code: str, value: float, family: str = "linkage") -> ReasonRow:
    return ReasonRow("E1", 0, code, family, "", "", 1.0, value=value, window_days=20)


def steps(*codes: str) -> list[Step]:
    return [Step(code=code, text=say("facts.step.hear")) for code in codes]


def test_no_record_and_no_record_so_far_are_told_once_where_they_count_the_same_look_ups() -> None:
    volume = row("volume", 622)
    once = distinct([row("unlinked", 622), row("untraced", 622), volume])
    assert [one.code for one in once] == ["unlinked", "volume"]
    # Both weigh in the score, so what is told once carries the points of both.
    assert [one.points for one in once] == [2.0, 1.0]
    assert len(distinct([row("untraced", 46), row("unlinked", 35)])) == 2


def test_a_case_of_hollow_records_asks_about_the_records_and_not_for_missing_ones() -> None:
    known = steps("keep", "ask", "thin", "hear")
    assert next_step(known, [row("hollow", 58, "hollow")]).code == "thin"
    assert next_step(known, [row("unlinked", 35)]).code == "ask"
    assert next_step(steps("keep", "hear"), []).code == "hear"
