"""How late the business records of a reason usually come: nothing can be missed before it could be known.

A ticket of the counter must be of the minutes of its look-up, so on the look-up's own night the window is closed. Where tickets are
typed in a day or two later, that night knows of hardly any, and each look-up would stand there without a record until its ticket comes.
Such a look-up waits for as long as its records usually take. A business number that was typed in waits longer, until nearly all
records are there: that it was made up is a grave thing to say of a record which is merely among the last to come.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from pipeline.evidence.reasons import RULES, Mode, ReasonRule

NEWEST, OLDEST = 8, 35
"""Calendar days before a look-up between which the records were created that tell how late they come."""
COUNTED_DAYS = 7
"""Records that come later than this teach nothing: so all that is learned of was known a day before the look-up."""
LEAST_RECORDS = 50
"""Fewer of them tell nothing."""
IN_TIME, NUMBER_IN_TIME = 0.95, 0.995
"""Share of them that a look-up waits for, and that a typed number does."""


def _closes_at_once(rule: ReasonRule) -> bool:
    """Tell whether a rule's window closes on the day itself; longer ones leave time anyway, and standing business is there."""
    return not rule.after_workdays and rule.mode is not Mode.ACTIVE


def _late_days(records: pd.DataFrame, days: list[date], share: float) -> dict[date, int]:
    """Return day → calendar days after which that share of records is there; days that wait for nothing are left out."""
    lag = np.array(
        [(known - made).days for known, made in zip(records["known_from"], records["day"], strict=True)]
    )
    some = lag <= COUNTED_DAYS
    made = np.array([one.toordinal() for one in records["day"]])[some]
    first, last = days[0].toordinal() - OLDEST, days[-1].toordinal()
    came = np.zeros((last - first + 1, COUNTED_DAYS + 1))
    held = (made >= first) & (made <= last)
    np.add.at(came, (made[held] - first, np.maximum(lag[some], 0)[held]), records["n"].to_numpy()[some][held])
    so_far = np.vstack([np.zeros(COUNTED_DAYS + 1), np.cumsum(came, axis=0)])
    found = {}
    for day in days:
        at = day.toordinal() - first
        seen = np.cumsum(so_far[at - NEWEST + 1] - so_far[at - OLDEST])
        late = int(np.searchsorted(seen, share * seen[-1]))
        if seen[-1] >= LEAST_RECORDS and late:
            found[day] = late
    return found


def usual_lateness(
    asked: Mapping[str, Collection[date]], records: pd.DataFrame, typed: bool = False
) -> list[tuple[str, date, date, date]]:
    """Find until which night look-ups wait for records that are usually late.

    Args:
        asked: Reason → days with look-ups.
        records: kind, day (created), known_from, n: records that name a party.
        typed: Ask for the look-ups whose business number was typed in, and is in no record so far.

    Returns:
        (rule, day, from_night, until_night), the end exclusive: look-ups of the day that no record explains wait so long.
    """
    found = []
    share = NUMBER_IN_TIME if typed else IN_TIME
    for rule in filter(_closes_at_once, RULES):
        if rule.mode is Mode.REFERENCE and not typed:
            continue  # there is nothing but the number that could come
        days = sorted(set(asked.get(rule.reason, ())))
        mine = records[records["kind"].isin(rule.kinds)]
        if not days or mine.empty:
            continue
        late = _late_days(mine, days, share)
        found += [(rule.reason, day, day, day + timedelta(days=n)) for day, n in late.items()]
    return found
