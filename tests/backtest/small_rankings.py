"""A ranking small enough to compute every figure by hand, and how to count it."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.backtest.figures import Replayed, replayed
from pipeline.backtest.outcomes import Clock
from pipeline.backtest.tally import Tally
from pipeline.backtest.truth import Campaign

ZONE = ZoneInfo("Asia/Shanghai")
CLOCK = Clock("Asia/Shanghai", time(2, 0))
FIRST = date(2026, 3, 1)

Row = tuple[int, str, float, bool]


def day(number: int) -> date:
    """The night of this number; 1 is the first."""
    return FIRST + timedelta(days=number - 1)


def at(number: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime.combine(day(number), time(hour, minute), tzinfo=ZONE)


def leak(
    who: str, kind: str, starts: int, ends: int, lookups: tuple[datetime, ...] | None = None
) -> Campaign:
    return Campaign(who, kind, day(starts), day(ends), lookups)


def tallied(rows: list[Row], nights: int = 28) -> Tally:
    """Count rows of (night, person, score, alert)."""
    tally = Tally(FIRST, day(nights))
    for night in sorted({row[0] for row in rows}):
        mine = [row for row in rows if row[0] == night]
        scores, alerts = np.array([row[2] for row in mine]), np.array([row[3] for row in mine])
        tally.add(day(night), [row[1] for row in mine], scores, alerts)
    return tally


def measured(rows: list[Row], truth: list[Campaign], nights: int = 28) -> Replayed:
    return replayed(tallied(rows, nights), truth, CLOCK)
