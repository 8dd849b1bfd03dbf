"""`backtest`: replays nights point in time and writes the rankings; with the truth at hand, measures them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context

if TYPE_CHECKING:
    from rich.console import Console

DAY = click.DateTime(["%Y-%m-%d"])
FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--from", "first", type=DAY, required=True, help="First night to replay.")
@click.option("--to", "last", type=DAY, required=True, help="Last night to replay.")
@click.option("--out", type=FILE, help="Where the rankings go: .parquet, .csv or .jsonl.")
@click.option("--truth", type=FILE, help="Who leaked: employee_id, scenario, starts, ends.")
@click.option(
    "--truth-events", type=FILE, help="Illegitimate look-ups: event_id, employee_id, occurred_at, scenario."
)
@click.option("--rivals", is_flag=True, help="Measure naive rivals too, at the same number of cases.")
@click.option(
    "--draws",
    type=click.IntRange(0, 100_000),
    default=500,
    show_default=True,
    help="Bootstrap samples behind the intervals; 0 for none.",
)
@json_option
@pass_context
def backtest(
    context: CliContext,
    first: datetime,
    last: datetime,
    out: Path | None,
    truth: Path | None,
    truth_events: Path | None,
    rivals: bool,
    draws: int,
) -> None:
    """Replay the nights from A to B as they would have been, each on what was known by its cut-off.

    Cases, stored scores and baselines stay as they are. With --truth the figures are printed, all and per
    scenario, with 95 % intervals.
    """
    from pipeline.backtest.command import Asked, carry_out

    asked = Asked(_day(first), _day(last), out, truth, truth_events, rivals, draws)
    context.require_home()
    with context.progress() as bar:
        task = bar.add_task("Replaying nights", total=(asked.last - asked.first).days + 1)
        result = carry_out(context.home, context.settings, context.engine, asked, lambda: bar.advance(task))

    def human(console: Console) -> None:
        from pipeline.cli.figures_table import print_figures

        console.print(
            f"Nights: {result['nights']}; rows: {result['rows']:,}; people: {result['employees']:,}; "
            f"new cases: {result['new_cases']}"
        )
        if out:
            console.print(f"Rankings: {out}")
        if result.get("figures"):
            print_figures(console, result)

    context.emit(result, human)


def _day(value: datetime) -> date:
    return date(value.year, value.month, value.day)
