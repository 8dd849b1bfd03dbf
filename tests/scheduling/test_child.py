from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from pipeline.scheduling.child import run_child

# A process that starts another; neither listens to an interruption. Both say their numbers first.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
deaf = "import signal, time; signal.signal(2, signal.SIG_IGN); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", deaf])
print(os.getpid(), child.pid, flush=True)
time.sleep(60)
"""
ORDERLY = """
import pathlib, sys, time
try:
    pathlib.Path({marker!r}).touch()
    time.sleep(60)
except KeyboardInterrupt:
    print("cleaned up", flush=True)
    sys.exit(130)
"""


@pytest.fixture(autouse=True)
def interruptible():
    """Who starts tests in a shell's background has them ignore the interrupt, and what they start inherits that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def run(code: str, limit: float = 30, grace: float = 5, stop: threading.Event | None = None):
    return run_child(
        [sys.executable, "-c", code],
        limit_seconds=limit,
        grace_seconds=grace,
        stop=stop or threading.Event(),
    )


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_what_a_process_prints_and_returns_is_handed_back():
    ended = run("print('结果'); raise SystemExit(3)")
    assert (ended.exit_code, ended.ended_by, ended.answer) == (3, "itself", "结果\n")


def test_a_hung_process_is_killed_together_with_what_it_started():
    ended = run(STUBBORN, limit=3, grace=0.3)
    assert (ended.exit_code, ended.ended_by) == (-signal.SIGKILL, "time limit")
    numbers = [int(number) for number in ended.answer.split()]
    assert len(numbers) == 2
    deadline = time.monotonic() + 5
    while any(map(lives, numbers)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(lives, numbers))


def test_a_process_that_is_stopped_has_time_to_clean_up(tmp_path):
    stop, marker = threading.Event(), tmp_path / "at work"

    def stop_at_work():  # not after some seconds: a busy machine may take them to start Python
        while not marker.exists():
            time.sleep(0.05)
        stop.set()

    watcher = threading.Thread(target=stop_at_work, daemon=True)
    watcher.start()
    ended = run(ORDERLY.format(marker=str(marker)), limit=120, grace=60, stop=stop)
    watcher.join(timeout=5)
    assert (ended.exit_code, ended.ended_by) == (130, "stop")
    assert "cleaned up" in ended.answer
    assert ended.seconds < 60  # it slept, and was not waited for


def test_an_endless_answer_does_not_block_the_process():
    ended = run("import sys; sys.stdout.write('x' * 6_000_000)")
    assert ended.exit_code == 0
    assert len(ended.answer) == 4_000_000
