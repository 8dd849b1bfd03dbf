"""`drill`: plants leakers in a shadow of the bank's own logs, and measures what share the nights would raise."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.drill.ledger import DrillDone, ScenarioResult

TREND = 14
"""Nights of the trend that are shown."""


@click.command()
@click.option(
    "--night",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last night replayed; the last that was run unless given.",
)
@click.option(
    "--seed", type=click.IntRange(0), help="Another seed than [detection] seed: other hosts, other leaks."
)
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    help="Plant this leak alone; may be given several times. Such a drill is not kept.",
)
@click.option("--hosts", type=click.IntRange(1), help="How many people leak. Such a drill is not kept.")
@json_option
@pass_context
def drill(
    context: CliContext,
    night: datetime | None,
    seed: int | None,
    scenarios: tuple[str, ...],
    hosts: int | None,
) -> int:
    """Measure the nights' own recall on leakers planted in a shadow of the bank's logs.

    The lake is only read; no case, score, baseline, access record, report or mail comes of it. Exit code 6
    when fewer of the planted leakers were raised than [drill] floor asks for, 3 when nothing could be said.
    """
    context.require_home()
    from pipeline.clock import now
    from pipeline.drill.command import Asked, as_json, carry_out
    from pipeline.drill.ledger import NOT_ASSESSABLE, PASSED, drill_trend, record_drill

    _known(scenarios)
    last = None if night is None else date(night.year, night.month, night.day)
    asked = Asked(last, seed, scenarios, hosts)
    with context.progress() as bar:
        task = bar.add_task("Drill", total=None)
        done = carry_out(
            context.home,
            context.settings,
            context.engine,
            asked,
            now,
            lambda what, step, total: bar.update(task, description=what, completed=step, total=total),
        )
    if asked.as_configured:
        record_drill(context.engine, done)
    trend = drill_trend(context.engine, last=done.night, most=TREND)
    context.emit(as_json(done, trend), lambda console: _show(console, done, trend))
    if done.status == NOT_ASSESSABLE:
        context.say(f"Nothing can be said: {done.skipped['']}.")
        return int(ExitCode.INCOMPLETE)
    if done.status != PASSED:
        context.say(
            f"The drill is below its floor: {done.raised} of {done.hosts} planted leakers raised, "
            f"{done.floor:.0%} asked for. See docs/drill.md for what to look at first."
        )
        return int(ExitCode.DRILL_BELOW_FLOOR)
    return int(ExitCode.OK)


def _known(scenarios: tuple[str, ...]) -> None:
    from pipeline.drill.leaks.scenarios import SCENARIOS

    if unknown := sorted(set(scenarios) - set(SCENARIOS)):
        raise click.BadParameter(
            f"no scenario is called {', '.join(unknown)}; there are {', '.join(sorted(SCENARIOS))}",
            param_hint="--scenario",
        )


def _show(console: Console, done: DrillDone, trend: list[DrillDone]) -> None:
    from rich import box
    from rich.table import Table

    from pipeline.drill.ledger import pooled

    share = "–" if done.recall is None else f"{done.recall:.0%}"
    console.print(
        f"Night of {done.night}: {done.raised} of {done.hosts} planted leakers raised ({share}; floor {done.floor:.0%})"
    )
    before = {one.scenario: one for one in pooled(trend)}
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1))
    for heading in ("scenario", "hosts", "raised", "leaked", "days", f"last {len(trend)} drills"):
        table.add_column(heading, justify="left" if heading == "scenario" else "right", no_wrap=True)
    now = {one.scenario: one for one in done.scenarios}
    for name in sorted(now.keys() | before.keys()):
        table.add_row(name, *_cells(now.get(name)), _pooled(before.get(name)))
    console.print(table)
    console.print(
        "leaked: look-ups made before the raise, median; days: from the first one to the raise, median"
    )
    for name, why in done.skipped.items():
        if name:
            console.print(f"Not planted: {name} ({why})")


def _cells(one: ScenarioResult | None) -> tuple[str, str, str, str]:
    if one is None:
        return "", "", "", ""
    leaked, delay = (
        "–" if value is None else f"{value:g}" for value in (one.leaked_median, one.delay_median)
    )
    return str(one.hosts), str(one.raised), leaked, delay


def _pooled(one: ScenarioResult | None) -> str:
    return "" if one is None else f"{one.raised}/{one.hosts}"
