"""Typed business numbers that are in no record: counted once the look-up is judged, until a record of that number comes."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pandas as pd
import pytest

from pipeline.evidence.nights import FOREVER
from pipeline.evidence.states import IN_NO_RECORD, NAMES_OTHERS
from pipeline.features.daily import _unknown_numbers

MONDAY = date(2026, 3, 9)
NEVER = date.fromisoformat(FOREVER)
Step = tuple[str, date, date]


def day(plus: int) -> date:
    return MONDAY + timedelta(days=plus)


def spans(steps: list[Step], until: date = NEVER, kind: str = IN_NO_RECORD) -> list[tuple[date, date]]:
    """Return when one look-up of Monday counts, whose number is wrong until `until`."""
    dates = {"from_night": "date", "until_night": "date"}
    states = ibis.memtable(
        pd.DataFrame([("e", *step) for step in steps], columns=["event_id", "state", *dates]),
        schema=ibis.schema({"event_id": "string", "state": "string"} | dates),
    )
    wrong = ibis.memtable(
        pd.DataFrame([("e", kind, MONDAY, until)], columns=["event_id", "kind", *dates]),
        schema=ibis.schema({"event_id": "string", "kind": "string"} | dates),
    )
    found = ibis.duckdb.connect(threads=1).to_pyarrow(_unknown_numbers(states, wrong)).to_pylist()
    return sorted((row["from_night"], row["until_night"]) for row in found)


def test_a_look_up_that_may_still_be_explained_does_not_count() -> None:
    assert spans([("pending", MONDAY, day(7)), ("unlinked", day(7), NEVER)]) == [(day(7), NEVER)]
    assert spans([("not_assessable", MONDAY, NEVER)]) == []


@pytest.mark.parametrize("state", ["linked", "thin", "unlinked"])
def test_whatever_explains_the_look_up_a_number_that_nobody_knows_counts(state: str) -> None:
    # Where all numbers are of another system, explained look-ups have them too: then nobody stands out.
    assert spans([(state, MONDAY, NEVER)]) == [(MONDAY, NEVER)]


def test_it_ends_on_the_night_that_knows_the_record() -> None:
    assert spans([("unlinked", MONDAY, day(3)), ("linked", day(3), NEVER)], until=day(3)) == [
        (MONDAY, day(3))
    ]
    assert spans([("pending", MONDAY, day(7)), ("unlinked", day(7), NEVER)], until=day(5)) == []


def test_a_number_that_names_somebody_else_is_not_unknown() -> None:
    assert spans([("unlinked", MONDAY, NEVER)], kind=NAMES_OTHERS) == []
