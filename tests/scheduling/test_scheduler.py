"""The scheduler itself, as the process that a bank runs: real commands, real signals, a real home."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from pipeline.clock import now
from pipeline.home import Home
from pipeline.lock import hold_lock
from pipeline.nightly.due import last_closed_night
from pipeline.scheduling.child import Ended
from pipeline.scheduling.heartbeat import Heartbeat, read_heartbeat
from pipeline.scheduling.plan import plan
from pipeline.scheduling.scheduler import NightScheduler
from pipeline.settings import Settings

PATIENCE_SECONDS = 60
# Without a delay: in the half hour before the night's own moment a scheduler that starts would rightly wait for it.
CONFIG = """
[schedule]
delay_minutes = 0
heartbeat_seconds = 1
retry_seconds = 1
grace_seconds = 5
"""


def wait_for(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


@pytest.fixture
def start(ready: Home) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts a scheduler on the home; whatever is left of it at the end is killed."""
    ready.config.write_text(CONFIG, encoding="utf-8")
    begun: list[subprocess.Popen[str]] = []

    def begin() -> subprocess.Popen[str]:
        words = [sys.executable, "-m", "pipeline", "--home", str(ready.root), "schedule"]
        begun.append(subprocess.Popen(words, stderr=subprocess.PIPE, text=True))
        return begun[-1]

    yield begin
    for process in begun:
        with suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def job(home: Home, name: str = "nightly"):
    beat = read_heartbeat(home)
    return next((one for one in beat.jobs if one.name == name), None) if beat else None


def beat(home: Home) -> Heartbeat:
    found = read_heartbeat(home)
    assert found is not None
    return found


def test_it_runs_the_nights_at_the_start_and_ends_in_order_on_sigterm(start, ready, tellerwatch):
    process = start()
    wait_for(lambda: (one := job(ready)) and one.verdict == "done", "the nights were not run")
    status = tellerwatch("schedule", "status", "--json", "--fail-on", "dead")
    assert status.code == 0
    assert status.json["running"]
    assert status.json["scheduler"]["pid"] == process.pid
    assert status.json["jobs"][0]["next_run"] > now().isoformat()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert beat(ready).stopped_at is not None
    answer = tellerwatch("schedule", "status", "--json", "--fail-on", "dead")
    assert (answer.code, answer.json["running"]) == (1, False)
    assert answer.json["jobs"][0]["next_run"]


def test_ctrl_c_ends_it_with_130(start, ready):
    process = start()
    wait_for(lambda: read_heartbeat(ready), "no heartbeat")
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130


def test_a_night_that_finds_the_lock_taken_waits_and_is_done_once_it_is_free(start, ready):
    with hold_lock(ready, "ingest", now()):
        process = start()
        wait_for(lambda: (one := job(ready)) and one.verdict == "again" and one.exit_code == 5, "no retry")
    wait_for(lambda: (one := job(ready)) and one.verdict == "done" and one.attempt > 0, "never done")
    process.terminate()
    assert process.wait(30) == 0


def test_a_scheduler_that_was_killed_leaves_nothing_that_keeps_the_next_from_working(start, ready):
    first = start()
    wait_for(lambda: read_heartbeat(ready), "no heartbeat")
    first.kill()
    first.wait()
    second = start()
    wait_for(lambda: beat(ready).pid == second.pid and job(ready).verdict == "done", "the second did nothing")
    second.terminate()
    assert second.wait(30) == 0


def test_a_broken_configuration_is_refused_at_the_start_and_not_at_night(ready, tellerwatch):
    ready.config.write_text("[schedule]\ndelay_minuets = 3\n", encoding="utf-8")
    answer = tellerwatch("schedule")
    assert answer.code == 2
    assert "delay_minutes" in answer.err


def test_status_without_a_scheduler_says_so_and_what_would_run(ready, tellerwatch):
    answer = tellerwatch("schedule", "status", "--json")
    assert answer.code == 0
    assert answer.json["heartbeat_age_seconds"] is None
    assert [one["name"] for one in answer.json["jobs"]] == ["nightly"]
    assert "No scheduler has ever run" in tellerwatch("schedule", "status").out


def test_the_jobs_come_from_the_configuration(ready):
    chosen = {
        "sources": {"core": {"feed": "logins", "url_variable": "CORE_ADDRESS", "table": "logins"}},
        "schedule": {
            "drop_folders": ["/exports", "drop"],
            "purge": True,
            "drill_day": "sun",
            "month_report_day": 3,
        },
        "webhook": {"url": "http://127.0.0.1:1/"},
    }
    jobs = {one.name: one for one in plan(ready, Settings.model_validate(chosen))}
    assert set(jobs) == {"nightly", "ingest", "tell", "drill", "purge", "month"}
    taking = (("ingest", "--drop"), ("ingest", "--source", "core"))
    assert jobs["nightly"].steps == (*taking, ("run", "--catch-up"))
    assert jobs["ingest"].steps == taking
    assert plan(ready, Settings.model_validate({"schedule": {"nightly": False}})) == []


