"""`tellerwatch doctor`: is everything there that a night needs?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console


@click.command(short_help="Check all that a night needs; a fix for each line.")
@json_option
@pass_context
def doctor(context: CliContext) -> int:
    """Check everything that a night needs: each line OK, WARN or FAIL, with a one-line fix.

    The exit code is 2 when a line is FAIL, for then a night cannot run; WARN alone leaves it 0.
    """
    from pipeline.clock import now
    from pipeline.health import State, examine

    checks = examine(context.home, now())
    failed = sum(check.state is State.FAIL for check in checks)
    warned = sum(check.state is State.WARN for check in checks)

    def say(console: Console) -> None:
        colors = {State.OK: "green", State.WARN: "yellow", State.FAIL: "bold red"}
        for check in checks:
            console.print(f"{check.state:<4}", style=colors[check.state], end="  ")
            console.print(f"{check.name}: {check.found}", markup=False)
            if check.fix:
                console.print(f"      → {check.fix}", markup=False)
        console.print(f"{len(checks) - failed - warned} OK, {warned} WARN, {failed} FAIL")

    context.emit({"ok": failed == 0, "failed": failed, "warned": warned, "checks": checks}, say)
    return ExitCode.USAGE if failed else ExitCode.OK
