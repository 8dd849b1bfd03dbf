"""Business days: public holidays with their make-up days, and working-day arithmetic.

Holidays are never derived from weekdays alone: in China whole weeks move (domain.md section 5), and the working Sundays
that pay for them are ordinary days at the desk. The kept `holidays` library knows both; a bank's own `calendar` feed overrides it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import holidays

ONE_DAY = timedelta(days=1)
AROUND = 60 * ONE_DAY
"""Beyond either end of a span, so that windows and deadlines that leave it still have a place to fall."""
# Countries whose make-up days are announced year by year: a year the library lacks is a gap, not a year without holidays.
ANNOUNCED_YEARLY = frozenset({"CN"})


def days_between(first: date, last: date) -> list[date]:
    """Return every day from `first` to `last`, both included."""
    return [first + ONE_DAY * offset for offset in range((last - first).days + 1)]


class BusinessCalendar:
    """The working days of one bank.

    Args:
        country: ISO 3166 code of the country whose holidays count.
        first: First day that will be asked about.
        last: Last day that will be asked about.
        overrides: Days set by the bank's own calendar: day → is a working day.
    """

    def __init__(
        self, country: str, first: date, last: date, overrides: Mapping[date, bool] | None = None
    ) -> None:
        self.country = country
        self.first, self.last = first, last
        self._overrides = dict(overrides or {})
        if not all(day in self._overrides for day in days_between(first - AROUND, last + AROUND)):
            _ = self._holidays  # a country that nobody knows is said now

    @cached_property
    def _holidays(self) -> holidays.HolidayBase:
        # Half a second to import: who brings every day of the span need not pay for it.
        import holidays

        years = range(self.first.year - 1, self.last.year + 2)
        return holidays.country_holidays(self.country, years=list(years))

    @cached_property
    def unknown_years(self) -> tuple[int, ...]:
        """Years within the span whose official holidays the library does not know and the bank has not given."""
        if self.country not in ANNOUNCED_YEARLY:
            return ()
        announced = getattr(self._holidays, "special_public_holidays", {})
        given = {day.year for day in self._overrides}
        first_announced = min(announced, default=0)
        return tuple(
            year
            for year in range(self.first.year, self.last.year + 1)
            if year not in announced and year not in given and year > first_announced
        )

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on `day`."""
        override = self._overrides.get(day)
        return bool(self._holidays.is_working_day(day)) if override is None else override

    @cached_property
    def _workdays(self) -> list[date]:
        return [day for day in days_between(self.first - AROUND, self.last + AROUND) if self.is_workday(day)]

    def plus(self, day: date, workdays: int) -> date:
        """Return the last day of the span "until `workdays` working days after `day`"; zero gives `day` itself."""
        if workdays == 0:
            return day
        index = bisect_right(self._workdays, day) + workdays - 1
        return (
            self._workdays[index] if index < len(self._workdays) else self._workdays[-1] + ONE_DAY * workdays
        )

    def window_start(self, day: date, workdays: int) -> date:
        """Return the first day of the window of `workdays` working days that ends with `day`.

        Days off inside belong to the window, and so do the days off just before its first working day: a look-up on a
        Sunday falls into the window of the Monday after it.
        """
        index = bisect_right(self._workdays, day) - workdays - 1
        if index >= 0:
            return self._workdays[index] + ONE_DAY
        return self._workdays[0] - ONE_DAY * round(1.5 * (-1 - index))

    def workdays_between(self, first: date, last: date) -> int:
        """Count the working days from `first` to `last`, both included."""
        return bisect_right(self._workdays, last) - bisect_left(self._workdays, first)

    def days(self) -> list[date]:
        """Return every day of the span."""
        return days_between(self.first, self.last)


def cutoff_of(night: date, cutoff: time, zone: str) -> datetime:
    """Return the moment at which the data of `night` are closed: `cutoff` on the day after, on the bank's wall clock."""
    return datetime.combine(night + ONE_DAY, cutoff, tzinfo=ZoneInfo(zone))


def overrides_from(rows: Iterable[tuple[date, bool]]) -> dict[date, bool]:
    """Turn rows of the calendar feed into overrides; the last row of a day counts."""
    return dict(rows)
