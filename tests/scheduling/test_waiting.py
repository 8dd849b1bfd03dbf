"""A night whose data could not be taken in, because a disk was full or a share away, waits for them."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.casebook.engine import open_casebook
from pipeline.clock import now
from pipeline.home import Home
from pipeline.lake.store import Lake
from pipeline.notify.outbox import Outbox
from pipeline.scheduling.heartbeat import JobState
from pipeline.scheduling.plan import plan
from pipeline.scheduling.scheduler import AGAIN, NightScheduler
from pipeline.settings import load_settings

MEGABYTE = 1 << 20
CONFIG = """
[schedule]
drop_folders = ["drop"]
drop_needs_marker = true
retries = 0

[webhook]
url = "http://127.0.0.1:1/"
"""


@pytest.fixture
def nightly(ready: Home) -> Callable[..., JobState]:
    """Carries the nightly job out, each step a real process; gives back how it stands."""
    ready.config.write_text(CONFIG, encoding="utf-8")
    settings = load_settings(ready.config)
    scheduler = NightScheduler(ready, settings, now)
    job = next(one for one in plan(ready, settings) if one.name == "nightly")
    for folder in (ready.outbox, ready.tmp, ready.watch):
        folder.mkdir(mode=0o700, exist_ok=True)

    def carry_out(attempt: int = 0, *, out_of_time: bool = False) -> JobState:
        if out_of_time:
            scheduler._since["nightly"] = float("-inf")
        scheduler.carry_out(job, attempt)
        waits = any(one.id == "nightly" + AGAIN for one in scheduler.scheduler.get_jobs())
        assert waits == (scheduler.states["nightly"].verdict == "again")
        if waits:
            scheduler.scheduler.remove_job("nightly" + AGAIN)
        return scheduler.states["nightly"]

    return carry_out


@pytest.fixture
def disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """Lets processes write no file beyond six megabytes, which to them is a full disk; or lets them again."""
    narrow = tmp_path / "narrow-python"
    narrow.write_text(f'#!/bin/bash\nulimit -f {6 * 1024}\nexec "{sys.executable}" "$@"\n')
    narrow.chmod(0o700)
    roomy = sys.executable

    def switch(full: bool) -> None:
        monkeypatch.setattr(sys, "executable", str(narrow) if full else roomy)

    return switch


def drop_todays_log(home: Home) -> None:
    """A compressed log that needs eight megabytes of scratch; of today, so that no night is due after it."""
    (home.root / "drop").mkdir()
    at = datetime.now(UTC).isoformat()
    rows = [f"Q{number},{at},E1,900101199001010000,{'x' * 8192}" for number in range(1024)]
    text = "\n".join(["event_id,occurred_at,employee_id,subject_id,remark", *rows])
    path = home.root / "drop" / "access_log-today.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    path.with_name(path.name + ".done").touch()


def messages(home: Home) -> list[str]:
    return [one.text for one in Outbox(home).messages()]


def looked_up_on(home: Home) -> list[object]:
    engine = open_casebook(home, load_settings(home.config))
    days = Lake(home, engine).days("access_log")
    engine.dispose()
    return list(days)


def test_a_log_that_met_a_full_disk_is_waited_for_and_taken_in_when_there_is_room(
    ready: Home, nightly: Callable[..., JobState], disk_is_full: Callable[[bool], None]
) -> None:
    drop_todays_log(ready)
    disk_is_full(True)
    state = nightly()
    assert (state.verdict, state.why) == ("again", "access_log: disk_failed")
    assert looked_up_on(ready) == []
    disk_is_full(False)
    assert nightly(1).verdict == "done"
    assert len(looked_up_on(ready)) == 1
    # Told when the usual attempts were used up, and not again when all was well.
    (told,) = messages(ready)
    assert "still waited for" in told


def test_a_night_past_its_time_limit_runs_without_and_says_why(
    ready: Home, nightly: Callable[..., JobState]
) -> None:
    state = nightly()  # the folder is on a share that is not mounted
    assert (state.verdict, state.why) == ("again", "DropFolderAwayError")
    state = nightly(1, out_of_time=True)
    assert (state.verdict, state.why) == ("incomplete", "without ingest: DropFolderAwayError")
    assert any("job ingest failed" in text and "DropFolderAwayError" in text for text in messages(ready))
