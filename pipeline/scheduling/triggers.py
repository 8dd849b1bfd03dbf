"""Moments of the bank's wall clock as moments of time, one a day whatever the clocks do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger

ONE_DAY = timedelta(days=1)
Wanted = Callable[[date], bool]


def every_day(_day: date) -> bool:
    """Want every day."""
    return True


class DailyMoment(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 brings no types
    """Fires once for each day that is wanted: at a wall-clock time in a zone, and some real minutes after it.

    A time that a change of clocks leaves out counts as the moment at which the clocks went on; one that
    comes twice counts the first time. The delay is added to the moment, not to the wall clock, so no day is
    left out and none comes twice.

    Args:
        at: The time on the wall.
        zone: Whose wall.
        delay: Real time added.
        wanted: Whether a day counts; the day is that of `at`, before the delay.
    """

    def __init__(self, at: time, zone: str, delay: timedelta, wanted: Wanted = every_day) -> None:
        self.at, self.zone, self.delay, self.wanted = at, ZoneInfo(zone), delay, wanted

    def moment(self, day: date) -> datetime:
        """Return when the trigger fires for a day, in UTC."""
        return datetime.combine(day, self.at, tzinfo=self.zone).astimezone(UTC) + self.delay

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the first moment after the previous one, or from now on where there was none."""
        start = (previous_fire_time or now).astimezone(UTC)
        day = (start - self.delay).astimezone(self.zone).date() - ONE_DAY
        for _ in range(400):  # a wanted day comes at least once a year
            moment = self.moment(day)
            later = moment > start if previous_fire_time else moment >= start
            if later and self.wanted(day):
                return moment
            day += ONE_DAY
        return None
