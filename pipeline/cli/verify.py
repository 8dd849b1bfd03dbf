"""`tellerwatch verify`: an evidence pack, offline, without a home."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.cli.plain import plain
from pipeline.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from rich.console import Console


@click.command(short_help="Verify an evidence pack.")
@click.argument("pack", type=click.Path(exists=True, path_type=Path))
@click.option("--key", metavar="FINGERPRINT", help="The signing key's, as the bank has told it.")
@json_option
@pass_context
def verify(context: CliContext, pack: Path, key: str | None) -> int:
    """Verify that no byte of an evidence pack was changed since it was signed, and say what that proves.

    Needs no home and no network. The exit code is 3 when the pack does not hold.
    """
    from pipeline.evidencepack.verifying import verify_pack

    if key is not None and not key.strip():
        # A variable that was never set would otherwise let a pack pass that anybody signed.
        raise UsageError(
            "The key's fingerprint after --key is empty, so the pack was held against no key.",
            "Give the fingerprint that the bank has told you, or leave --key out.",
        )
    report = verify_pack(pack, (key or "").strip())

    def say(console: Console) -> None:
        for fault in report.faults:
            console.print(plain(f"{fault.code}: {fault.text}"), style="red", markup=False)
        if report.intact:
            about = report.about
            console.print(f"The pack holds: {report.files} files, none changed.", style="bold")
            console.print(
                plain(
                    f"Case {about.get('case_id')}, as of the night of {about.get('night')}; exported "
                    f"{about.get('exported_at')} by {about.get('exported_by')}."
                ),
                markup=False,
            )
        else:
            console.print("The pack does not hold: rely on nothing in it.", style="bold red")
        console.print(f"Key: {report.signed_by or 'none that can be read'}")
        for head, lines in (("This proves:", report.proves), ("It does not prove:", report.does_not_prove)):
            if lines:
                console.print(head)
                for line in lines:
                    console.print(f"  - {line}", markup=False)

    context.emit(report, say)
    return ExitCode.OK if report.intact else ExitCode.INCOMPLETE
