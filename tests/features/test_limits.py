"""Days that end just under a limit: one that the bank names, or one that a role's days pile up under."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import ibis
import pandas as pd

from pipeline.features.limits import days_at_limit

FIRST = date(2026, 1, 1)


def at_limit(
    days: Mapping[str, list[int]], limits: Mapping[str, int] | None = None, late: int = 0
) -> dict[str, list[int]]:
    """Return person → offsets of the days at the limit; `days` gives each person's look-ups day by day."""
    rows = [
        (
            "clerk",
            person,
            FIRST + timedelta(days=offset),
            (FIRST + timedelta(days=offset)).toordinal(),
            FIRST + timedelta(days=offset + (late if number == 0 else 0)),
        )
        for person, counts in days.items()
        for offset, count in enumerate(counts)
        for number in range(count)
    ]
    frame = pd.DataFrame(rows, columns=["role", "entity", "day", "day_number", "night"])
    schema = {"role": "string", "entity": "string", "day": "date", "day_number": "int64", "night": "date"}
    acts = ibis.memtable(frame, schema=ibis.schema(schema)).mutate(is_lookup=ibis.literal(True))
    found = ibis.duckdb.connect(threads=1).to_pyarrow(days_at_limit(acts, limits or {})).to_pylist()
    hits: dict[str, list[int]] = {person: [] for person in days}
    for row in found:
        assert row["night"] == row["day"]
        hits[row["person"]].append((row["day"] - FIRST).days)
    return {person: sorted(some) for person, some in hits.items()}


def test_a_named_limit_counts_the_days_just_under_it_and_no_others() -> None:
    hits = at_limit({"amy": [17, 18, 19, 20, 21]}, {"clerk": 20})
    assert hits == {"amy": [1, 2, 3]}


def test_a_limit_for_every_role_holds_where_none_is_named() -> None:
    assert at_limit({"amy": [20, 5]}, {"*": 20}) == {"amy": [0]}
    assert at_limit({"amy": [20, 5]}, {"*": 20, "clerk": 60}) == {"amy": []}


def test_a_limit_is_learned_where_several_peoples_days_pile_up_under_a_number() -> None:
    hugging = [29 + n % 2 for n in range(70)]
    working = [4 + n % 9 for n in range(70)]
    hits = at_limit({"a": hugging, "b": hugging, "c": hugging, "d": working})
    assert len(hits["a"]) >= 35
    assert min(hits["a"]) > 0, "what has not been seen before cannot be known"
    assert hits["d"] == []


def test_an_ordinary_spread_of_counts_is_no_limit() -> None:
    busy = [3, 9, 14, 8, 11, 6, 19, 10, 7, 12] * 7
    assert not any(at_limit(dict.fromkeys("abcde", busy)).values())


def test_one_persons_habit_is_no_limit() -> None:
    working = [4 + n % 9 for n in range(70)]
    hits = at_limit({"habit": [30] * 70, "b": working, "c": working, "d": working})
    assert not any(hits.values())


def test_what_came_late_counts_for_no_limit() -> None:
    assert at_limit({"amy": [21, 5]}, {"clerk": 20}, late=2) == {"amy": [0]}
