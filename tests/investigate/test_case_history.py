"""A case's history in words: newest first, whatever the clock's grain."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from pipeline.casebook.case_file import CaseEvent
from pipeline.investigation.case_history import entries
from pipeline.investigation.case_life import CaseThen

MOMENT = datetime(2026, 4, 10, 2, 31, tzinfo=UTC)


def test_nights_that_were_caught_up_within_one_moment_stand_newest_first() -> None:
    nights = ["2026-03-23", "2026-03-24", "2026-03-25"]
    events = tuple(CaseEvent(MOMENT, "", "new_evidence", {"night": night}) for night in nights)
    case = CaseThen("C-2026-0001", "E001", date(2026, 3, 20), events=events)
    told = [entry.act.en for entry in entries([case], ZoneInfo("Europe/Berlin"))]
    assert [next(night for night in nights if night in words) for words in told] == nights[::-1]
