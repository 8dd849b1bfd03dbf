"""The long-running scheduler: APScheduler wakes the jobs, each a process of its own, one after the other."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections import deque
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
from pipeline.nightly.due import last_closed_night
from pipeline.scheduling.child import Ended, run_child
from pipeline.scheduling.clock_watch import ClockWatch
from pipeline.scheduling.heartbeat import Heartbeat, JobState, write_heartbeat
from pipeline.scheduling.plan import CATCH_UP, Job, command_line, plan
from pipeline.scheduling.pulse import Pulse
from pipeline.scheduling.verdict import Verdict, judge, wait_seconds, what_stopped
from pipeline.settings import Settings

HEARTBEAT = "heartbeat"
AGAIN, PASSED = " (again)", " (passed)"
"""What is put behind a job's name for its next attempt, and for a moment of it that passed while it was at work."""
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
        self._jobs: dict[str, Job] = {}
        self._since: dict[str, float] = {}
        self._untold: deque[tuple[datetime, str, int, str]] = deque()
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
            self._jobs[job.name] = job
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
        """Run one job's steps, judge how they ended, and plan the next attempt where one may help.

        A night waits for what could not be taken in, as long as its time limit; then it runs on what there is,
        and people are told what it did without.
        """
        if self.stop.is_set():
            return
        if attempt == 0:
            self._forget_retry(job)
            self._since[job.name] = time.monotonic()
        self._note(
            job, started_at=self.clock(), ended_at=None, verdict="", exit_code=None, attempt=attempt, why=""
        )
        failed = []
        verdict, ended, why = Verdict.DONE, None, ""
        # Nights that fall due while the job is at work are left to their own moment: their data come till then.
        delay = timedelta(minutes=self.settings.schedule.delay_minutes)
        closed = last_closed_night(self.settings, self.clock() - delay)
        for words in job.steps:
            ended = self._step((*words, "--to", closed.isoformat()) if words == CATCH_UP else words)
            why = what_stopped(ended, self.home, self.settings)
            waits = job.waits and not self._out_of_time(job)
            verdict = judge(ended, attempt, why, self.settings.schedule, waits=waits)
            self._log_step(job, words, ended, verdict, attempt, why)
            if verdict in (Verdict.AGAIN, Verdict.STOPPED):
                break
            if verdict is Verdict.FAILED:
                failed.append((words[0], ended, why))
        if failed and verdict in (Verdict.DONE, Verdict.INCOMPLETE):
            step, lost, cause = failed[0]
            verdict, why = Verdict.INCOMPLETE, f"without {step}: {cause or f'exit code {lost.exit_code}'}"
        self._note(
            job, ended_at=self.clock(), verdict=verdict.value, exit_code=ended and ended.exit_code, why=why
        )
        if not job.retried:
            return  # it comes again soon by itself
        if verdict is Verdict.AGAIN:
            if ended and attempt == self.settings.schedule.retries:
                self._tell_failure(job.name, ended, f"{why}; it is still waited for")
            self._retry(job, attempt)
        elif verdict is not Verdict.STOPPED:
            self._after(job, failed)

    def _out_of_time(self, job: Job) -> bool:
        limit = self.settings.schedule.time_limit_minutes * 60
        return time.monotonic() - self._since.get(job.name, 0.0) > limit

    def _step(self, words: tuple[str, ...]) -> Ended:
        wanted = self.settings.schedule
        try:
            return run_child(
                command_line(self.home, words),
                limit_seconds=wanted.time_limit_minutes * 60,
                grace_seconds=wanted.grace_seconds,
                stop=self.stop,
            )
        except OSError as error:  # no memory or no more processes: a matter of a later attempt like others
            self.log.error("a job could not be started", job=words[0], error=type(error).__name__)
            return Ended(ExitCode.INTERNAL, "itself", 0.0, "")

    def _retry(self, job: Job, attempt: int) -> None:
        wait = wait_seconds(attempt, self.settings.schedule)
        self._carry_out_at(self.clock() + timedelta(seconds=wait), job, attempt + 1, AGAIN)

    def _carry_out_at(self, moment: datetime, job: Job, attempt: int, kind: str) -> None:
        self.scheduler.add_job(
            self.carry_out,
            "date",
            run_date=moment,
            args=[job, attempt],
            id=job.name + kind,
            executor="work",
            replace_existing=True,
        )

    def _forget_retry(self, job: Job) -> None:
        try:
            self.scheduler.remove_job(job.name + AGAIN)
        except JobLookupError:
            return  # none was planned

    def _after(self, job: Job, failed: list[tuple[str, Ended, str]]) -> None:
        """Tell people how a job ended that they wait for."""
        for step, ended, why in failed:
            # A night that ran without its intake is done, on less than there is; the intake is what failed.
            self._tell_failure(job.name if step == job.steps[-1][0] else step, ended, why or ended.ended_by)
        if "tell" in self.states and not self.stop.is_set():
            self.scheduler.modify_job("tell", next_run_time=self.clock())

    def _tell_failure(self, name: str, ended: Ended, why: str) -> None:
        self._untold.append((self.clock(), name, int(ended.exit_code), why))
        self._tell_untold()

    def _tell_untold(self) -> None:
        """Put into the outbox what people have to know; what a full disk keeps out is tried at the next beat."""
        from pipeline.notify.failure import note_failure

        try:
            while self._untold:
                note_failure(self.home, self.settings, *self._untold[0])
                self._untold.popleft()
        except OSError as error:
            self.log.error("a message cannot be written; kept for the next beat", error=type(error).__name__)

    def _note(self, job: Job, **values: Any) -> None:
        self.states[job.name] = replace(self.states.get(job.name, JobState(job.name)), **values)

    def _log_step(
        self, job: Job, words: tuple[str, ...], ended: Ended, verdict: Verdict, attempt: int, why: str
    ) -> None:
        told = {Verdict.FAILED: self.log.error, Verdict.AGAIN: self.log.warning}.get(verdict, self.log.info)
        told(
            f"{job.name}: {words[0]} {verdict.value}",
            exit_code=ended.exit_code,
            ended_by=ended.ended_by,
            seconds=round(ended.seconds, 1),
            attempt=attempt,
            why=why,
        )

    def beat(self, *, stopped: bool = False) -> Heartbeat:
        """Say how the scheduler and its jobs stand."""
        at = self.clock()
        planned = {} if stopped else {one.id: one.next_run_time for one in self.scheduler.get_jobs()}
        jobs = tuple(
            replace(
                state,
                next_run=min(
                    filter(None, (planned.get(name + kind) for kind in ("", AGAIN, PASSED))), default=None
                ),
            )
            for name, state in sorted(self.states.items())
        )
        return Heartbeat(
            at, os.getpid(), socket.gethostname(), self.started_at, at if stopped else None, jobs
        )

    def _beat(self) -> None:
        write_heartbeat(self.home, self.beat())
        self._tell_untold()
        self.pulse.look()

    def jumped(self, seconds: float) -> None:
        """Plan every job anew, because the clock by which it was planned was set."""
        self.log.warning("the clock jumped: every job is planned anew", seconds=round(seconds))
        self.add_jobs()

    def _missed(self, event: Any) -> None:
        """Carry a job out once more where a moment of it passed while it was at work.

        What it does was fixed when it began, so the night of that moment is not among it. There is one worker:
        this goes in line behind what is at work. A second moment is covered by what already stands in line.
        """
        name = event.job_id.removesuffix(PASSED).removesuffix(AGAIN)
        job = self._jobs.get(name)
        if job is None:
            return  # the heart's own beat
        self.log.warning("a moment passed while the job was at work; it is not lost", job=name)
        if job.retried and event.job_id != name + PASSED:
            self._carry_out_at(self.clock(), job, 0, PASSED)

    def _broken(self, event: Any) -> None:
        name = event.job_id.removesuffix(PASSED).removesuffix(AGAIN)
        self.log.error("a job broke off inside the scheduler", job=name, error=type(event.exception).__name__)
        if name in self.states:
            why = type(event.exception).__name__
            self.states[name] = replace(self.states[name], ended_at=self.clock(), verdict="failed", why=why)
