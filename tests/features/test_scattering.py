"""Far look-ups at many units against those at one or two, as known night by night."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import numpy as np
import pandas as pd

from pipeline.evidence.columns import PLACES
from pipeline.evidence.nights import FOREVER
from pipeline.evidence.states import _places
from pipeline.features.catalogue import FEATURE_OF, MEASURES
from pipeline.features.far_places import far_by_place
from pipeline.features.relative import relate
from pipeline.features.scattering import FAR_PLACES, scattered
from pipeline.features.windows import BANDS, NightFacts, _derive

MONDAY = date(2026, 3, 9)
NEVER = date.fromisoformat(FOREVER)
PEOPLE = 40


def placed(units: dict[str, str | None], near: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return look-up → place, for pairs of one look-up and one record of a unit."""
    return placed_from([(event, event in near, unit, MONDAY) for event, unit in units.items()])


def placed_from(rows: list[tuple[str, bool, str | None, date]]) -> dict[str, str]:
    """The same for rows of look-up, whether the record is near, its unit, and the night that knew of it."""
    pairs = ibis.memtable(
        pd.DataFrame(rows, columns=["event_id", "is_near_person", "unit", "from_night"]),
        schema=ibis.schema(
            {"event_id": "string", "is_near_person": "boolean", "unit": "string", "from_night": "date"}
        ),
    )
    found = ibis.duckdb.connect(threads=1).to_pyarrow(_places(pairs)).to_pylist()
    return {row["event_id"]: row["place"] for row in found}


def test_one_unit_has_one_place_and_many_units_have_many() -> None:
    one = placed({f"e{n}": "B17" for n in range(20)})
    assert len(set(one.values())) == 1
    many = placed({f"e{n}": f"B{n}" for n in range(60)})
    assert set(many.values()) == {str(place) for place in range(PLACES)}


def test_only_records_from_afar_have_a_place() -> None:
    assert set(placed({"near": "B1", "far": "B2"}, frozenset({"near"}))) == {"far"}


def test_a_record_that_comes_later_changes_no_place() -> None:
    for first, later in (("B1", "B2"), ("B2", "B1")):
        alone = placed_from([("e", False, first, MONDAY)])
        both = placed_from([("e", False, later, MONDAY + timedelta(days=3)), ("e", False, first, MONDAY)])
        assert alone == both


def test_a_far_look_up_counts_from_the_night_it_is_far_until_a_near_record_comes() -> None:
    first = ibis.memtable(
        pd.DataFrame({"event_id": ["e1", "e2"], "entity": ["amy", "amy"], "day": [MONDAY, MONDAY]}),
        schema=ibis.schema({"event_id": "string", "entity": "string", "day": "date"}),
    )
    later = MONDAY + timedelta(days=2)
    rows = [
        ("e1", "far", "3", MONDAY, NEVER),
        ("e2", "far", "3", MONDAY, later),
        ("e2", "", "3", later, NEVER),
    ]
    states = ibis.memtable(
        pd.DataFrame(rows, columns=["event_id", "weakness", "place", "from_night", "until_night"]),
        schema=ibis.schema(
            {"event_id": "string", "weakness": "string", "place": "string", "from_night": "date"}
            | {"until_night": "date"}
        ),
    )
    found = ibis.duckdb.connect(threads=1).to_pyarrow(far_by_place(first, states)).to_pylist()
    counted = {row["night"]: row["far_place_3"] for row in found}
    assert counted == {MONDAY: 2, later: -1}
    assert all(row["far_place_0"] == 0 for row in found)


def test_two_units_are_a_portfolio_and_more_are_not() -> None:
    by_place = np.zeros((3, PLACES))
    by_place[0, [2, 5]] = 40, 30
    by_place[1] = 10
    by_place[2, [1, 4, 6]] = 20, 3, 2
    assert scattered(by_place).tolist() == [0, 10 * (PLACES - 2), 2]


def _night(far: dict[int, int]) -> NightFacts:
    """Forty people with sixty explained look-ups each; the last one's far ones are given by place."""
    bands = {name: np.zeros((PEOPLE, BANDS)) for name in MEASURES}
    bands["supported_application"][:, 2], bands["supported_application"][:, -1] = 60, 500
    for number in range(PEOPLE - 1):  # a stray customer of another branch now and then
        bands[FAR_PLACES[number % PLACES]][number, 2] = 1 + number % 2
    for place, count in far.items():
        bands[FAR_PLACES[place]][-1, 2] = count
    bands["far_application"] = np.sum([bands[name] for name in FAR_PLACES], axis=0)
    bands["far"] = bands["far_application"]
    _derive(bands)
    names = np.array([f"E{number:02d}" for number in range(PEOPLE)], dtype=object)
    branches = np.array([f"B{number % 5}" for number in range(PEOPLE)], dtype=object)
    roles = np.full(PEOPLE, "counter", dtype=object)
    return NightFacts(MONDAY, names, roles, branches, bands)


def _nats(night: NightFacts) -> float:
    """Return what the last person's far look-ups are worth over twenty working days."""
    found = relate(night, (FEATURE_OF["scattered_records"],))
    (over_20,) = [one for one in found if one.days == 20]
    return float(over_20.nats[-1])


def test_a_raid_over_all_branches_shows_and_a_portfolio_that_was_taken_over_does_not() -> None:
    assert _nats(_night(dict.fromkeys(range(PLACES), 4))) > 10
    assert _nats(_night({3: 32})) < 1
    assert _nats(_night({3: 20, 6: 12})) < 1
