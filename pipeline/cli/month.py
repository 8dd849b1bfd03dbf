"""`tellerwatch month`: a month's page, drawn again from what is stored."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import click

from pipeline.cli.acting import acting
from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.errors import UsageError


@click.command(short_help="Write a month's page.")
@click.argument("month", required=False, metavar="[MONTH]", type=click.DateTime(["%Y-%m"]))
@json_option
@pass_context
def month(context: CliContext, month: datetime | None) -> None:
    """Write the page of a month such as 2026-06; the last month that is over unless given.

    Each night writes the page of its own month, and the first night of the next one closes it. This writes
    one again, as after cases of it were decided late.
    """
    from pipeline.casebook.runs import runs_between
    from pipeline.reporting.trend import write_month

    act = acting(context, "month")
    with act.engine.connect() as connection:
        months = sorted({run.night.replace(day=1) for run in runs_between(connection, finished=False)})
    if not months:
        raise UsageError("No night has been run here yet.", "Run one: `tellerwatch run --catch-up`.")
    wanted = month.date() if month else _last_over(months, act.at.date())
    if wanted not in months:
        raise UsageError(
            f"No night of {wanted:%Y-%m} was run, so there is nothing to draw.",
            f"Months from {months[0]:%Y-%m} to {months[-1]:%Y-%m} are there.",
        )
    act.record("casebook", f"month {wanted:%Y-%m}")
    path = write_month(context.home, context.settings, act.engine, wanted)
    context.emit(
        {"month": f"{wanted:%Y-%m}", "path": path}, lambda console: console.print(str(path), markup=False)
    )


def _last_over(months: list[date], today: date) -> date:
    """Choose the newest month that has ended; where none has, the newest."""
    ended = [one for one in months if (one + timedelta(days=32)).replace(day=1) <= today]
    return (ended or months)[-1]
