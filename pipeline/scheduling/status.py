"""What `schedule status` says: next runs, last runs, the age of the heartbeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from pipeline.casebook.runs import runs_between
from pipeline.home import Home
from pipeline.scheduling.heartbeat import JobState, read_heartbeat
from pipeline.scheduling.plan import plan
from pipeline.scheduling.standing import Standing, standing
from pipeline.settings import Settings

MISSED_BEATS = 5
"""Beats that may fail to come before the scheduler is taken for dead: a slow disk costs one or two."""
LAST_NIGHTS = 7


@dataclass(frozen=True)
class Status:
    """How the scheduler and the nights stand.

    Attributes:
        running: Whether a scheduler lives.
        heartbeat_age_seconds: Age of its last beat; None where none ever ran.
        scheduler: Its process, machine and start.
        jobs: The jobs with their next and last runs.
        nights: The last nights of the ledger, the newest first.
        standing: Which night is expected, done, late.
    """

    running: bool
    heartbeat_age_seconds: float | None
    scheduler: dict[str, Any]
    jobs: tuple[JobState, ...]
    nights: tuple[dict[str, Any], ...]
    standing: Standing


def status(home: Home, settings: Settings, engine: Engine, at: datetime) -> Status:
    """Collect how things stand.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        at: The present moment, aware.
    """
    beat = read_heartbeat(home)
    age = None if beat is None else (at - beat.at).total_seconds()
    limit = MISSED_BEATS * settings.schedule.heartbeat_seconds
    running = beat is not None and beat.stopped_at is None and age is not None and abs(age) <= limit
    if beat is not None and running:
        jobs = beat.jobs
    else:  # what would run, were it started now
        last = {state.name: state for state in (beat.jobs if beat else ())}
        jobs = tuple(
            JobState(
                **{
                    **vars(last.get(job.name, JobState(job.name))),
                    "next_run": job.trigger.get_next_fire_time(None, at),
                }
            )
            for job in plan(home, settings)
        )
    found = standing(home, settings, engine, at)
    scheduler = (
        {"pid": beat.pid, "host": beat.host, "started_at": beat.started_at, "stopped_at": beat.stopped_at}
        if beat
        else {}
    )
    return Status(running, age, scheduler, jobs, _nights(engine, found.expected), found)


def _nights(engine: Engine, expected: date) -> tuple[dict[str, Any], ...]:
    with engine.connect() as connection:
        found = runs_between(connection, first=expected - timedelta(days=60), finished=False)[-LAST_NIGHTS:]
    return tuple(
        {
            "night": run.night,
            "status": run.status,
            "run_id": run.run_id,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "new_cases": run.new_cases,
        }
        for run in reversed(found)
    )
