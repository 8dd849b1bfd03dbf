"""How the nights stand at a moment: which is expected, which is done, and whether that is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine

from pipeline.calendar import cutoff_of
from pipeline.casebook.runs import latest_run, runs_between
from pipeline.home import Home
from pipeline.nightly.due import last_closed_night, nights_due
from pipeline.settings import Settings


@dataclass(frozen=True)
class Standing:
    """How the nights stand.

    Attributes:
        expected: The last night that should be done by now.
        last_done: The last night that is, on whole or on incomplete data.
        last_good: The last night that was done on whole data.
        failed: The nights of the last two weeks that failed and were not done since.
        waiting: How many nights are due.
        late: Whether the expected night is not done although its time has long passed.
    """

    expected: date
    last_done: date | None
    last_good: date | None
    failed: tuple[date, ...]
    waiting: int
    late: bool


def standing(home: Home, settings: Settings, engine: Engine, at: datetime) -> Standing:
    """Read from the ledger how the nights stand.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        at: The present moment, aware.
    """
    delay = timedelta(minutes=settings.schedule.delay_minutes)
    expected = last_closed_night(settings, at - delay)
    due = nights_due(home, settings, engine, at - delay)
    closed = last_closed_night(settings, at)
    with engine.connect() as connection:
        done = latest_run(connection, at_or_before=closed)
        recent = runs_between(connection, first=expected - timedelta(days=14), finished=False)
        good = [run.night for run in runs_between(connection, last=closed) if run.status == "ok"]
    limit = timedelta(hours=settings.watch.late_hours)
    late = bool(due) and at > cutoff_of(due[-1], settings.bank.cutoff, settings.bank.zone) + delay + limit
    failed = tuple(run.night for run in recent if run.status == "failed")
    return Standing(
        expected,
        done.night if done else None,
        max(good, default=None),
        failed,
        len(due),
        late or bool(failed),
    )
