"""Lost and late nights of the business feed: what is missing must accuse nobody.

How many records a day should bring is learned from the days before: what an ordinary day brings, and what it brings per look-up
(a holiday sees few of both). The lesser of the two is expected, so that nobody can make a day look lost by looking up many
strangers. A day far below that has lost records, until enough of them have come.
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


Counts = dict[date, list[tuple[date, int]]]
"""Day → (night, how many became known by it)."""


def _by_day(frame: pd.DataFrame, night: str) -> Counts:
    """Sum rows per day and night."""
    counts: Counts = {}
    summed = frame.groupby(["day", night], sort=True)["n"].sum()
    for (day, known), n in summed.items():
        counts.setdefault(day, []).append((known, int(n)))
    return counts


def _known(steps: list[tuple[date, int]], night: date) -> int:
    return sum(n for known, n in steps if known <= night)


def _missing_nights(
    day: date, ratio: float, looked: list[tuple[date, int]], made: list[tuple[date, int]]
) -> list[tuple[date, date]]:
    """Return the spans of nights (end exclusive) on which too few of a day's records are known for its look-ups."""
    spans: list[tuple[date, date]] = []
    since: date | None = None
    for night in sorted({max(day, known) for known, _ in (*looked, *made)}):
        expected = ratio * _known(looked, night)
        missing = expected >= LEAST_EXPECTED and _known(made, night) < LOST_BELOW * expected
        if missing and since is None:
            since = night
        elif not missing and since is not None:
            spans.append((since, night))
            since = None
    return [*spans, (since, FOREVER)] if since is not None else spans


def _gaps_of(name: str, lookups: pd.DataFrame, records: pd.DataFrame) -> list[tuple[str, date, date, date]]:
    """Find the lost days of one rule.

    Args:
        name: The rule.
        lookups: day, night, n: its look-ups, by the night that first knew them.
        records: day, known_from, n: records created that day that could support it.
    """
    made_on = _by_day(records, "known_from")
    ratios: list[float] = []
    gaps: list[tuple[str, date, date, date]] = []
    for day, looked in sorted(_by_day(lookups, "night").items()):
        made = made_on.get(day, [])
        if len(ratios) >= LEAST_HISTORY:
            ratio = float(np.median(ratios[-MEMORY:]))
            gaps += [(name, day, since, until) for since, until in _missing_nights(day, ratio, looked, made)]
        in_time = _known(looked, day)
        if in_time:  # what came late teaches nothing, or a night would be judged by what it could not know
            ratios.append(_known(made, day) / in_time)
    return gaps


def _kinds_never_seen(
    rule: ReasonRule, days: list[date], records: pd.DataFrame
) -> list[tuple[str, date, date, date]]:
    """Make every look-up unassessable until the first record of a kind that its reason needs is known."""
    known = records.loc[records["kind"].isin(rule.kinds), "known_from"]
    first = known.min() if len(known) else FOREVER
    return [(rule.reason, day, day, first) for day in days if day < first]


def gaps(lookups: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Find the days whose business records are missing, per reason.

    Args:
        lookups: rule, day, night, n: look-ups a day, by the night that first knew them.
        records: kind, day (created), known_from, n: records that name a party.

    Returns:
        rule, day, from_night, until_night (exclusive; the end of time when they never came).
    """
    found: list[tuple[str, date, date, date]] = []
    fresh_kinds = sorted(
        {kind for rule in RULES if rule.mode not in (Mode.ACTIVE, Mode.REFERENCE) for kind in rule.kinds}
    )
    whole = _gaps_of("*", lookups, records[records["kind"].isin(fresh_kinds)])
    for rule in RULES:
        own = lookups[lookups["rule"] == rule.reason]
        found += _kinds_never_seen(rule, sorted(set(own["day"])), records)
        if rule.mode is Mode.ACTIVE:
            continue  # standing business does not vanish with one night's file
        mine = _gaps_of(rule.reason, own, records[records["kind"].isin(rule.kinds)])
        days_found = {day for _, day, _, _ in mine}
        found += mine
        # A night that the whole feed lost is lost for the rarer reasons too, which cannot show it themselves.
        found += [(rule.reason, day, since, until) for _, day, since, until in whole if day not in days_found]
    return pd.DataFrame(found, columns=["rule", "day", "from_night", "until_night"])