def test_after_a_jump_of_the_clock_every_job_is_planned_from_the_new_moment(ready):
    scheduler = NightScheduler(ready, Settings.model_validate({"schedule": {"heartbeat_seconds": 5}}), now)
    thread = threading.Thread(target=scheduler.run, daemon=True)
    thread.start()
    wait_for(lambda: read_heartbeat(ready), "no heartbeat")
    # As after the clock went back by ten hours: what was planned lies far ahead.
    for one in scheduler.scheduler.get_jobs():
        scheduler.scheduler.modify_job(one.id, next_run_time=one.next_run_time + timedelta(hours=10))
    before = beat(ready).at
    scheduler.jumped(-36000.0)
    wait_for(lambda: beat(ready).at > before, "the heart stood still")
    nightly = scheduler.scheduler.get_job("nightly")
    assert nightly.next_run_time - now() <= timedelta(days=1)
    assert (nightly.misfire_grace_time, nightly.coalesce, nightly.max_instances) == (None, True, 1)
    scheduler.stop.set()
    scheduler.scheduler.shutdown(wait=False)
    thread.join(30)
    assert not thread.is_alive()


def test_the_heartbeat_file_is_json_that_a_monitor_can_read(start, ready):
    process = start()
    wait_for(lambda: read_heartbeat(ready), "no heartbeat")
    found = json.loads((ready.watch / "heartbeat.json").read_text(encoding="utf-8"))
    assert {"at", "pid", "host", "started_at", "stopped_at", "jobs"} <= set(found)
    process.terminate()
    process.wait(30)


def test_a_night_whose_moment_passes_while_the_jobs_are_planned_is_not_left_to_the_next_day(ready):
    settings = Settings.model_validate({"schedule": {"delay_minutes": 30}})
    (nightly,) = plan(ready, settings)
    moment = nightly.trigger.get_next_fire_time(None, now() - timedelta(days=2))
    # As on a slow machine: planning began just before the moment, and APScheduler's own clock is past it.
    scheduler = NightScheduler(ready, settings, lambda: moment - timedelta(milliseconds=10))
    scheduler.add_jobs()
    assert scheduler.scheduler.get_job("nightly").next_run_time == moment


def test_a_night_that_falls_due_while_the_job_is_at_work_is_left_to_its_own_moment(ready, monkeypatch):
    settings = Settings.model_validate({"schedule": {"delay_minutes": 30}})
    (nightly,) = plan(ready, settings)
    moment = nightly.trigger.get_next_fire_time(None, now() - timedelta(days=2))
    closed = last_closed_night(settings, moment)
    asked = []
    for at in (moment - timedelta(minutes=20), moment):  # past the cut-off, its data still on their way; then
        scheduler = NightScheduler(ready, settings, lambda at=at: at)
        monkeypatch.setattr(
            scheduler, "_step", lambda words: asked.append(words) or Ended(0, "itself", 0, "")
        )
        scheduler.carry_out(nightly)
    before = closed - timedelta(days=1)
    assert asked == [("run", "--catch-up", "--to", str(day)) for day in (before, closed)]


def test_a_night_whose_moment_passes_while_the_job_is_at_work_is_run_right_after_it(ready, monkeypatch):
    settings = Settings.model_validate({"schedule": {"delay_minutes": 30}})
    (nightly,) = plan(ready, settings)
    moment = nightly.trigger.get_next_fire_time(None, now() - timedelta(days=2))
    closed = last_closed_night(settings, moment)
    times, asked, go_on = [moment - timedelta(minutes=20)], [], threading.Event()
    scheduler = NightScheduler(ready, settings, lambda: times[-1])

    def step(words):  # as long a catch-up as it takes
        asked.append(words)
        assert go_on.wait(PATIENCE_SECONDS)
        return Ended(0, "itself", 0, "")

    monkeypatch.setattr(scheduler, "_step", step)
    thread = threading.Thread(target=scheduler.run, daemon=True)
    thread.start()
    try:
        wait_for(lambda: asked, "no night was begun")
        times.append(moment)
        scheduler.scheduler.modify_job("nightly", next_run_time=now())
        wait_for(
            lambda: scheduler.scheduler.get_job("nightly").next_run_time > now(), "its moment did not pass"
        )
        assert len(asked) == 1
        go_on.set()
        wait_for(lambda: len(asked) > 1, "the night is left to the next day")
    finally:
        go_on.set()
        scheduler.stop.set()
        scheduler.scheduler.shutdown(wait=False)
        thread.join(30)
    before = closed - timedelta(days=1)
    assert asked == [("run", "--catch-up", "--to", str(day)) for day in (before, closed)]


def test_a_catch_up_may_end_at_a_night(ready, tellerwatch):
    assert tellerwatch("run", "--catch-up", "--to", "2026-06-18").code == 0
    assert tellerwatch("run", "--catch-up", "--from", "2026-06-18").code == 2
