from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import ExitCode, LockedError
from pipeline.health import State, examine
from pipeline.lock import LockFileError, current_holder, hold_lock

AT = datetime(2026, 6, 19, 18, 0, tzinfo=UTC)
HOLDING = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from pipeline.home import Home
from pipeline.lock import hold_lock
with hold_lock(Home(Path(sys.argv[1])), "run", datetime(2026, 6, 19, 18, 0, tzinfo=UTC)):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other_process(home):
    """Another process that holds the home's lock."""
    home.make()
    repository = Path(__file__).parents[1]
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(home.root)], cwd=repository, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_run_is_refused_and_told_who_is_at_work_since_when(home, other_process):
    with pytest.raises(LockedError) as refusal, hold_lock(home, "run", AT):
        pytest.fail("two runs held one lock")
    assert refusal.value.exit_code == ExitCode.LOCKED
    assert f"process {other_process.pid}" in str(refusal.value)
    assert "2026-06-19T18:00:00+00:00" in str(refusal.value)
    assert "`run`" in str(refusal.value)


def test_a_killed_process_leaves_the_lock_free(home, other_process):
    assert current_holder(home).pid == other_process.pid
    other_process.send_signal(signal.SIGKILL)
    other_process.wait()
    assert current_holder(home) is None
    with hold_lock(home, "ingest", AT):
        assert current_holder(home).pid == os.getpid()


def test_the_lock_is_free_again_after_the_block_and_after_an_error(home):
    home.make()
    assert current_holder(home) is None
    with pytest.raises(RuntimeError), hold_lock(home, "run", AT):
        raise RuntimeError
    assert current_holder(home) is None
    with hold_lock(home, "run", AT):
        pass
    assert home.lock.read_bytes() == b""


def test_the_lock_is_private(home):
    home.make()
    with hold_lock(home, "run", AT):
        assert stat.S_IMODE(home.lock.stat().st_mode) == 0o600


def test_homes_do_not_lock_one_another(home, tmp_path):
    from pipeline.home import Home

    other = Home(tmp_path / "other")
    home.make()
    other.make()
    with hold_lock(home, "run", AT), hold_lock(other, "run", AT):
        assert current_holder(home).pid == current_holder(other).pid == os.getpid()


@pytest.mark.parametrize(("call", "code"), [("open", errno.EROFS), ("pwrite", errno.ENOSPC)])
def test_a_lock_that_cannot_be_written_is_told_in_words_and_may_be_tried_again(home, monkeypatch, call, code):
    home.make()

    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(f"pipeline.lock.os.{call}", refuse)
    with pytest.raises(LockFileError, match=os.strerror(code)) as refusal, hold_lock(home, "run", AT):
        pytest.fail("nothing was locked")
    assert str(home.lock) in str(refusal.value)
    assert refusal.value.transient


def test_a_home_that_cannot_be_written_is_a_failed_line_and_not_a_crash(home, tellerwatch, monkeypatch):
    tellerwatch("init")
    home.lock.touch()

    def refuse(_: object) -> None:
        raise LockFileError(home, OSError(errno.EROFS, os.strerror(errno.EROFS)))

    monkeypatch.setattr("pipeline.health.current_holder", refuse)
    (lock,) = [check for check in examine(home, AT) if check.name == "lock"]
    assert lock.state is State.FAIL
    assert str(home.lock) in lock.found
