"""A job as a process of its own: bounded in time, and ended with all that it has started."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from typing import IO, Literal

POLL_SECONDS = 0.1
LONGEST_ANSWER_BYTES = 4_000_000

EndedBy = Literal["itself", "time limit", "stop"]


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        exit_code: What it returned; negative is the signal that ended it.
        ended_by: Whether it ended itself, or was ended, and why.
        seconds: How long it took.
        answer: What it printed as its result.
    """

    exit_code: int
    ended_by: EndedBy
    seconds: float
    answer: str


def run_child(
    arguments: list[str],
    *,
    limit_seconds: float,
    grace_seconds: float,
    stop: threading.Event,
    environment: dict[str, str] | None = None,
) -> Ended:
    """Run a process to its end, to its time limit, or until a stop is asked for.

    Its standard error stays ours, so that its log joins the scheduler's.

    Args:
        arguments: The program and its arguments.
        limit_seconds: After this it is taken for hung.
        grace_seconds: How long it may take to end by itself once interrupted; then its whole group is killed.
        stop: Set from outside when everything has to end.
        environment: Its environment; None is ours.
    """
    began = time.monotonic()
    with _paper() as answer:
        process = subprocess.Popen(  # noqa: S603  # our own command line, never a shell
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=answer,
            start_new_session=True,
            env=environment,
        )
        ended_by: EndedBy = "itself"
        try:
            while process.poll() is None:
                if stop.is_set():
                    ended_by = "stop"
                elif time.monotonic() - began > limit_seconds:
                    ended_by = "time limit"
                if ended_by != "itself":
                    _end(process, grace_seconds)
                    break
                _wait(process, POLL_SECONDS)
        except BaseException:
            _end(process, 0)
            raise
        return Ended(process.wait(), ended_by, time.monotonic() - began, _read(answer))


def _paper() -> IO[bytes]:
    """A nameless file for what a process prints: in memory where there is such, as a disk may be full."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("answer"), "w+b")
    return tempfile.TemporaryFile()


def _end(process: subprocess.Popen[bytes], grace_seconds: float) -> None:
    """Interrupt the group, give it time to leave nothing half done, then kill whatever of it is left."""
    _signal(process, signal.SIGINT)
    _wait(process, grace_seconds)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return  # nobody of the group is left


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _read(answer: IO[bytes]) -> str:
    answer.seek(0)
    return answer.read(LONGEST_ANSWER_BYTES).decode("utf-8", errors="replace")
