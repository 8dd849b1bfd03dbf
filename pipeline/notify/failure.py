"""The message that a job failed for good: written without the casebook, which may be just what failed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pipeline.home import Home
from pipeline.nightly.due import last_closed_night
from pipeline.notify.channels import to_people
from pipeline.notify.outbox import Message, Outbox
from pipeline.settings import Settings

# What an operator does about it, shortly; docs/exit-codes.md says more.
ADVICE = {
    2: "The configuration or the home cannot be used: tellerwatch doctor",
    4: "The act was not permitted: see the log of the scheduler.",
    5: "Another process holds the home's lock and does not let go: tellerwatch doctor names it.",
    6: "The drill found fewer planted leakers than its floor: tellerwatch drill",
}
ADVICE_ELSE = "See the scheduler's log and the home's logs folder, then: tellerwatch run --catch-up -v"


def note_failure(home: Home, settings: Settings, at: datetime, job: str, exit_code: int, why: str) -> None:
    """Put the message that a job failed into the outbox, once a night and channel.

    Args:
        home: The installation.
        settings: The effective configuration.
        at: The present moment.
        job: Which job.
        exit_code: What it returned.
        why: What stood in its way, as far as is known.
    """
    ways = to_people(settings)
    if not ways:
        return
    night = last_closed_night(settings, at)
    bank = settings.bank.name
    advice = ADVICE.get(exit_code, ADVICE_ELSE)
    reason = f" ({why})" if why and why != "itself" else ""
    body: dict[str, Any] = {
        "schema_version": "1.0",
        "kind": "job_failed",
        "bank": bank,
        "night": night.isoformat(),
        "job": job,
        "exit_code": exit_code,
        "why": why,
    }
    text = (
        f"The job {job} failed on the night of {night}: exit code {exit_code}{reason}.\n"
        f"Nobody may have been looked at. This is not a quiet night.\n{advice}\n\n"
        f"{night} 的任务 {job} 失败：退出码 {exit_code}。可能未检查任何人，这不等于无异常。\n"
    )
    subject = f"Tellerwatch{' ' + bank if bank else ''}: {job} FAILED, night of {night}"
    outbox = Outbox(home)
    with outbox.held():
        for channel in ways:
            key = f"{night.isoformat()}.{job}-failed.{channel}"
            outbox.put(Message(key, channel, subject, text, at, at, body))
