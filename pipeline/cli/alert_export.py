"""`tellerwatch export ocsf`, `ecs`, `cef`: one night's cases for a bank's security tools."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.export.alerts import Alert

# Written out: name → (short help, where its mapping stands). Another format is a file and a line here.
FORMATS = {
    "ocsf": ("Export a night's cases as OCSF Detection Findings.", "pipeline.export.ocsf"),
    "ecs": ("Export a night's cases in the Elastic Common Schema.", "pipeline.export.ecs"),
    "cef": ("Export a night's cases in the Common Event Format.", "pipeline.export.cef"),
}


def alert_commands() -> list[click.Command]:
    """Return one command for each format."""
    return [_command(name, short_help, module) for name, (short_help, module) in FORMATS.items()]


def _command(name: str, short_help: str, module: str) -> click.Command:
    @click.command(name, short_help=short_help, help=f"{short_help[:-1]}, one a line; {_HELP}")
    @click.option(
        "--night", type=click.DateTime(["%Y-%m-%d"]), help="The night; otherwise the last one done."
    )
    @click.option(
        "--out",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write to this file, whole, instead of standard output.",
    )
    @json_option
    @pass_context
    def export_alerts(context: CliContext, night: datetime | None, out: Path | None) -> None:
        from importlib import import_module

        mapping: Callable[[Alert, str], str] = getattr(import_module(module), name)
        _export(context, name, mapping, night, out)

    return export_alerts


_HELP = (
    "employees by their id, no customer. The export leaves an entry in the access record. "
    "Lines have the same identity whenever they are exported, so a receiver can drop what it has."
)


def _export(
    context: CliContext,
    name: str,
    mapping: Callable[[Alert, str], str],
    night: datetime | None,
    out: Path | None,
) -> None:
    from importlib.metadata import version

    from pipeline.cli.acting import acting
    from pipeline.export.alerts import alerts_of
    from pipeline.whole_file import write_whole

    act = acting(context, f"export {name}")
    with act.engine.connect() as connection:
        run, alerts = alerts_of(connection, night.date() if night else None)
    act.record("run", run.run_id, detail={"cases": len(alerts), "to_file": out is not None})
    alerts = context.coded(alerts)
    text = "".join(mapping(alert, version("tellerwatch")) + "\n" for alert in alerts)
    if out is None:
        click.echo(text, nl=False)
        return
    write_whole(out.expanduser().absolute(), text)
    told = {"night": run.night, "run_id": run.run_id, "format": name, "cases": len(alerts), "path": out}
    context.emit(
        told, lambda console: console.print(f"{len(alerts)} cases of {run.night} → {out}", markup=False)
    )
