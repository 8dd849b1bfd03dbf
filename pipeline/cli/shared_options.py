"""The root's options, taken after the sub-command too: people type `tellerwatch ingest DIR --home H`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli.context import CliContext
from pipeline.home import Home


def _set(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if not value:
        return
    cli = context.ensure_object(CliContext)
    if parameter.name == "home":
        cli.home, cli.home_named = Home(value.expanduser().absolute()), True
        for opened in ("settings", "engine"):
            cli.__dict__.pop(opened, None)
    else:
        setattr(cli, str(parameter.name), value)
        cli.set_up_logging()


def _options() -> list[click.Option]:
    common: dict[str, Any] = {"expose_value": False, "callback": _set, "hidden": True, "is_eager": True}
    return [
        click.Option(["--home"], type=click.Path(file_okay=False, path_type=Path), **common),
        click.Option(["--log-format"], type=click.Choice(["text", "json"]), **common),
        click.Option(["-v", "--verbose", "verbosity"], count=True, **common),
        click.Option(["-q", "--quiet", "quiet"], is_flag=True, **common),
        click.Option(["--no-color", "no_color"], is_flag=True, **common),
    ]


def add_shared_options(command: click.Command) -> click.Command:
    """Let a command, and every command below it, take the root's options too.

    Args:
        command: A command or group; an option that it declares itself is left alone.

    Returns:
        The same command.
    """
    taken = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    command.params += [option for option in _options() if not taken & set(option.opts)]
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            add_shared_options(inner)
    return command
