"""The same facts and windows in pandas, twice: a function of each person's day, and sums of whole columns.

Both ways share what is summed; only who walks over the rows differs. The first is how pandas is written when a rule
is put into words day by day, the second is what is left when every rule is put into columns first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.facts_sql import CLASSES, ENTITY, MEASURES, PEAKS, TYPIST

Mark = Callable[[Any], Any]
"""Rows → which of them count, or what each of them counts for."""
Fold = Callable[[Any, list[str], dict[str, Mark], list[str]], Any]
"""Rows, keys, marks to be summed, peaks → a table by these keys."""

KEYS = ["person", "day", "night"]
FAR = date(9999, 12, 31)
MARKS: dict[str, Mark] = {
    "lookups": lambda a: a["is_lookup"], "fast": lambda a: a["is_lookup"] & (a["gap_seconds"] < 15),
    "home_known": lambda a: a["is_lookup"] & a["home_branch"].notna(),
    "other_home": lambda a: a["is_lookup"] & a["home_branch"].notna() & (a["home_branch"] != a["own_branch"]),
    "region_known": lambda a: a["is_lookup"] & a["subject_city"].notna(),
    "far_region": lambda a: a["is_lookup"] & a["far_region"],
    "customer_feed": lambda a: a["is_lookup"] & a["has_customers"],
    "no_customer": lambda a: a["is_lookup"] & a["has_customers"] & ~a["is_customer"],
    "wealth_known": lambda a: a["is_lookup"] & a["asset_band"].notna(),
    "wealthy": lambda a: a["is_lookup"] & a["asset_band"].isin(["100k_500k", "500k_plus"]),
    "watched": lambda a: a["is_lookup"] & a["segment"].isin(["vip", "public_figure", "pep", "media", "staff"]),
    "age_known": lambda a: a["is_lookup"] & a["subject_age_band"].notna(),
    "age_unusual": lambda a: a["is_lookup"] & a["subject_age_band"].isin(["under_18", "75_plus"]),
    "copies": lambda a: a["operation"].isin(["print", "export"]) & (a["outcome"] == "ok"),
    "copies_or_lookups": lambda a: (a["operation"].isin(["print", "export"]) | a["is_lookup"]) & (a["outcome"] == "ok"),
    "exports": lambda a: (a["operation"] == "export") & (a["outcome"] == "ok"),
    "not_found": lambda a: a["outcome"] == "not_found", "denied": lambda a: a["outcome"] == "denied",
    "attempts": lambda a: a["operation"].isin(["query", "view"]), "others_fresh": lambda a: a["others_fresh"],
    "repeats": lambda a: a["is_lookup"] & a["repeated"], "consent_needed": lambda a: a["is_lookup"] & a["consent_needed"],
    "consent_missing": lambda a: a["is_lookup"] & a["consent_needed"] & a["authorization_id"].isna(),
    "consent_bad": lambda a: a["is_lookup"] & a["consent_needed"] & a["consent_bad"],
    "consent_reused": lambda a: a["is_lookup"] & a["consent_reused"],
    "by_others": lambda a: a["is_lookup"] & (a["entity"] != a["employee_id"]),
    "foreign_reason": lambda a: a["is_lookup"] & a["foreign_reason"], "co_queried": lambda a: a["is_lookup"] & a["co_queried"],
    "off_hours": lambda a: a["is_lookup"] & a["off_hours"], "clocked": lambda a: a["is_lookup"] & a["has_clock"],
    "typed": lambda a: a["is_lookup"], "day_off": lambda a: a["is_lookup"] & ~a["is_workday"],
    "absent": lambda a: a["is_lookup"] & a["typist_absent"], "after_left": lambda a: a["is_lookup"] & a["typist_left"],
    "for_others": lambda a: a["is_lookup"] & (a["entity"] != a["employee_id"]),
    "terminal_known": lambda a: a["is_lookup"] & a["terminal_id"].notna(),
    "new_terminal": lambda a: a["is_lookup"] & a["new_terminal"],
    "others_terminal": lambda a: a["is_lookup"] & a["others_terminal"],
    "others_account": lambda a: a["is_lookup"] & a["others_account"], "clashes": lambda a: a["is_lookup"] & a["clashes"],
    "crowded_terminal": lambda a: a["is_lookup"] & a["crowded_terminal"], "woken": lambda a: a["is_lookup"] & a["woken"],
    "alone": lambda a: a["is_lookup"] & a["is_alone"], "steady": lambda a: a["is_lookup"] & a["is_steady"],
}  # fmt: skip


def _of_state(*states: str) -> Mark:
    return lambda s: s["sign"] * s["state"].isin(states)


def _of_class(rules: tuple[str, ...], column: str, *values: str) -> Mark:
    return lambda s: s["sign"] * (s["rule"].isin(rules) & s[column].isin(values))


def _steps() -> dict[str, Mark]:
    found = {name: _of_state(name) for name in ("linked", "thin", "pending", "unlinked", "not_assessable")}
    for kind, rules in CLASSES.items():
        found |= {
            f"closed_{kind}": _of_class(rules, "state", "linked", "thin", "unlinked"),
            f"unlinked_{kind}": _of_class(rules, "state", "unlinked"),
            f"supported_{kind}": _of_class(rules, "state", "linked", "thin"),
            f"hollow_{kind}": _of_class(rules, "thinness", "hollow"),
            f"far_{kind}": _of_class(rules, "thinness", "far"),
        }
    return found | {
        "hollow": lambda s: s["sign"] * (s["thinness"] == "hollow"),
        "far": lambda s: s["sign"] * (s["thinness"] == "far"),
    }


def by_columns(rows: Any, keys: list[str], marks: dict[str, Mark], peaks: list[str]) -> Any:
    """Mark all rows first, then sum each column by the keys."""
    table = pd.DataFrame({name: mark(rows).astype("int64") for name, mark in marks.items()})
    for name in peaks:
        table[name] = rows[PEAKS[name][1]]
    table[KEYS] = rows[keys].to_numpy()
    return table.groupby(KEYS).agg(dict.fromkeys(marks, "sum") | dict.fromkeys(peaks, "max"))


def by_days(rows: Any, keys: list[str], marks: dict[str, Mark], peaks: list[str]) -> Any:
    """Take one person's day after the other, and count in each."""

    def of_day(day: Any) -> Any:
        counted = {name: int(mark(day).sum()) for name, mark in marks.items()}
        return pd.Series(counted | {name: day[PEAKS[name][1]].max() for name in peaks})

    by = [rows[key].to_numpy() for key in keys]  # by values: the columns stay in what the function is handed
    return rows.groupby(by).apply(of_day).rename_axis(KEYS)


