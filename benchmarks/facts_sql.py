"""The same facts and windows by hand: one statement of DuckDB's own SQL, and plain pandas."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

LOOK = "is_lookup"
ENTITY: dict[str, str] = {
    "lookups": LOOK,
    "fast": f"{LOOK} AND gap_seconds < 15",
    "home_known": f"{LOOK} AND home_branch IS NOT NULL",
    "other_home": f"{LOOK} AND home_branch <> own_branch",
    "region_known": f"{LOOK} AND subject_city IS NOT NULL",
    "far_region": f"{LOOK} AND far_region",
    "customer_feed": f"{LOOK} AND has_customers",
    "no_customer": f"{LOOK} AND has_customers AND NOT is_customer",
    "wealth_known": f"{LOOK} AND asset_band IS NOT NULL",
    "wealthy": f"{LOOK} AND asset_band IN ('100k_500k', '500k_plus')",
    "watched": f"{LOOK} AND segment IN ('vip', 'public_figure', 'pep', 'media', 'staff')",
    "age_known": f"{LOOK} AND subject_age_band IS NOT NULL",
    "age_unusual": f"{LOOK} AND subject_age_band IN ('under_18', '75_plus')",
    "copies": "operation IN ('print', 'export') AND outcome = 'ok'",
    "copies_or_lookups": "(operation IN ('print', 'export') OR is_lookup) AND outcome = 'ok'",
    "exports": "operation = 'export' AND outcome = 'ok'",
    "not_found": "outcome = 'not_found'",
    "denied": "outcome = 'denied'",
    "attempts": "operation IN ('query', 'view')",
    "others_fresh": "others_fresh",
    "repeats": f"{LOOK} AND repeated",
    "consent_needed": f"{LOOK} AND consent_needed",
    "consent_missing": f"{LOOK} AND consent_needed AND authorization_id IS NULL",
    "consent_bad": f"{LOOK} AND consent_needed AND consent_bad",
    "consent_reused": f"{LOOK} AND consent_reused",
    "by_others": f"{LOOK} AND entity <> employee_id",
    "foreign_reason": f"{LOOK} AND foreign_reason",
    "co_queried": f"{LOOK} AND co_queried",
}
TYPIST: dict[str, str] = {
    "off_hours": f"{LOOK} AND off_hours",
    "clocked": f"{LOOK} AND has_clock",
    "typed": LOOK,
    "day_off": f"{LOOK} AND NOT is_workday",
    "absent": f"{LOOK} AND typist_absent",
    "after_left": f"{LOOK} AND typist_left",
    "for_others": f"{LOOK} AND entity <> employee_id",
    "terminal_known": f"{LOOK} AND terminal_id IS NOT NULL",
    "new_terminal": f"{LOOK} AND new_terminal",
    "others_terminal": f"{LOOK} AND others_terminal",
    "clashes": f"{LOOK} AND clashes",
    "crowded_terminal": f"{LOOK} AND crowded_terminal",
    "woken": f"{LOOK} AND woken",
    "alone": f"{LOOK} AND is_alone",
    "steady": f"{LOOK} AND is_steady",
}
PEAKS = {
    "peak_10min": ("entity", "in_10min"),
    "peak_60min": ("entity", "in_60min"),
    "peak_run": ("employee_id", "run_length"),
}
CLASSES = {
    "application": ("loan_approval", "card_approval", "guarantee", "legal_representative", "merchant"),
    "standing": ("post_loan", "collection"),
    "service": ("counter_service", "self_request", "objection", "judicial"),
    "unstated": ("other", "unstated"),
}


def _states() -> dict[str, str]:
    found = {
        name: f"state = '{name}'" for name in ("linked", "thin", "pending", "unlinked", "not_assessable")
    }
    for kind, rules in CLASSES.items():
        of = f"rule IN {rules}"
        found |= {
            f"closed_{kind}": f"{of} AND state IN ('linked', 'thin', 'unlinked')",
            f"unlinked_{kind}": f"{of} AND state = 'unlinked'",
            f"supported_{kind}": f"{of} AND state IN ('linked', 'thin')",
            f"hollow_{kind}": f"{of} AND thinness = 'hollow'",
            f"far_{kind}": f"{of} AND thinness = 'far'",
        }
    return found | {"hollow": "thinness = 'hollow'", "far": "thinness = 'far'"}


STATES = _states()
SPREAD = ("unlinked_days", "unlinked_squares", "explained_days", "explained_squares")
MEASURES = (*ENTITY, *TYPIST, *PEAKS, *STATES, "with_reference", "active", *SPREAD)
"""What is computed in all three ways."""


def facts_sql(acts: str, states: str) -> str:
    """Return a statement that makes the table `facts`."""

    def summed(what: dict[str, str], peaks: str) -> str:
        parts = [f"count(*) FILTER ({condition}) AS {name}" for name, condition in what.items()]
        return ", ".join(
            parts + [f"max({column}) AS {name}" for name, (whose, column) in PEAKS.items() if whose == peaks]
        )

    signed = ", ".join(
        f"sum(CASE WHEN {condition} THEN sign ELSE 0 END)::BIGINT AS {name}"
        for name, condition in STATES.items()
    )
    total = ", ".join(
        f"max({name}) AS {name}" if name in PEAKS else f"sum({name})::BIGINT AS {name}" for name in MEASURES
    )
    return f"""CREATE OR REPLACE TABLE facts AS
    WITH of_entity AS (SELECT entity AS person, day, night, {summed(ENTITY, "entity")} FROM {acts} GROUP BY ALL),
    of_typist AS (SELECT employee_id AS person, day, night, {summed(TYPIST, "employee_id")} FROM {acts} GROUP BY ALL),
    of_days AS (SELECT entity AS person, day, min(night) AS night, 1 AS active FROM {acts} WHERE is_lookup GROUP BY ALL),
    first AS (
        SELECT entity AS person, day, night, min_by({{'event': event_id, 'rule': rule, 'ref': business_ref}}, (occurred_at, event_id)) AS one
        FROM {acts} WHERE is_lookup GROUP BY entity, subject_token, day, night),
    known AS (SELECT person, day, night, one.event AS event_id, one.rule AS rule, one.ref AS ref FROM first),
    steps AS (
        SELECT k.person, k.day, k.rule, s.state, s.thinness, s.from_night, s.until_night FROM known k JOIN {states} s USING (event_id)),
    stepped AS (
        SELECT person, day, from_night AS night, rule, state, thinness, count(*) AS sign FROM steps GROUP BY ALL
        UNION ALL
        SELECT person, day, until_night, rule, state, thinness, -count(*) FROM steps
        WHERE until_night < DATE '9999-12-31' GROUP BY ALL),
    evidence AS (SELECT person, day, night, {signed} FROM stepped GROUP BY ALL),
    so_far AS (
        SELECT *, sum(unlinked) OVER w AS u, sum(linked + thin) OVER w AS e FROM evidence
        WINDOW w AS (PARTITION BY person, day ORDER BY night)),
    spread AS (
        SELECT * EXCLUDE (u, e), (u > 0)::BIGINT - (u - unlinked > 0)::BIGINT AS unlinked_days,
        u * u - (u - unlinked) * (u - unlinked) AS unlinked_squares,
        (e > 0)::BIGINT - (e - linked - thin > 0)::BIGINT AS explained_days,
        e * e - (e - linked - thin) * (e - linked - thin) AS explained_squares FROM so_far),
    typed AS (SELECT person, day, night, count(*) AS with_reference FROM known WHERE ref <> '' GROUP BY ALL),
    together AS (
        SELECT * FROM of_entity UNION ALL BY NAME SELECT * FROM of_typist UNION ALL BY NAME SELECT * FROM of_days
        UNION ALL BY NAME SELECT * FROM spread UNION ALL BY NAME SELECT * FROM typed)
    SELECT person, day, night, {total} FROM together GROUP BY ALL"""


def windows_sql(night: date, starts: list[date]) -> str:
    """Return a statement that sums the table `facts` over a night's bands, into `windows`."""
    cases = " ".join(f"WHEN day >= DATE '{start}' THEN {band}" for band, start in enumerate(starts))
    total = ", ".join(
        f"max({name}) AS {name}" if name in PEAKS else f"sum({name}) AS {name}" for name in MEASURES
    )
    return f"""CREATE OR REPLACE TABLE windows AS SELECT person, CASE {cases} END AS band, {total} FROM facts
    WHERE night <= DATE '{night}' AND day <= DATE '{night}' AND day >= DATE '{starts[-1]}' GROUP BY ALL"""


