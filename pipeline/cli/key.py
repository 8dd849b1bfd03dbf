"""`tellerwatch key`: the key of the customers' tokens."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context

if TYPE_CHECKING:
    from rich.console import Console


@click.group(short_help="Lay a new token key over the old one.")
def key() -> None:
    """The key by which customers' numbers become tokens."""


@key.command(short_help="Lay a new key over the old one, and wrap every stored token.")
@json_option
@pass_context
def rotate(context: CliContext) -> None:
    """Make a new key, lay it over the old one, and wrap every stored token with it.

    Numbers are not kept, so the old key stays in the file, below the new one: new exports are tokenised by
    both. Who knows the old key alone can tell nobody any more. If it is cut off, run it again: it goes on
    with the key that it began with. Scores and cases do not change. Requests to reveal that are open have to
    be made anew; the access record keeps the tokens of its time.
    """
    from pipeline.cli.acting import acting
    from pipeline.installation import TOKEN_KEY_BYTES
    from pipeline.retention.rotation import KeyRotation

    act = acting(context, "key rotate")
    with context.locked("key rotate"), context.progress() as bar:
        task = bar.add_task("Wrapping tokens", total=None)
        rotation = KeyRotation(
            context.home,
            context.settings,
            context.engine,
            os.environ,
            lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
        )
        told = rotation.run(secrets.token_bytes(TOKEN_KEY_BYTES), act.at, act.actor, act.host)

    def say(console: Console) -> None:
        console.print(
            f"{told.rows:,} rows in {told.files} files are of the new key ({told.fingerprint}); "
            f"{told.keys} keys lie over one another."
        )
        console.print(
            "Back the key file up now, apart from the data: older copies of it are of no use any more."
        )

    context.emit(told, say)
