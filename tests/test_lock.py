from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import ExitCode, LockedError
from pipeline.lock import current_holder, hold_lock

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