def pandas_facts(acts: Any, states: Any, night: date, starts: list[date]) -> Any:
    """Do the same in plain pandas; return the windows."""
    import numpy as np
    import pandas as pd

    keys = ["person", "day", "night"]
    look = acts["is_lookup"]
    ok = acts["outcome"] == "ok"
    copy = acts["operation"].isin(["print", "export"])
    foreign = acts["entity"] != acts["employee_id"]
    flags: dict[str, Callable[[], Any]] = {
        "lookups": lambda: look, "fast": lambda: look & (acts["gap_seconds"] < 15),
        "home_known": lambda: look & acts["home_branch"].notna(),
        "other_home": lambda: look & (acts["home_branch"] != acts["own_branch"]) & acts["home_branch"].notna(),
        "region_known": lambda: look & acts["subject_city"].notna(), "far_region": lambda: look & acts["far_region"],
        "customer_feed": lambda: look & acts["has_customers"],
        "no_customer": lambda: look & acts["has_customers"] & ~acts["is_customer"],
        "wealth_known": lambda: look & acts["asset_band"].notna(),
        "wealthy": lambda: look & acts["asset_band"].isin(["100k_500k", "500k_plus"]),
        "watched": lambda: look & acts["segment"].isin(["vip", "public_figure", "pep", "media", "staff"]),
        "age_known": lambda: look & acts["subject_age_band"].notna(),
        "age_unusual": lambda: look & acts["subject_age_band"].isin(["under_18", "75_plus"]),
        "copies": lambda: copy & ok, "copies_or_lookups": lambda: (copy | look) & ok,
        "exports": lambda: (acts["operation"] == "export") & ok,
        "not_found": lambda: acts["outcome"] == "not_found", "denied": lambda: acts["outcome"] == "denied",
        "attempts": lambda: acts["operation"].isin(["query", "view"]), "others_fresh": lambda: acts["others_fresh"],
        "repeats": lambda: look & acts["repeated"], "consent_needed": lambda: look & acts["consent_needed"],
        "consent_missing": lambda: look & acts["consent_needed"] & acts["authorization_id"].isna(),
        "consent_bad": lambda: look & acts["consent_needed"] & acts["consent_bad"],
        "consent_reused": lambda: look & acts["consent_reused"], "by_others": lambda: look & foreign,
        "foreign_reason": lambda: look & acts["foreign_reason"], "co_queried": lambda: look & acts["co_queried"],
        "off_hours": lambda: look & acts["off_hours"], "clocked": lambda: look & acts["has_clock"], "typed": lambda: look,
        "day_off": lambda: look & ~acts["is_workday"], "absent": lambda: look & acts["typist_absent"],
        "after_left": lambda: look & acts["typist_left"], "for_others": lambda: look & foreign,
        "terminal_known": lambda: look & acts["terminal_id"].notna(), "new_terminal": lambda: look & acts["new_terminal"],
        "others_terminal": lambda: look & acts["others_terminal"], "clashes": lambda: look & acts["clashes"],
        "crowded_terminal": lambda: look & acts["crowded_terminal"], "woken": lambda: look & acts["woken"],
        "alone": lambda: look & acts["is_alone"], "steady": lambda: look & acts["is_steady"],
    }  # fmt: skip
    parts = []
    for whose, names in (("entity", list(ENTITY)), ("employee_id", list(TYPIST))):
        marks = pd.DataFrame({name: flags[name]().astype("int64") for name in names})
        peaks = [name for name, (of, _) in PEAKS.items() if of == whose]
        for name in peaks:
            marks[name] = acts[PEAKS[name][1]]
        marks[keys] = acts[[whose, "day", "night"]].to_numpy()
        parts.append(
            marks.groupby(keys).agg({name: "max" if name in peaks else "sum" for name in [*names, *peaks]})
        )
    looked = acts[look]
    days = looked.groupby(["entity", "day"])["night"].min().reset_index().rename(columns={"entity": "person"})
    parts.append(days.assign(active=1).set_index(keys))
    first = looked.sort_values(["occurred_at", "event_id"]).drop_duplicates(
        ["entity", "subject_token", "day", "night"]
    )
    first = first.rename(columns={"entity": "person"})
    typed = first[first["business_ref"].notna()]
    parts.append(typed.groupby(keys).size().to_frame("with_reference"))
    steps = states.merge(first[["event_id", "person", "day", "rule"]], on="event_id")
    begin = steps.assign(night=steps["from_night"], sign=1)
    end = steps[steps["until_night"] < date(9999, 12, 31)]
    stepped = pd.concat([begin, end.assign(night=end["until_night"], sign=-1)])
    conditions = {
        name: stepped["state"] == name for name in ("linked", "thin", "pending", "unlinked", "not_assessable")
    }
    for kind, rules in CLASSES.items():
        of = stepped["rule"].isin(rules)
        conditions |= {
            f"closed_{kind}": of & stepped["state"].isin(["linked", "thin", "unlinked"]),
            f"unlinked_{kind}": of & (stepped["state"] == "unlinked"),
            f"supported_{kind}": of & stepped["state"].isin(["linked", "thin"]),
            f"hollow_{kind}": of & (stepped["thinness"] == "hollow"),
            f"far_{kind}": of & (stepped["thinness"] == "far"),
        }
    conditions |= {"hollow": stepped["thinness"] == "hollow", "far": stepped["thinness"] == "far"}
    counts = pd.DataFrame({name: np.where(which, stepped["sign"], 0) for name, which in conditions.items()})
    counts[keys] = stepped[keys].to_numpy()
    evidence = counts.groupby(keys).sum().sort_index()
    for kind, change in (
        ("unlinked", evidence["unlinked"]),
        ("explained", evidence["linked"] + evidence["thin"]),
    ):
        now = change.groupby(level=["person", "day"]).cumsum()
        before = now - change
        evidence[f"{kind}_days"] = (now > 0).astype("int64") - (before > 0).astype("int64")
        evidence[f"{kind}_squares"] = now * now - before * before
    parts.append(evidence)
    folds = {name: "max" if name in PEAKS else "sum" for name in MEASURES}
    stacked = pd.concat([part.reset_index() for part in parts]).fillna(dict.fromkeys(MEASURES, 0))
    facts = stacked.groupby(keys).agg(folds).reset_index()
    held = facts[(facts["night"] <= night) & (facts["day"] <= night) & (facts["day"] >= starts[-1])].copy()
    held["band"] = np.select([held["day"] >= start for start in starts], range(len(starts)))
    return held.groupby(["person", "band"])[list(MEASURES)].agg(folds).reset_index()


def band_starts(
    night: date, window_start: Callable[[int], date], windows: tuple[int, ...], reach: int
) -> list[date]:
    """Return the first day of each band, the newest band first."""
    return [*(window_start(window) for window in windows), night - timedelta(days=reach)]
