"""The long-running scheduler: APScheduler wakes the jobs, each a process of its own, one after the other."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger

from pipeline.errors import ExitCode
from pipeline.home import PRIVATE_DIR, Home
from pipeline.log import get_logger
from pipeline.scheduling.child import Ended, run_child
from pipeline.scheduling.clock_watch import ClockWatch
from pipeline.scheduling.heartbeat import Heartbeat, JobState, write_heartbeat
from pipeline.scheduling.plan import Job, command_line, plan
from pipeline.scheduling.pulse import Pulse
from pipeline.scheduling.verdict import Verdict, judge, obstacle, wait_seconds
from pipeline.settings import Settings

HEARTBEAT = "heartbeat"
AGAIN = " (again)"
# Never skipped for being late, never twice at once, and what piled up runs once: the ledger knows which
# nights are due.
JOB_DEFAULTS = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


class NightScheduler:
    """Runs the jobs of one home until it is told to stop.

    Args:
        home: The installation.
        settings: The effective configuration; read once, so a change needs a restart.
        clock: The present moment, aware.
    """

    def __init__(self, home: Home, settings: Settings, clock: Callable[[], datetime]) -> None:
        self.home, self.settings, self.clock = home, settings, clock
        self.stop = threading.Event()
        self.states: dict[str, JobState] = {}
        self.started_at = clock()
        self.pulse = Pulse(home, settings, clock)
        self.log = get_logger("scheduling")
        self.scheduler = BlockingScheduler(
            timezone=settings.bank.zone,
            job_defaults=JOB_DEFAULTS,
            # One worker: two jobs of one home would only find each other's lock.
            executors={"work": ThreadPoolExecutor(1), "pulse": ThreadPoolExecutor(1)},
        )
        self.scheduler.add_listener(self._missed, EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self.scheduler.add_listener(self._broken, EVENT_JOB_ERROR)

    def run(self) -> None:
        """Run until `stop` is set or an exception, such as that of a signal, comes in.

        A job at work then is interrupted, and killed if it does not end in time.
        """
        for folder in (self.home.watch, self.home.outbox, self.home.tmp):
            folder.mkdir(mode=PRIVATE_DIR, exist_ok=True)
        self.add_jobs()
        ClockWatch(lambda: self.clock().timestamp(), time.monotonic, self.jumped).start(self.stop)
        self.log.info("scheduler started", jobs=sorted(self.states))
        try:
            self.scheduler.start()
        finally:
            self.stop.set()
            if self.scheduler.running:
                self.scheduler.shutdown(wait=True)
            write_heartbeat(self.home, self.beat(stopped=True))
            self.log.info("scheduler stopped")

    def add_jobs(self) -> None:
        """Plan every job from the configuration, over whatever was planned before."""
        at = self.clock()
        for job in plan(self.home, self.settings):
            # The moment is worked out here, from the same `at`: were APScheduler to ask the clock again, a
            # moment that passes between the two looks would be nobody's, and its night a day late.
            first = at if self._wanted_at_once(job, at) else job.trigger.get_next_fire_time(None, at)
            self.scheduler.add_job(
                self.carry_out,
                job.trigger,
                args=[job],
                id=job.name,
                executor="work",
                replace_existing=True,
                next_run_time=first,
            )
            self.states.setdefault(job.name, JobState(job.name))
        every = IntervalTrigger(
            seconds=self.settings.schedule.heartbeat_seconds, timezone=self.settings.bank.zone
        )
        self.scheduler.add_job(
            self._beat, every, id=HEARTBEAT, executor="pulse", replace_existing=True, next_run_time=at
        )

    def _wanted_at_once(self, job: Job, at: datetime) -> bool:
        """Whether a job begins with the scheduler: what comes often, and nights missed while it was down."""
        if job.name != "nightly":
            return not job.retried
        # Just before the night's own moment there is nothing to catch up: its data may still be on their way.
        delay = timedelta(minutes=self.settings.schedule.delay_minutes)
        return bool(job.trigger.get_next_fire_time(None, at) - at > delay)

    def carry_out(self, job: Job, attempt: int = 0) -> None:
        """Run one job's steps, judge how they ended, and plan the next attempt where one may help."""
        if self.stop.is_set():
            return
        if attempt == 0:
            self._forget_retry(job)
        self._note(
            job, started_at=self.clock(), ended_at=None, verdict="", exit_code=None, attempt=attempt, why=""
        )
        verdict, ended, why = Verdict.DONE, None, ""
        for words in job.steps:
            ended = self._step(words)
            why = "" if ended.exit_code in (0, 1, 3) else obstacle(self.home, self.settings)
            verdict = judge(ended, attempt, why, self.settings.schedule)
            self._log_step(job, words, ended, verdict, attempt)
            if verdict in (Verdict.AGAIN, Verdict.STOPPED):
                break
        self._note(
            job, ended_at=self.clock(), verdict=verdict.value, exit_code=ended and ended.exit_code, why=why
        )
        if not job.retried:
            return  # it comes again soon by itself
        if verdict is Verdict.AGAIN:
            self._retry(job, attempt)
        elif verdict is not Verdict.STOPPED:
            self._after(job, verdict, ended, why)

    def _step(self, words: tuple[str, ...]) -> Ended:
        wanted = self.settings.schedule
        return run_child(
            command_line(self.home, words),
            limit_seconds=wanted.time_limit_minutes * 60,
            grace_seconds=wanted.grace_seconds,
            stop=self.stop,
            scratch=self.home.tmp,
        )

    def _retry(self, job: Job, attempt: int) -> None:
        wait = wait_seconds(attempt, self.settings.schedule)
        self.scheduler.add_job(
            self.carry_out,
            "date",
            run_date=self.clock() + timedelta(seconds=wait),
            args=[job, attempt + 1],
            id=job.name + AGAIN,
            executor="work",
            replace_existing=True,
        )

    def _forget_retry(self, job: Job) -> None:
        try:
            self.scheduler.remove_job(job.name + AGAIN)
        except JobLookupError:
            return  # none was planned

    def _after(self, job: Job, verdict: Verdict, ended: Ended | None, why: str) -> None:
        """Tell people how a job ended that they wait for."""
        if verdict is Verdict.FAILED:
            from pipeline.notify.failure import note_failure

            code = ExitCode.INTERNAL if ended is None else ended.exit_code
            note_failure(
                self.home,
                self.settings,
                self.clock(),
                job.name,
                code,
                why or (ended.ended_by if ended else ""),
            )
        if "tell" in self.states and not self.stop.is_set():
            self.scheduler.modify_job("tell", next_run_time=self.clock())

    def _note(self, job: Job, **values: Any) -> None:
        self.states[job.name] = replace(self.states.get(job.name, JobState(job.name)), **values)

    def _log_step(
        self, job: Job, words: tuple[str, ...], ended: Ended, verdict: Verdict, attempt: int
    ) -> None:
        told = {Verdict.FAILED: self.log.error, Verdict.AGAIN: self.log.warning}.get(verdict, self.log.info)
        told(
            f"{job.name}: {words[0]} {verdict.value}",
            exit_code=ended.exit_code,
            ended_by=ended.ended_by,
            seconds=round(ended.seconds, 1),
            attempt=attempt,
        )

    def beat(self, *, stopped: bool = False) -> Heartbeat:
        """Say how the scheduler and its jobs stand."""
        at = self.clock()
        planned = {} if stopped else {one.id: one.next_run_time for one in self.scheduler.get_jobs()}
        jobs = tuple(
            replace(
                state,
                next_run=min(filter(None, (planned.get(name), planned.get(name + AGAIN))), default=None),
            )
            for name, state in sorted(self.states.items())
        )
        return Heartbeat(
            at, os.getpid(), socket.gethostname(), self.started_at, at if stopped else None, jobs
        )

    def _beat(self) -> None:
        write_heartbeat(self.home, self.beat())
        self.pulse.look()

    def jumped(self, seconds: float) -> None:
        """Plan every job anew, because the clock by which it was planned was set."""
        self.log.warning("the clock jumped: every job is planned anew", seconds=round(seconds))
        self.add_jobs()

    def _missed(self, event: Any) -> None:
        if event.job_id != HEARTBEAT:
            self.log.warning("a moment passed while the job was at work; it is not lost", job=event.job_id)

    def _broken(self, event: Any) -> None:
        name = event.job_id.removesuffix(AGAIN)
        self.log.error("a job broke off inside the scheduler", job=name, error=type(event.exception).__name__)
        if name in self.states:
            why = type(event.exception).__name__
            self.states[name] = replace(self.states[name], ended_at=self.clock(), verdict="failed", why=why)
