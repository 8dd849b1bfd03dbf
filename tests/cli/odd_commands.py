"""Commands that end in the ways in which commands end."""

import click
import duckdb

from pipeline.cli.context import CliContext, pass_context
from pipeline.errors import DataIncompleteError, NotPermittedError

RESIDENT_NUMBER = "991101199001011234"


@click.command()
@click.argument("way")
@pass_context
def end(context: CliContext, way: str) -> int | None:
    """End in a given way."""
    if way == "without a home":
        context.require_home()
    if way == "locked":
        with context.locked("end"):
            return None
    if way == "in a query":
        with duckdb.connect() as connection:
            click.echo("computing")
            connection.execute("SELECT count(*) FROM range(1000000000000) a WHERE hash(range) = 0")
    if way == "unexpected":
        raise ValueError(f"cannot read {RESIDENT_NUMBER} in line 3")
    if way == "interrupted":
        raise KeyboardInterrupt
    if way == "incomplete":
        raise DataIncompleteError("The log of 2026-06-18 is missing.", "Ask the source for it.")
    if way == "not permitted":
        raise NotPermittedError(f"A case number is needed to see {RESIDENT_NUMBER}.", "Give --case NO.")
    if way == "question":
        click.prompt("Which one")
    return 3 if way == "three" else None
