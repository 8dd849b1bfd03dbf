"""A view of what a colleague of the branch had queried: its business is asked of the query, and of nobody twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import ibis
import pandas as pd

from pipeline.evidence.nights import FOREVER
from pipeline.features.daily import _evidence, _first_of_day
from pipeline.features.histories import _follows
from pipeline.groundwork import lay
from pipeline.lake.engine import connect
from pipeline.lake.store import Lake
from tests.features.staged_bank import DAYS, SETTINGS, START, fresh_bank, tables

MONDAY = date(2026, 3, 9)
NEVER = date.fromisoformat(FOREVER)


class Act(NamedTuple):
    event_id: str
    entity: str
    operation: str
    day: date = MONDAY
    own_branch: str = "B1"
    data_category: str | None = None
    late: bool = False


QUERY = Act("query", "clerk", "query")
VIEW = Act("view", "boss", "view")


def followers(*acts: Act) -> list[str]:
    """Return the events that follow; all are of one customer."""
    frame = pd.DataFrame(acts, columns=list(Act._fields))
    frame["is_timely"] = ~frame.pop("late").astype(bool)
    frame["day_number"] = [day.toordinal() for day in frame.pop("day")]
    text = ("event_id", "entity", "operation", "own_branch", "data_category", "subject_token")
    table = ibis.memtable(
        frame.assign(is_lookup=frame["operation"].isin(["query", "view"]), subject_token="s"),
        schema=ibis.schema(
            {
                name: "string" if name in text else "int64" if name == "day_number" else "bool"
                for name in [*frame.columns, "is_lookup", "subject_token"]
            }
        ),
    )
    found = ibis.duckdb.connect(threads=1).to_pyarrow(_follows(table))
    return sorted(found["event_id"].to_pylist())


def test_a_view_on_the_day_of_a_colleagues_query_or_the_day_after_follows_it() -> None:
    assert followers(QUERY, VIEW) == ["view"]
    assert followers(QUERY, VIEW._replace(day=MONDAY + timedelta(days=1))) == ["view"]
    assert followers(QUERY, VIEW._replace(day=MONDAY + timedelta(days=2))) == []
    assert followers(QUERY, VIEW._replace(day=MONDAY - timedelta(days=1))) == []


def test_nobody_follows_themself_another_branch_or_a_query_of_other_data() -> None:
    assert followers(QUERY, VIEW._replace(entity="clerk")) == []
    assert followers(QUERY, VIEW._replace(own_branch="B2")) == []
    assert followers(QUERY._replace(data_category="card"), VIEW) == []
    assert followers(QUERY, VIEW, Act("own", "boss", "query")) == []


def test_a_query_a_print_and_a_view_of_a_view_follow_nothing() -> None:
    assert followers(QUERY, Act("again", "boss", "query"), Act("print", "amy", "print")) == []
    assert followers(Act("first", "clerk", "view"), VIEW) == []


def test_a_query_that_came_late_excuses_nobody() -> None:
    assert followers(QUERY._replace(late=True), VIEW) == []
    assert followers(QUERY, VIEW._replace(late=True)) == ["view"]


def test_of_views_that_follow_only_what_a_record_explains_is_counted() -> None:
    looks = [
        ("1", "clerk", "x", False, "unlinked"),
        ("2", "boss", "x", True, "unlinked"),
        ("3", "boss", "y", False, "unlinked"),
        ("4", "boss", "z", True, "linked"),
        ("5", "boss", "w", True, "pending"),
        ("6", "boss", "v", True, "thin"),
    ]
    table = pd.DataFrame(looks, columns=["event_id", "entity", "subject_token", "follows", "state"])
    table["employee_id"] = table["entity"]
    text = (
        "event_id",
        "entity",
        "employee_id",
        "subject_token",
        "rule",
        "operation",
        "own_branch",
        "business_ref",
        "segment",
        "state",
    )
    acts = ibis.memtable(
        table.assign(
            day=MONDAY, night=MONDAY, superseded=NEVER, absent_from=None, occurred_at=pd.Timestamp("2026-03-09 10:00"),
            is_lookup=True, rule="loan_approval", operation="view", own_branch="B1", in_family=False, business_ref=None,
            segment=None,
        ),
        schema=ibis.schema(
            dict.fromkeys(text, "string")
            | dict.fromkeys(("absent_from", "day", "night", "superseded"), "date")
            | {"occurred_at": "timestamp", "is_lookup": "bool", "in_family": "bool", "follows": "bool"}
        ),
    )  # fmt: skip
    weakness = (acts.state == "thin").ifelse("hollow", "")
    states = acts.select("event_id", "state", from_night="day", until_night="superseded", weakness=weakness)
    none = states.filter(states.state == "nothing").mutate(
        kind=ibis.literal("none"), held_from=states.from_night
    )
    counted, *_ = _evidence(_first_of_day(acts), states, none)
    rows = ibis.duckdb.connect(threads=1).to_pyarrow(counted).to_pylist()
    seen = {
        row["person"]: [row[name] for name in ("linked", "hollow", "pending", "unlinked")] for row in rows
    }
    assert seen == {"clerk": [0, 0, 0, 1], "boss": [1, 1, 0, 1]}


def test_who_looks_at_somebody_well_known_after_a_colleague_is_asked_like_anybody() -> None:
    bank = fresh_bank()
    everybody = tables()["customers"].assign(segment="vip", recorded_at=None)
    bank.take(tables() | {"customers": everybody})
    night = START + timedelta(days=DAYS - 1)
    backend = connect(bank.home, SETTINGS)
    acts = lay(backend, Lake(bank.home, bank.engine), SETTINGS, night, night).acts
    following = acts.filter(acts.follows).to_pandas()
    assert len(following)  # of people who are no customers
    assert following["segment"].isna().all()
