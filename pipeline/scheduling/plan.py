"""Which jobs there are: built from the configuration at every start; no store of jobs can go stale."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.util import find_spec
from typing import Any

from apscheduler.triggers.interval import IntervalTrigger

from pipeline.home import Home
from pipeline.notify.channels import channels
from pipeline.scheduling.triggers import DailyMoment, every_day
from pipeline.settings import Settings

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CATCH_UP = ("run", "--catch-up")
# After the night, in this order: each has its own moment, and all wait for the one worker.
DRILL_AFTER = timedelta(minutes=60)
PURGE_AFTER = timedelta(minutes=120)
MONTH_AFTER = timedelta(minutes=180)


@dataclass(frozen=True)
class Job:
    """One thing that runs by itself.

    Attributes:
        name: Its name, as `schedule status` shows it.
        steps: Command lines after `tellerwatch`, in order.
        trigger: When.
        retried: Whether it is tried again by itself; a job that comes again soon anyway is not.
        waits: Whether it waits for what may go away until its time limit, however often it was tried.
    """

    name: str
    steps: tuple[tuple[str, ...], ...]
    trigger: Any
    retried: bool = True
    waits: bool = False


def command_line(home: Home, words: tuple[str, ...]) -> list[str]:
    """Return the process arguments of one `tellerwatch` command on this home, with this very Python."""
    return [sys.executable, "-P", "-m", "pipeline", "--home", str(home.root), "--json", *words]


def has_command(name: str) -> bool:
    """Tell whether this version brings a command."""
    from pipeline.cli.main import COMMANDS

    return name in COMMANDS and find_spec(COMMANDS[name][0].partition(":")[0]) is not None


def plan(home: Home, settings: Settings) -> list[Job]:
    """List the jobs that the configuration asks for."""
    wanted = settings.schedule
    jobs: list[Job] = []
    taking: list[tuple[str, ...]] = [("ingest", "--drop")] if wanted.drop_folders else []
    taking += [("ingest", "--source", name) for name in sorted(settings.sources)]
    ingest = tuple(taking)
    if wanted.nightly:
        # What was dropped in the last minutes belongs to the night too.
        steps = (*ingest, CATCH_UP)
        jobs.append(Job("nightly", steps, _after_cutoff(settings, timedelta()), waits=True))
    if ingest:
        jobs.append(Job("ingest", ingest, _every(settings, wanted.ingest_minutes), retried=False))
    if channels(settings):
        jobs.append(Job("tell", (("notify",),), _every(settings, wanted.tell_minutes), retried=False))
    if wanted.drill_day and settings.drill.enabled and has_command("drill"):
        on = WEEKDAYS.index(wanted.drill_day) if wanted.drill_day in WEEKDAYS else None
        trigger = _after_cutoff(settings, DRILL_AFTER, lambda day: on is None or day.weekday() == on)
        jobs.append(Job("drill", (("drill",),), trigger))
    if wanted.purge and has_command("purge"):
        jobs.append(Job("purge", (("purge",),), _after_cutoff(settings, PURGE_AFTER)))
    if wanted.month_report_day and has_command("month"):
        trigger = _after_cutoff(settings, MONTH_AFTER, lambda day: day.day == wanted.month_report_day)
        jobs.append(Job("month", (("month",),), trigger))
    return jobs


def _after_cutoff(
    settings: Settings, later: timedelta, wanted: Callable[[date], bool] = every_day
) -> DailyMoment:
    delay = timedelta(minutes=settings.schedule.delay_minutes) + later
    return DailyMoment(settings.bank.cutoff, settings.bank.zone, delay, wanted)


def _every(settings: Settings, minutes: float) -> Any:
    return IntervalTrigger(seconds=max(1, round(minutes * 60)), timezone=settings.bank.zone)
