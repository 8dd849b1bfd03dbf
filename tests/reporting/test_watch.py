"""Who is rising under the line, and what is said to have risen."""

from __future__ import annotations

from pipeline.casebook.scores import ReasonRow, ScoreRow
from pipeline.reporting.cards import MOST_WATCHED, watched
from reports.document import WatchRow


def score(employee: str, nats: float, unexplained: int, *, alert: bool = False) -> ScoreRow:
    return ScoreRow(employee, nats, 0.01, 1, alert, unexplained)


def rows(
    now: list[ScoreRow],
    before: list[ScoreRow],
    reasons: dict[str, list[ReasonRow]] | None = None,
    in_case: set[str] | None = None,
) -> tuple[WatchRow, ...]:
    earlier = {row.employee_id: row for row in before}
    return watched(now, earlier, reasons or {}, in_case or set(), {}, calibrated=True)


def test_whoever_has_a_case_an_alert_a_low_score_or_nothing_new_is_not_watched() -> None:
    before = [score(name, 3.0, 4) for name in ("E1", "E2", "E3", "E4", "E5")]
    now = [
        score("E1", 9.0, 5),
        score("E2", 12.0, 9, alert=True),
        score("E3", 9.0, 9),
        score("E4", 1.9, 9),
        score("E5", 3.5, 4),
    ]
    assert [row.employee_id for row in rows(now, before, in_case={"E3"})] == ["E1"]
    assert rows(now, []) == ()
    many = [score(f"E{n}", 9.0, 5) for n in range(30)]
    assert len(rows(many, before)) == MOST_WATCHED


def test_what_has_risen_is_said_and_never_that_nothing_rose() -> None:
    before = [score("E1", 1.1, 0), score("E2", 1.1, 2), score("E3", 1.1, 2)]
    now = [score("E1", 2.3, 0), score("E2", 2.3, 3), score("E3", 2.3, 3), score("E4", 2.3, 1)]
    reason = ReasonRow("E3", 0, "volume", "volume", "Many.", "多。", 1.0)
    told = {row.employee_id: row.reason.en for row in rows(now, before, {"E3": [reason]})}
    assert told == {
        "E1": "The score rose from 1.1 to 2.3; no single reason stands out.",
        "E2": "Look-ups without a record rose from 2 to 3.",
        "E3": "Many.",
        "E4": "Look-ups without a record rose from 0 to 1.",
    }
