"""`tellerwatch export`: what leaves the house."""

from __future__ import annotations

import click

from pipeline.cli.alert_export import alert_commands
from pipeline.cli.evidence import evidence


@click.group(short_help="Export evidence packs and alerts.")
def export() -> None:
    """Export evidence packs and alerts."""


for command in (evidence, *alert_commands()):
    export.add_command(command)
