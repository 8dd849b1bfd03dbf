"""The heartbeat: a file that says that the scheduler lives, and a call to a dead-man's switch elsewhere.

It is written by a job of the scheduler itself, so it stops when the scheduler lives on but runs nothing.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from datetime import datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipeline.home import PRIVATE_DIR, Home
from pipeline.whole_file import write_whole


@dataclass(frozen=True)
class JobState:
    """How a job stands.

    Attributes:
        name: The job.
        next_run: When it runs next.
        started_at: When it ran last.
        ended_at: When that ended; None while it runs.
        verdict: How it ended.
        exit_code: What its last process returned.
        attempt: Which attempt it was, from 0.
        why: What stood in its way.
    """

    name: str
    next_run: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    verdict: str = ""
    exit_code: int | None = None
    attempt: int = 0
    why: str = ""


@dataclass(frozen=True)
class Heartbeat:
    """One beat.

    Attributes:
        at: When.
        pid: The scheduler's process.
        host: The machine it runs on.
        started_at: When it began.
        stopped_at: When it ended in good order; None while it lives.
        jobs: How its jobs stand.
    """

    at: datetime
    pid: int
    host: str
    started_at: datetime
    stopped_at: datetime | None
    jobs: tuple[JobState, ...]


def heartbeat_file(home: Home) -> Path:
    """Return where the heartbeat lies."""
    return home.watch / "heartbeat.json"


def write_heartbeat(home: Home, beat: Heartbeat) -> None:
    """Write a beat over the one before."""
    home.watch.mkdir(mode=PRIVATE_DIR, exist_ok=True)
    text = json.dumps(asdict(beat), default=lambda moment: moment.isoformat(), indent=1)
    write_whole(heartbeat_file(home), text + "\n")


def read_heartbeat(home: Home) -> Heartbeat | None:
    """Read the last beat; None where no scheduler ever ran, or the file is not one of ours."""
    try:
        found = json.loads(heartbeat_file(home).read_text(encoding="utf-8"))
        jobs = tuple(
            JobState(**_with_moments(job, "next_run", "started_at", "ended_at")) for job in found.pop("jobs")
        )
        return Heartbeat(**_with_moments(found, "at", "started_at", "stopped_at"), jobs=jobs)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _with_moments(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {
        key: datetime.fromisoformat(value) if key in names and value else value
        for key, value in values.items()
    }


def push(url: str, timeout_seconds: float) -> str:
    """Call the dead-man's switch; nothing about the bank is sent.

    Returns:
        What went wrong, or an empty text.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        return "watch.push_url is no http or https address"
    try:
        with urllib.request.urlopen(url, timeout=timeout_seconds) as answer:  # noqa: S310  # checked
            answer.read(1024)
    except (urllib.error.URLError, HTTPException, OSError, ValueError) as error:
        return f"{type(error).__name__}: {getattr(error, 'reason', error)}"
    return ""
