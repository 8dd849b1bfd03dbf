"""`whatif`: cases a night under other budgets and thresholds, and what would have been lost."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context

if TYPE_CHECKING:
    from rich.console import Console


@click.command()
@click.option(
    "--night", type=click.DateTime(["%Y-%m-%d"]), help="Last night; the last that was run unless given."
)
@click.option(
    "--days", type=click.IntRange(1, 3660), default=90, show_default=True, help="Calendar days back from it."
)
@json_option
@pass_context
def whatif(context: CliContext, night: datetime | None, days: int) -> None:
    """Show cases a night, and confirmed cases that would be lost, under other budgets and thresholds.

    Works on stored scores; nothing is scored anew, and no case is touched.
    """
    from pipeline.backtest.whatif import what_if

    last = None if night is None else date(night.year, night.month, night.day)
    context.require_home()
    settings = context.settings.alerting
    with context.engine.connect() as connection:
        answer = what_if(connection, settings, last, days)

    def human(console: Console) -> None:
        from rich import box
        from rich.table import Table

        console.print(
            f"{answer.first} to {answer.last}: {answer.nights} nights, {answer.confirmed} confirmed cases"
        )
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
        for heading in ("", "budget", "from nats", "new cases", "a night", "at most", "lost"):
            table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
        for option in answer.options:
            table.add_row(
                "now" if option.current else "",
                f"{option.budget_per_1000_per_week:g}",
                f"{option.open_nats:g}",
                str(option.new_cases),
                f"{option.cases_a_night:.2f}",
                str(option.most_a_night),
                str(len(option.lost)),
            )
        console.print(table)
        console.print("budget: new cases per 1,000 employees and week; lost: confirmed cases not raised")
        for case in {case for option in answer.options for case in option.lost if option.current}:
            console.print(f"Lost even now: {case.case_id} of {case.employee_id}, opened {case.opened_on}")

    context.emit(answer, human)
