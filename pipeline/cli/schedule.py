"""`tellerwatch schedule`: every night by itself, in the foreground; `schedule status` says how it stands."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.scheduling.status import Status


class _Ending(BaseException):
    """Somebody asked for an orderly end."""


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    def end(number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: the end is on its way
        raise KeyboardInterrupt if number == signal.SIGINT else _Ending

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    except _Ending:
        return
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@click.group(invoke_without_command=True, short_help="Run every night by itself, in the foreground.")
@click.pass_context
def schedule(click_context: click.Context) -> None:
    """Run the jobs of this home by the clock, in the foreground, until SIGTERM (exit code 0) or Ctrl-C (130).

    What runs, and when, stands in the [schedule] section of the configuration: the nights after the
    cut-off, the drop folders, the messages, the drill, the purge. Nights missed while nothing ran are
    caught up at the start, in order.
    """
    if click_context.invoked_subcommand is not None:
        return
    context = click_context.ensure_object(CliContext)
    context.require_home()
    if not context.quiet:
        context.verbosity = max(context.verbosity, 1)
        context.set_up_logging()
    from pipeline.clock import now
    from pipeline.scheduling.scheduler import NightScheduler

    _ = context.settings  # a configuration that cannot be used is said now, not at night
    with _ended_by_signal():
        NightScheduler(context.home, context.settings, now).run()


@schedule.command(short_help="Show next and last runs, and whether the scheduler lives.")
@click.option(
    "--fail-on",
    type=click.Choice(["dead", "late"]),
    multiple=True,
    help="Exit with 1 when no scheduler lives, or when a night is late or failed; may be given twice.",
)
@json_option
@pass_context
def status(context: CliContext, fail_on: tuple[str, ...]) -> int:
    """Show the next run of each job, the last nights, and the age of the heartbeat."""
    context.require_home()
    from pipeline.clock import now
    from pipeline.scheduling.status import status as status_of

    found = status_of(context.home, context.settings, context.engine, now())
    context.emit(found, lambda console: _show(console, found, context.settings.bank.zone))
    dead = "dead" in fail_on and not found.running
    late = "late" in fail_on and found.standing.late
    return ExitCode.FINDINGS if dead or late else ExitCode.OK


def _show(console: Console, found: Status, zone: str) -> None:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from rich.table import Table

    def local(moment: datetime | None) -> str:
        return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if moment else "—"

    if found.running:
        console.print(f"The scheduler lives: process {found.scheduler['pid']} on {found.scheduler['host']}.")
    elif found.heartbeat_age_seconds is None:
        console.print("No scheduler has ever run in this home.")
    else:
        console.print(
            f"No scheduler lives; the last beat is {found.heartbeat_age_seconds / 60:.0f} minutes old."
        )
    jobs = Table(
        "job", "next", "last", "ended as", box=None, title=f"Jobs, times in {zone}", title_justify="left"
    )
    for job in found.jobs:
        ended = job.verdict or ("at work" if job.started_at else "—")
        jobs.add_row(job.name, local(job.next_run), local(job.started_at), f"{ended} {job.why}".strip())
    console.print(jobs)
    nights = Table("night", "status", "ended", "new cases", box=None)
    for night in found.nights:
        nights.add_row(
            str(night["night"]), night["status"], local(night["finished_at"]), str(night["new_cases"])
        )
    console.print(nights)
    stand = found.standing
    console.print(
        f"Expected: {stand.expected}; done: {stand.last_done or 'none'}; waiting: {stand.waiting} nights."
    )
    if stand.late:
        failed = f"; failed: {', '.join(map(str, stand.failed))}" if stand.failed else ""
        console.print(
            f"A night is late{failed}. `tellerwatch run --catch-up -v` shows why.", style="bold red"
        )
