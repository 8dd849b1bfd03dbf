"""`tellerwatch init`: make a home."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context

if TYPE_CHECKING:
    from rich.console import Console


@click.command(short_help="Make a home: config, key, empty casebook.")
@json_option
@pass_context
def init(context: CliContext) -> None:
    """Make a home: config, key, empty casebook.

    Says what it made. Run again, it adds what is missing and leaves alone what is there.
    """
    from pipeline.installation import install

    installed = install(context.home)
    home = installed.home

    def say(console: Console) -> None:
        console.print(f"Home: {home}")
        if installed.made:
            console.print(f"  made: {', '.join(installed.made)}")
        if installed.kept:
            console.print(f"  left as it was: {', '.join(installed.kept)}")
        console.print(f"  token key: {installed.key_from}")
        console.print(
            "    (without it no new export can be matched with old ones: back it up, apart from the data)"
        )
        console.print("Next:")
        console.print(f"  tellerwatch --home {home} doctor")
        console.print(f"  tellerwatch --home {home} ingest FOLDER")
        console.print(f"  tellerwatch --home {home} run --catch-up")

    context.emit(installed, say)
