"""Lost and late nights of the business feed: what is missing must accuse nobody.

How many records a day should bring is learned from like days before: so many per person who looked anybody up, on days on which about
as many people did. A Saturday on which three people check their portfolios brings no applications, and has lost none.
People are counted, not look-ups, so that nobody can make a day look lost (and their own look-ups
unassessable) by looking up many strangers. For the same reason a single reason's records are not judged by
themselves: one person may give most of its look-ups. A day far below what it should bring has lost records,
until enough of them have come.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd

from pipeline.evidence.lateness import usual_lateness
from pipeline.evidence.reasons import RULES, Mode, ReasonRule

MEMORY = 20
"""Earlier days with look-ups from which the ordinary ratio is taken."""
LEAST_HISTORY = 5
"""Fewer earlier like days than this, and nothing can be expected yet."""
ALIKE = 2.0
"""Days are alike if no more than this many times as many people looked somebody up on one as on the other."""
LEAST_EXPECTED = 8.0
"""Fewer expected records than this, and their absence may be chance."""
LOST_BELOW = 0.3
"""Share of the expected records below which a day counts as lost."""
FOREVER = date(9999, 12, 31)


class Gap(StrEnum):
    """Why look-ups of a day cannot be judged as if all records were there."""

    LOST = "lost"  # the records did not come: nobody can say
    LATE = "late"  # they usually come later, and the look-ups wait for them
    NUMBER = "number"  # nearly all have come by then: so long a typed number may still turn up


Counts = dict[date, list[tuple[date, int]]]
"""Day → (night, how many became known by it)."""


def _by_day(frame: pd.DataFrame, night: str) -> Counts:
    """Sum rows per day and night."""
    counts: Counts = {}
    summed = frame.groupby(["day", night], sort=True, as_index=False)["n"].sum()
    for day, known, n in zip(summed["day"], summed[night], summed["n"], strict=True):
        counts.setdefault(day, []).append((known, int(n)))
    return counts


def _known(steps: list[tuple[date, int]], night: date) -> int:
    return sum(n for known, n in steps if known <= night)


def _expected(people: int, earlier: list[tuple[int, float]]) -> float:
    """Return how many records as many people should bring; 0 where too few like days tell.

    Args:
        people: How many looked somebody up.
        earlier: People, and records a person, of each day before.
    """
    like = [ratio for others, ratio in earlier if others <= ALIKE * people and people <= ALIKE * others]
    return people * float(np.median(like[-MEMORY:])) if len(like) >= LEAST_HISTORY else 0.0


def _missing_nights(
    day: date, earlier: list[tuple[int, float]], present: list[tuple[date, int]], made: list[tuple[date, int]]
) -> list[tuple[date, date]]:
    """Return the spans of nights (end exclusive) on which too few of a day's records are known."""
    spans: list[tuple[date, date]] = []
    since: date | None = None
    for night in sorted({max(day, known) for known, _ in (*present, *made)}):
        expected = _expected(_known(present, night), earlier)
        missing = expected >= LEAST_EXPECTED and _known(made, night) < LOST_BELOW * expected
        if missing and since is None:
            since = night
        elif not missing and since is not None:
            spans.append((since, night))
            since = None
    return [*spans, (since, FOREVER)] if since is not None else spans


def _lost_days(people: pd.DataFrame, records: pd.DataFrame) -> list[tuple[date, date, date]]:
    """Find the days whose records are missing.

    Args:
        people: day, night, n: people with look-ups, by the night that first knew of them.
        records: day, known_from, n: records created that day.

    Returns:
        (day, from_night, until_night), the end exclusive.
    """
    made_on = _by_day(records, "known_from")
    earlier: list[tuple[int, float]] = []
    lost: list[tuple[date, date, date]] = []
    for day, present in sorted(_by_day(people, "night").items()):
        made = made_on.get(day, [])
        lost += [(day, since, until) for since, until in _missing_nights(day, earlier, present, made)]
        in_time = _known(present, day)
        if in_time:  # what came late teaches nothing, or a night would be judged by what it could not know
            earlier.append((in_time, _known(made, day) / in_time))
    return lost


def _kinds_never_seen(
    rule: ReasonRule, days: list[date], records: pd.DataFrame
) -> list[tuple[str, date, date, date]]:
    """Make every look-up unassessable until the first record of a kind that its reason needs is known."""
    known = records.loc[records["kind"].isin(rule.kinds), "known_from"]
    first = known.min() if len(known) else FOREVER
    return [(rule.reason, day, day, first) for day in days if day < first]


def gaps(people: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """Find the days whose business records are missing, per reason, and those on which records are usually late.

    Args:
        people: rule, day, night, n: people with look-ups of a reason on a day, by the night that first knew
            of them.
        records: kind, day (created), known_from, n: records that name a party.

    Returns:
        rule, day, from_night, until_night (exclusive; the end of time when they never came), gap: one of `Gap`.
    """
    found: list[tuple[str, date, date, date]] = []
    fresh_kinds = {
        kind for rule in RULES if rule.mode not in (Mode.ACTIVE, Mode.REFERENCE) for kind in rule.kinds
    }
    lost = _lost_days(people, records[records["kind"].isin(fresh_kinds)])
    for rule in RULES:
        found += _kinds_never_seen(
            rule, sorted(set(people.loc[people["rule"] == rule.reason, "day"])), records
        )
        if rule.mode is not Mode.ACTIVE:  # standing business does not vanish with one night's file
            found += [(rule.reason, *span) for span in lost]
    asked = {str(rule): set(rows["day"]) for rule, rows in people.groupby("rule")}
    spans = {
        Gap.LOST: found,
        Gap.LATE: usual_lateness(asked, records),
        Gap.NUMBER: usual_lateness(asked, records, typed=True),
    }
    rows = [(*span, gap.value) for gap, some in spans.items() for span in some]
    return pd.DataFrame(rows, columns=["rule", "day", "from_night", "until_night", "gap"])
