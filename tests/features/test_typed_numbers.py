"""Typed business numbers that are in no record: counted once the look-up is judged, until a record of that number comes."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd
import pytest

from pipeline.evidence.nights import FOREVER
from pipeline.evidence.states import IN_NO_RECORD, NAMES_OTHERS
from pipeline.features.catalogue import FEATURE_OF
from pipeline.features.relative import relate
from pipeline.features.typed_numbers import fresh_numbers, unknown_numbers
from tests.scoring.made_nights import NIGHT, PEOPLE, Change, ordinary

MONDAY = date(2026, 3, 9)
NEVER = date.fromisoformat(FOREVER)
Step = tuple[str, date, date]


def day(plus: int) -> date:
    return MONDAY + timedelta(days=plus)


def spans(
    steps: list[Step],
    until: date = NEVER,
    kind: str = IN_NO_RECORD,
    explained: bool = False,
    held_from: date = MONDAY,
) -> list[tuple[date, date]]:
    """Return when one look-up of Monday counts, whose number is wrong until `until`, and held against it from `held_from`."""
    dates = {"from_night": "date", "until_night": "date"}
    held = {"held_from": "date"}
    states = ibis.memtable(
        pd.DataFrame([("e", *step) for step in steps], columns=["event_id", "state", *dates]),
        schema=ibis.schema({"event_id": "string", "state": "string"} | dates),
    )
    wrong = ibis.memtable(
        pd.DataFrame([("e", kind, MONDAY, until, held_from)], columns=["event_id", "kind", *dates, *held]),
        schema=ibis.schema({"event_id": "string", "kind": "string"} | dates | held),
    )
    found = ibis.duckdb.connect(threads=1).to_pyarrow(unknown_numbers(states, wrong)).to_pylist()
    return sorted((row["from_night"], row["until_night"]) for row in found if row["explained"] == explained)


def test_a_look_up_that_may_still_be_explained_does_not_count() -> None:
    assert spans([("pending", MONDAY, day(7)), ("unlinked", day(7), NEVER)]) == [(day(7), NEVER)]
    assert spans([("not_assessable", MONDAY, NEVER)]) == []


@pytest.mark.parametrize("state", ["linked", "thin"])
def test_a_number_keyed_wrongly_is_held_against_nobody_whose_look_up_is_explained(state: str) -> None:
    assert spans([(state, MONDAY, NEVER)]) == []
    assert spans([(state, MONDAY, NEVER)], explained=True) == [(MONDAY, NEVER)]


def test_it_ends_on_the_night_that_knows_the_record() -> None:
    assert spans([("unlinked", MONDAY, day(3)), ("linked", day(3), NEVER)], until=day(3)) == [
        (MONDAY, day(3))
    ]
    assert spans([("pending", MONDAY, day(7)), ("unlinked", day(7), NEVER)], until=day(5)) == []


def test_a_number_whose_record_may_be_among_the_last_to_come_does_not_count_yet() -> None:
    assert spans([("unlinked", MONDAY, NEVER)], held_from=day(4)) == [(day(4), NEVER)]
    assert spans([("unlinked", MONDAY, day(3)), ("linked", day(3), NEVER)], day(3), held_from=day(4)) == []


def test_a_number_that_names_somebody_else_is_not_unknown() -> None:
    assert spans([("unlinked", MONDAY, NEVER)], kind=NAMES_OTHERS) == []


INVENTOR = 7


def nats_of(change: Change) -> np.ndarray:
    """Return what is said of everybody over twenty working days: of one person eight numbers are in no record."""

    def typed(bands: dict[str, np.ndarray]) -> None:
        bands["with_reference"] = np.floor(bands["lookups"] / 3)
        bands["unknown_number"][INVENTOR, 2] = 8.0
        change(bands)

    facts = ordinary(NIGHT, typed)
    return next(one for one in relate(facts, (FEATURE_OF["unknown_number"],)) if one.days == 20).nats


def test_a_handful_of_made_up_numbers_is_much_where_numbers_are_known() -> None:
    nats = nats_of(lambda bands: None)
    assert nats[INVENTOR] > 9
    assert np.delete(nats, INVENTOR).max() < 3


def test_three_made_up_numbers_of_one_day_tell_the_same_night_where_numbers_are_known_by_evening() -> None:
    def today(bands: dict[str, np.ndarray]) -> None:
        bands["fresh_reference"] = np.floor(bands["lookups"] / 3)
        bands["fresh_reference"][INVENTOR, 0] = 3.0
        bands["fresh_unknown"][INVENTOR, 0] = 3.0

    facts = ordinary(NIGHT, today)
    (relative,) = relate(facts, (FEATURE_OF["unknown_today"],))
    assert relative.nats[INVENTOR] > 9
    assert np.nanmax(np.delete(relative.nats, INVENTOR)) < 3


def test_where_all_numbers_of_a_role_are_of_another_system_it_says_nothing_of_that_role() -> None:
    others = np.arange(PEOPLE) % 2 == INVENTOR % 2

    def elsewhere(bands: dict[str, np.ndarray]) -> None:
        bands["unknown_explained"][others] = 0.9 * bands["with_reference"][others]

    nats = nats_of(elsewhere)
    assert np.isnan(nats[others]).all()
    assert np.isfinite(nats[~others]).all()


def test_numbers_keyed_wrongly_by_one_person_silence_nobody() -> None:
    def careless(bands: dict[str, np.ndarray]) -> None:
        bands["unknown_explained"][INVENTOR + 2] = bands["with_reference"][INVENTOR + 2]

    assert nats_of(careless)[INVENTOR] > 9


def fresh(*looks: tuple[str, date, str, date | None]) -> tuple[int, int]:
    """Return numbers typed and unknown as their own night saw them; looks are (event, night, state, unknown until)."""
    table = pd.DataFrame(looks, columns=["event_id", "night", "state", "until_night"])
    dates = dict.fromkeys(("day", "night", "superseded", "from_night", "until_night"), "date")
    texts = dict.fromkeys(("event_id", "state", "kind", "entity"), "string")
    rows = ibis.memtable(
        table.assign(
            day=MONDAY, superseded=NEVER, from_night=table["night"], kind=IN_NO_RECORD, entity="amy"
        ),
        schema=ibis.schema(
            {
                name: (dates | texts)[name]
                for name in (*table.columns, "day", "superseded", "from_night", "kind", "entity")
            }
        ),
    )
    backend = ibis.duckdb.connect(threads=1)
    typed, unknown = (
        backend.to_pyarrow(part).to_pylist()
        for part in fresh_numbers(rows, rows, rows.filter(rows.until_night.notnull()))
    )
    assert all(row["night"] == row["day"] == MONDAY for row in (*typed, *unknown))
    return sum(row["fresh_reference"] for row in typed), sum(row["fresh_unknown"] for row in unknown)


def test_the_own_night_counts_numbers_that_it_does_not_know_and_that_nothing_explains() -> None:
    assert fresh(
        ("1", MONDAY, "pending", NEVER), ("2", MONDAY, "unlinked", day(1)), ("3", MONDAY, "pending", None)
    ) == (3, 2)
    assert fresh(("1", MONDAY, "linked", NEVER), ("2", MONDAY, "not_assessable", NEVER)) == (2, 0)


def test_a_row_that_comes_late_is_not_of_its_own_night() -> None:
    assert fresh(("1", day(1), "unlinked", NEVER)) == (0, 0)
