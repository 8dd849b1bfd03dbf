"""What a job's end means: done, to be tried again, or a matter for a person."""

from __future__ import annotations

import shutil
from enum import StrEnum

from pipeline.errors import ExitCode, TellerwatchError
from pipeline.health import DISK_FAIL_BYTES
from pipeline.home import Home
from pipeline.scheduling.child import Ended
from pipeline.settings import Settings
from pipeline.settings_operation import Schedule


class Verdict(StrEnum):
    """How a job ended, as far as the scheduler is concerned."""

    DONE = "done"
    INCOMPLETE = "incomplete"
    AGAIN = "again"
    FAILED = "failed"
    STOPPED = "stopped"


# What a second attempt cannot mend by itself.
LASTING = frozenset({ExitCode.USAGE, ExitCode.NOT_PERMITTED, ExitCode.DRILL_BELOW_FLOOR})


def judge(ended: Ended, attempt: int, obstacle: str, settings: Schedule) -> Verdict:
    """Say what a job's end means.

    A lock that is taken, an interruption from outside and an obstacle that may go away are tried again as
    often as the settings allow. An unexpected error, a signal or a hung process gets one more attempt. A
    wrong configuration gets none.

    Args:
        ended: How the process ended.
        attempt: 0 for the first.
        obstacle: What stands in the way of any job at this moment; empty for nothing.
        settings: How often to try.
    """
    if ended.ended_by == "stop":
        return Verdict.STOPPED
    if ended.exit_code in (ExitCode.OK, ExitCode.FINDINGS):
        return Verdict.DONE
    if ended.exit_code == ExitCode.INCOMPLETE:
        return Verdict.INCOMPLETE
    if ended.exit_code in LASTING:
        return Verdict.FAILED
    passing = ended.exit_code in (ExitCode.LOCKED, ExitCode.INTERRUPTED) and ended.ended_by == "itself"
    most = settings.retries if passing or obstacle else min(1, settings.retries)
    return Verdict.AGAIN if attempt < most else Verdict.FAILED


def wait_seconds(attempt: int, settings: Schedule) -> float:
    """Return how long to wait before the attempt after this one: twice as long each time, up to a bound."""
    return float(min(settings.retry_seconds * 2.0 ** min(attempt, 30), settings.retry_longest_seconds))


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
