"""`tellerwatch export`: what leaves the house."""

from __future__ import annotations

import click

from pipeline.cli.evidence import evidence


@click.group(short_help="Export evidence packs and alerts.")
def export() -> None:
    """Export evidence packs and alerts."""


export.add_command(evidence)