def pandas_facts(acts: Any, states: Any, night: date, starts: list[date], fold: Fold) -> Any:
    """Compute in pandas; return the windows.

    Args:
        acts: Described look-ups.
        states: Steps of their states.
        night: The night.
        starts: First day of each band, the newest band first.
        fold: `by_columns` or `by_days`.
    """
    parts = []
    for whose, names in (("entity", ENTITY), ("employee_id", TYPIST)):
        peaks = [name for name, (of, _) in PEAKS.items() if of == whose]
        parts.append(fold(acts, [whose, "day", "night"], {name: MARKS[name] for name in names}, peaks))
    looked = acts[acts["is_lookup"]]
    days = looked.groupby(["entity", "day"])["night"].min().reset_index().rename(columns={"entity": "person"})
    parts.append(days.assign(active=1).set_index(KEYS))
    first = looked.sort_values(["occurred_at", "event_id"]).drop_duplicates(
        ["entity", "subject_token", "day", "night"]
    )
    first = first.rename(columns={"entity": "person"})
    typed = first[first["business_ref"].notna()]
    parts.append(typed.groupby(KEYS).size().to_frame("with_reference"))
    steps = states.merge(first[["event_id", "person", "day", "rule", "follows"]], on="event_id")
    steps = steps[~(steps["follows"] & steps["state"].isin(["pending", "unlinked"]))]
    begin = steps.assign(night=steps["from_night"], sign=1)
    end = steps[steps["until_night"] < FAR]
    stepped = pd.concat([begin, end.assign(night=end["until_night"], sign=-1)], ignore_index=True)
    evidence = fold(stepped, KEYS, _steps(), []).sort_index()
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
    facts = stacked.groupby(KEYS).agg(folds).reset_index()
    held = facts[(facts["night"] <= night) & (facts["day"] <= night) & (facts["day"] >= starts[-1])].copy()
    held["band"] = np.select([held["day"] >= start for start in starts], range(len(starts)))
    return held.groupby(["person", "band"])[list(MEASURES)].agg(folds).reset_index()
