"""Lost and late nights of the business feed: what is missing must accuse nobody.

How many records a day should bring is learned from the look-ups it saw: on an ordinary day so and so many records of a kind are
made per look-up that needs them. A day far below that has lost records, until enough of them have come.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from pipeline.evidence.reasons import RULES, Mode, ReasonRule

MEMORY = 20
"""Earlier days with look-ups from which the ordinary ratio is taken."""
LEAST_HISTORY = 5
"""Fewer earlier days than this, and nothing can be expected yet."""
LEAST_EXPECTED = 8.0
"""Fewer expected records than this, and their absence may be chance."""
LOST_BELOW = 0.3
"""Share of the expected records below which a day counts as lost."""
FOREVER = date(9999, 12, 31)


def _first_night_with(known: pd.DataFrame, needed: float) -> date:
    """Return the first night on which at least `needed` of a day's records are known."""
    if known.empty:
        return FOREVER
    counts = known.groupby("known_from")["n"].sum().sort_index().cumsum()
    enough = counts[counts >= needed]
    return enough.index[0] if len(enough) else FOREVER


def _gaps_of(name: str, lookups: pd.DataFrame, records: pd.DataFrame) -> list[tuple[str, date, date, date]]:
    """Find the lost days of one rule.

    Args:
        name: The rule.
        lookups: day, n: its look-ups.
        records: day, known_from, n: records created that day that could support it.
    """
    by_day = {day: group for day, group in records.groupby("day")}
    nothing = records.iloc[0:0]
    ratios: list[float] = []
    gaps: list[tuple[str, date, date, date]] = []
    for day, count in lookups.sort_values("day")[["day", "n"]].itertuples(index=False):
        of_day = by_day.get(day, nothing)
        in_time = float(of_day.loc[of_day["known_from"] <= day, "n"].sum())
        expected = float(np.median(ratios[-MEMORY:])) * count if len(ratios) >= LEAST_HISTORY else 0.0
        if expected >= LEAST_EXPECTED and in_time < LOST_BELOW * expected:
            gaps.append((name, day, day, _first_night_with(of_day, LOST_BELOW * expected)))
        ratios.append(in_time / count)
    return gaps


def _kinds_never_seen(
    rule: ReasonRule, days: pd.Series, records: pd.DataFrame
) -> list[tuple[str, date, date, date]]:
    """Make every look-up unassessable until the first record of a kind that its reason needs is known."""
    known = records.loc[records["kind"].isin(rule.kinds), "known_from"]
    first = known.min() if len(known) else FOREVER
    return [(rule.reason, day, day, first) for day in days if day < first]


def gaps(lookups: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Find the days whose business records are missing, per reason.

    Args:
        lookups: rule, day, n: look-ups a day.
        records: kind, day (created), known_from, n: records that name a party.

    Returns:
        rule, day, from_night, until_night (exclusive; the end of time when they never came).
    """
    found: list[tuple[str, date, date, date]] = []
    fresh_kinds = sorted(
        {kind for rule in RULES if rule.mode not in (Mode.ACTIVE, Mode.REFERENCE) for kind in rule.kinds}
    )
    all_lookups = lookups.groupby("day", as_index=False)["n"].sum()
    whole = _gaps_of("*", all_lookups, records[records["kind"].isin(fresh_kinds)])
    for rule in RULES:
        own = lookups[lookups["rule"] == rule.reason]
        found += _kinds_never_seen(rule, own["day"], records)
        if rule.mode is Mode.ACTIVE:
            continue  # standing business does not vanish with one night's file
        own_records = records[records["kind"].isin(rule.kinds)]
        mine = _gaps_of(rule.reason, own, own_records)
        days_found = {day for _, day, _, _ in mine}
        found += mine
        # A night that the whole feed lost is lost for the rarer reasons too, which cannot show it themselves.
        found += [(rule.reason, day, since, until) for _, day, since, until in whole if day not in days_found]
    return pd.DataFrame(found, columns=["rule", "day", "from_night", "until_night"])
