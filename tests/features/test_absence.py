"""An account that was used in its owner's absence: whose trace that is."""

from __future__ import annotations

from datetime import date

import ibis
import pandas as pd

from pipeline.evidence.nights import FOREVER
from pipeline.features.daily import _evidence, _first_of_day

MONDAY, NEVER = date(2026, 3, 9), date.fromisoformat(FOREVER)


def test_what_an_absent_clerk_typed_for_others_counts_for_the_clerks_account() -> None:
    looks = [("1", "boss", "clerk", MONDAY), ("2", "clerk", "clerk", MONDAY), ("3", "boss", "boss", None)]
    table = pd.DataFrame(looks, columns=["event_id", "entity", "employee_id", "absent_from"])
    table["subject_token"] = table["event_id"]
    acts = ibis.memtable(
        table.assign(
            day=MONDAY, night=MONDAY, superseded=NEVER, occurred_at=pd.Timestamp("2026-03-09 10:00"), is_lookup=True,
            rule="loan_approval", operation="query", own_branch="B1", in_family=False, follows=False, business_ref=None, segment=None,
        ),
        schema=ibis.schema(
            dict.fromkeys(("event_id", "entity", "employee_id", "subject_token", "rule", "operation", "own_branch"), "string")
            | dict.fromkeys(("business_ref", "segment"), "string")
            | dict.fromkeys(("absent_from", "day", "night", "superseded"), "date")
            | {"occurred_at": "timestamp", "is_lookup": "bool", "in_family": "bool", "follows": "bool"}
        ),
    )  # fmt: skip
    states = acts.select("event_id", from_night="day", until_night="superseded").mutate(
        state=ibis.literal("pending"), weakness=ibis.literal("")
    )
    nothing = states.filter(states.state == "linked").mutate(
        kind=ibis.literal("none"), held_from=states.from_night
    )
    *_, away = _evidence(_first_of_day(acts), states, nothing)
    rows = ibis.duckdb.connect(threads=1).to_pyarrow(away).to_pylist()
    assert [(row["person"], row["absent_judged"], row["absent_untraced"]) for row in rows] == [
        ("clerk", 2, 2)
    ]
