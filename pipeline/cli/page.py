"""The page `docs/cli.md`, written from the commands themselves.

Refresh it with `python -m pipeline.cli.page > docs/cli.md`; a test compares the two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from pipeline.cli.main import root

WIDTH = 100
HEAD = """\
# The command line

Written by `python -m pipeline.cli.page > docs/cli.md` from the commands themselves.

Standard output carries the result, standard error the progress and the log. `--json` on every command that
prints a result gives one JSON object with a `schema_version`. The options of `tellerwatch` itself (`--home`,
`--log-format`, `--verbose`, `--quiet`, `--no-color`) may stand before or after the command's name.
What the process returns is listed in [exit-codes.md](exit-codes.md).

Completion: `eval "$(_TELLERWATCH_COMPLETE=bash_source tellerwatch)"` (or `zsh_source`, `fish_source`).
"""


def cli_page() -> str:
    """Return the page: every command and sub-command with its help."""
    parts = [HEAD]
    for depth, name, text in _commands(root, None, "tellerwatch"):
        parts.append(f"\n{'#' * (depth + 2)} {name}\n\n```text\n{text}\n```\n")
    return "".join(parts)


def _commands(
    command: click.Command, parent: click.Context | None, name: str, depth: int = 0
) -> Iterator[tuple[int, str, str]]:
    context = click.Context(
        command,
        parent=parent,
        info_name=name,
        terminal_width=WIDTH,
        max_content_width=WIDTH,
        color=False,
        help_option_names=root.context_settings["help_option_names"],
    )
    help_text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    yield min(depth, 2), context.command_path, help_text
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None and not found.hidden:
                yield from _commands(found, context, inner, depth + 1)


if __name__ == "__main__":
    sys.stdout.write(cli_page())
