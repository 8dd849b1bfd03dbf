"""`tellerwatch config`: check the configuration, and show it with where each value came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from rich.console import Console


@click.group(short_help="Check and show the configuration.")
def config() -> None:
    """Check and show the configuration: defaults, the home's config.toml, the environment."""


@config.command()
@json_option
@pass_context
def validate(context: CliContext) -> int:
    """Check that every key is known and every value fits.

    Works without a home too: then it is the defaults and the environment that are checked.
    """
    file = str(context.home.config) if context.home.config.is_file() else None
    try:
        settings = context.settings
    except ConfigError as error:
        if not context.json:
            raise
        context.emit({"valid": False, "file": file, "problem": error.what, "todo": error.todo})
        return ExitCode.USAGE
    answer = {"valid": True, "file": file, "config_hash": settings.config_hash}
    context.emit(
        answer,
        lambda console: console.print(
            f"The configuration is valid ({file or 'defaults and environment'}; hash {settings.config_hash})."
        ),
    )
    return ExitCode.OK


@config.command()
@click.option("--effective", is_flag=True, help="Show every key, not only those that somebody set.")
@json_option
@pass_context
def show(context: CliContext, effective: bool) -> None:
    """Show the configuration with where each value came from."""
    from pipeline.settings.origin import list_settings

    settings = list_settings(context.home.config)
    shown = [item for item in settings if effective or item.origin != "default"]

    def as_table(console: Console) -> None:
        from rich.table import Table

        if not shown:
            console.print("Nothing is set; every key has its default. `config show --effective` lists them.")
            return
        table = Table("key", "value", "origin", box=None, pad_edge=False)
        for item in shown:
            table.add_row(item.key, str(item.value), item.origin)
        console.print(table)

    context.emit({"config_hash": context.settings.config_hash, "settings": shown}, as_table)
