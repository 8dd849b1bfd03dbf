"""`run`: the nights, in order."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.nightly.run import NightDone

_DAY = click.DateTime(["%Y-%m-%d"])


def _asked(
    context: CliContext, night: datetime | None, first: datetime | None, last: datetime | None, catch_up: bool
) -> list[date]:
    """Work out which nights are meant."""
    from pipeline.nightly.asked import refuse_nights_without_data, refuse_open_nights
    from pipeline.nightly.due import last_closed_night, nights_due

    if sum(bool(way) for way in (night, first or (last and not catch_up), catch_up)) > 1:
        raise UsageError(
            "Nights were asked for in more than one way.",
            "Give one of --night, --from with --to, or --catch-up, which may have --to.",
        )
    if night:
        refuse_open_nights(context.home, context.engine, context.settings, night.date())
        refuse_nights_without_data(context.home, context.engine, night.date())
        return [night.date()]
    if catch_up:
        due = nights_due(context.home, context.settings, context.engine)
        return [one for one in due if last is None or one <= last.date()]
    if first or last:
        if not (first and last):
            raise UsageError("A span of nights needs both ends.", "Give --from and --to.")
        if first > last:
            raise UsageError(
                f"The span ends before it begins: {first:%Y-%m-%d} is after {last:%Y-%m-%d}.",
                "Swap --from and --to.",
            )
        refuse_open_nights(context.home, context.engine, context.settings, last.date())
        refuse_nights_without_data(context.home, context.engine, first.date())
        return [first.date() + timedelta(days=offset) for offset in range((last - first).days + 1)]
    closed = last_closed_night(context.settings)
    refuse_nights_without_data(context.home, context.engine, closed)
    return [closed]


def _show(console: Console, nights: list[NightDone]) -> None:
    from rich.table import Table

    table = Table("night", "status", "scored", "new cases", "findings", box=None)
    for one in nights[-31:]:
        shown = ", ".join(
            f"{finding['code']} ({finding['feed']})"
            for finding in one.findings
            if finding["code"] not in ("missing_feed",)
        )
        table.add_row(str(one.night), one.status, str(one.scored), str(one.new_cases), shown)
    console.print(table)
    if nights and nights[-1].report:
        console.print(f"Report: {nights[-1].report}")


@click.command()
@click.option("--night", type=_DAY, help="One night: the business day it is about.")
@click.option("--from", "first", type=_DAY, help="First night of a span.")
@click.option("--to", "last", type=_DAY, help="Last night of a span, or of --catch-up.")
@click.option(
    "--catch-up",
    is_flag=True,
    help="All nights since the last one done, in order; before them, again those for which data came late.",
)
@click.option("--rescore", is_flag=True, help="Score nights anew that are done, with what has come since.")
@json_option
@pass_context
def run(
    context: CliContext,
    night: datetime | None,
    first: datetime | None,
    last: datetime | None,
    catch_up: bool,
    rescore: bool,
) -> int:
    """Score nights and raise cases. Without options: the last night whose cut-off has passed.

    A night that is done stays as it is; running it again changes nothing. Exit code 3 says that it was done on incomplete data.
    """
    context.require_home()
    nights = _asked(context, night, first, last, catch_up)
    from pipeline.clock import now
    from pipeline.nightly.run import Nights

    with context.locked("run"), context.progress() as bar:
        task = bar.add_task("Nights", total=max(len(nights), 1))
        runner = Nights(
            context.home,
            context.settings,
            context.engine,
            now,
            lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
            rescore,
        )
        done = runner.run(nights, late_too=catch_up)
    context.emit({"nights": done}, lambda console: _show(console, done))
    if any(one.status == "failed" for one in done):
        return int(ExitCode.INTERNAL)
    # A night that was scored again by itself was told of when it was first done.
    asked = [one for one in done if one.night in nights]
    return int(ExitCode.INCOMPLETE) if any(one.status == "incomplete" for one in asked) else int(ExitCode.OK)
