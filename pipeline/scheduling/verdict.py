"""What a job's end means: done, to be tried again, or a matter for a person."""

from __future__ import annotations

import json
import shutil
from enum import StrEnum

from pipeline.errors import ExitCode, TellerwatchError
from pipeline.health import DISK_FAIL_BYTES
from pipeline.home import Home
from pipeline.intake.errors import PASSING_CODES
from pipeline.scheduling.child import Ended
from pipeline.settings import Settings
from pipeline.settings.operation import Schedule


class Verdict(StrEnum):
    """How a job ended, as far as the scheduler is concerned."""

    DONE = "done"
    INCOMPLETE = "incomplete"
    AGAIN = "again"
    FAILED = "failed"
    STOPPED = "stopped"


# What a second attempt cannot mend by itself.
LASTING = frozenset({ExitCode.USAGE, ExitCode.NOT_PERMITTED, ExitCode.DRILL_BELOW_FLOOR})


def judge(ended: Ended, attempt: int, obstacle: str, settings: Schedule, *, waits: bool = False) -> Verdict:
    """Say what a job's end means.

    A lock that is taken, an interruption from outside and an obstacle that may go away are tried again as
    often as the settings allow, or for as long as the job waits. An unexpected error, a signal or a hung
    process gets one more attempt. A wrong configuration gets none.

    Args:
        ended: How the process ended.
        attempt: 0 for the first.
        obstacle: What stood in its way and may go away; empty for nothing.
        settings: How often to try.
        waits: Whether the job has time left to wait for what may go away, however often it was tried.
    """
    if ended.ended_by == "stop":
        return Verdict.STOPPED
    if ended.exit_code in (ExitCode.OK, ExitCode.FINDINGS):
        return Verdict.DONE
    if not obstacle:
        if ended.exit_code == ExitCode.INCOMPLETE:
            return Verdict.INCOMPLETE
        if ended.exit_code in LASTING:
            return Verdict.FAILED
    locked = ended.exit_code in (ExitCode.LOCKED, ExitCode.INTERRUPTED) and ended.ended_by == "itself"
    if locked or obstacle:
        return Verdict.AGAIN if waits or attempt < settings.retries else Verdict.FAILED
    return Verdict.AGAIN if attempt < min(1, settings.retries) else Verdict.FAILED


def wait_seconds(attempt: int, settings: Schedule) -> float:
    """Return how long to wait before the attempt after this one: twice as long each time, up to a bound."""
    return float(min(settings.retry_seconds * 2.0 ** min(attempt, 30), settings.retry_longest_seconds))


def what_stopped(ended: Ended, home: Home, settings: Settings) -> str:
    """Name what kept a command from its work and may go away; empty for nothing of that kind.

    A command's own answer comes first: by the time somebody looks, the disk may have room again. What an
    intake could not take in for the machine's sake is due as if it had not run at all.
    """
    if ended.exit_code in (ExitCode.OK, ExitCode.FINDINGS) or ended.ended_by == "stop":
        return ""
    try:
        answer = json.loads(ended.answer)
    except ValueError:
        answer = None  # cut off before it could say anything
    if isinstance(answer, dict):
        if answer.get("error", {}).get("transient"):
            return str(answer["error"].get("kind", ""))
        left = [one for one in answer.get("findings", ()) if one.get("code") in PASSING_CODES]
        if left:
            feeds = ", ".join(sorted({str(one.get("feed", "")) for one in left}))
            return f"{feeds}: {left[0]['code']}"
    if ended.exit_code == ExitCode.INCOMPLETE or ended.exit_code in LASTING:
        return ""
    return obstacle(home, settings)


def obstacle(home: Home, settings: Settings) -> str:
    """Name what would stop any job now and may go away: a database that does not answer, a full disk."""
    from pipeline.casebook.engine import open_casebook

    if shutil.disk_usage(home.root).free < DISK_FAIL_BYTES:
        return "the disk is full"
    try:
        open_casebook(home, settings).dispose()
    except TellerwatchError as error:
        return "the casebook does not answer" if error.transient else ""
    return ""
