"""`tellerwatch report`: a night's overview, drawn again from what is stored."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.acting import acting
from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Engine

    from pipeline.casebook.runs import Run


@click.command(short_help="Render a night's report again from what is stored.")
@click.option(
    "--night",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="The night; the last one run unless given.",
)
@click.option("--open", "show", is_flag=True, help="Open the page in the browser.")
@json_option
@pass_context
def report(context: CliContext, night: datetime | None, show: bool) -> None:
    """Draw a night's overview and the dossiers of its open cases again, and print where the overview lies.

    Nothing is scored: the same stored night gives the same bytes.
    """
    from pipeline.reporting import write_dossiers, write_night_report

    act = acting(context, "report")
    run = _run_of(act.engine, night.date() if night else None)
    act.record("run", run.run_id)
    path = write_night_report(context.home, context.settings, act.engine, run)
    dossiers = write_dossiers(context.home, context.settings, act.engine, run)
    answer = {
        "night": run.night,
        "run_id": run.run_id,
        "status": run.status,
        "path": path,
        "dossiers": dossiers,
    }
    context.emit(answer, lambda console: console.print(str(path), markup=False))
    if show:
        click.launch(path.as_uri())


def _run_of(engine: Engine, night: date | None) -> Run:
    from pipeline.casebook.runs import latest_run, runs_between

    with engine.connect() as connection:
        found = latest_run(connection, night=night) or latest_run(connection, night=night, finished=False)
        if found is not None and found.status != "running":
            return found
        nights = runs_between(connection)
    if found is not None:
        raise UsageError(
            f"The night of {found.night} is being run, or was cut off: there is nothing whole to draw yet.",
            f"Let it end, or finish it: `tellerwatch run --night {found.night}`.",
        )
    if not nights:
        raise UsageError(
            "No night has been run here yet, so there is no report to draw.",
            "Run one: `tellerwatch run --catch-up`.",
        )
    raise UsageError(
        f"The night of {night} was never run, so nothing is stored of it.",
        f"Nights from {nights[0].night} to {nights[-1].night} are there; "
        f"run this one: `tellerwatch run --night {night}`.",
    )
