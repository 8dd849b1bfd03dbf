"""The bank's days: holidays with make-up days, month ends, the opening season."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.habits import Habits

DAY = 86_400
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Days:
    """The simulated span; times are seconds since 1970 on the bank's own wall clock.

    Attributes:
        start: The first day.
        workday: (days,) whether people work.
        saturday: (days,) an ordinary Saturday, on which some branches open.
        load: (days,) how busy the day is, 1 being usual.
    """

    start: date
    workday: NDArray[np.bool_]
    saturday: NDArray[np.bool_]
    load: NDArray[np.float64]

    @property
    def n(self) -> int:
        """How many days."""
        return len(self.workday)

    @property
    def first(self) -> int:
        """The first day's number since 1970."""
        return (self.start - EPOCH).days

    def at(self, day: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """Midnight, in seconds, of the simulated day."""
        return (np.asarray(day, dtype=np.int64) + self.first) * DAY

    def of(self, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """The simulated day a time falls on."""
        return at // DAY - self.first

    @property
    def end(self) -> int:
        """The second after the last day."""
        return int((self.n + self.first) * DAY)

    def date(self, day: int) -> date:
        """The simulated day as a date."""
        return self.start + timedelta(days=int(day))


def make_days(start: date, n: int, habits: Habits) -> Days:
    """Lay out the span with China's holidays and make-up days."""
    import holidays

    known = holidays.country_holidays("CN", years=sorted({start.year, (start + timedelta(days=n)).year}))
    dates = [start + timedelta(days=i) for i in range(n)]
    workday = np.array([known.is_working_day(d) for d in dates])
    saturday = np.array(
        [d.weekday() == 5 and not w and d not in known for d, w in zip(dates, workday, strict=True)]
    )
    load = np.ones(n)
    for i, day in enumerate(dates):
        if (day + timedelta(days=5)).month != day.month:
            load[i] *= habits.quarter_end if day.month % 3 == 0 else habits.month_end
        if day.month <= 3:
            load[i] *= habits.opening_season
        if day.weekday() == 0:
            load[i] *= habits.monday
    return Days(start, workday, saturday, load)
