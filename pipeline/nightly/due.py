"""Which nights are due: the clock, the bank's zone and cut-off, and the ledger of nights decide."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from pipeline.calendar import cutoff_of
from pipeline.casebook.runs import latest_run
from pipeline.clock import now
from pipeline.home import Home
from pipeline.lake.store import Lake
from pipeline.settings import Settings


def last_closed_night(settings: Settings, at: datetime | None = None) -> date:
    """Return the last night whose cut-off has passed.

    Args:
        settings: The effective configuration: zone and cut-off.
        at: The moment asked about, aware; None is now.
    """
    moment = (at or now()).astimezone(UTC)
    yesterday = moment.astimezone(ZoneInfo(settings.bank.zone)).date() - timedelta(days=1)
    # Compared as moments: in the hour that comes twice in autumn the wall goes back behind the cut-off.
    closed = cutoff_of(yesterday, settings.bank.cutoff, settings.bank.zone).astimezone(UTC) <= moment
    return yesterday if closed else yesterday - timedelta(days=1)


def nights_due(home: Home, settings: Settings, engine: Engine, at: datetime | None = None) -> list[date]:
    """List the nights since the last one done, in order.

    Where no night was ever run, they reach from the first to the last day with look-ups: a bank that begins with a year of
    history is not told that every night since was silent.
    """
    closed = last_closed_night(settings, at)
    with engine.connect() as connection:
        # A night of the future that an earlier version let through counts for nothing: it would end the watch.
        done = latest_run(connection, at_or_before=closed)
    if done is not None:
        first, last = done.night + timedelta(days=1), closed
    else:
        days = Lake(home, engine).days("access_log")
        if not days:
            return []
        first, last = days[0], min(days[-1], closed)
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
