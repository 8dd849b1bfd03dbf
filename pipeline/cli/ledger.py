"""`tellerwatch ledger`: verify the tamper-evident access record, and read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.cli.oneself import own_names
from pipeline.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console


@click.group(short_help="Verify the tamper-evident access record.")
def ledger() -> None:
    """Verify and read the access record: who looked at whose data, when, and for which case."""


@ledger.command(short_help="Verify the chain of entries.")
@click.option(
    "--anchor",
    "anchor_files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="An anchor file kept on another machine; without one a cut-off tail cannot be seen.",
)
@click.option(
    "--write-anchor",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Add the chain's head to this file, if the chain is intact; keep it on another machine.",
)
@json_option
@pass_context
def verify(context: CliContext, anchor_files: tuple[Path, ...], write_anchor: Path | None) -> int:
    """Verify that no entry was changed, taken out, put in or moved, and what was decided neither.

    Every case, line of a case's history, night of a case and suppression is held against the digest that an
    entry keeps of it. The exit code is 3 when anything does not hold.
    """
    from dataclasses import asdict

    from pipeline.casebook.chain import read_anchors
    from pipeline.casebook.chain import write_anchor as keep
    from pipeline.casebook.engine import reading
    from pipeline.casebook.record_check import verify_record

    anchors = [anchor for path in anchor_files for anchor in read_anchors(path)]
    with reading(context.engine) as connection:
        report = verify_record(connection, anchors)
    chain, faults = report.chain, (*report.chain.faults, *report.faults)
    if write_anchor is not None and report.intact and chain.head is not None:
        keep(write_anchor, chain.head)

    def say(console: Console) -> None:
        for fault in faults:
            console.print(f"{fault.code}: {fault.text}", style="red", markup=False)
        if not report.intact:
            console.print(
                f"The access record does not hold: {len(faults)} fault{'s' * (len(faults) > 1)}.",
                style="bold red",
            )
            return
        head = "" if chain.head is None else f", the last {chain.head.seq}: {chain.head.hash}"
        console.print(f"The access record is intact: {chain.entries} entries{head}.", markup=False)
        console.print(
            f"As attested there: {report.cases} cases with {report.events} lines of history, "
            f"{report.suppressions} suppressions."
        )
        if report.found_at is not None and report.as_found:
            console.print(
                f"Not attested when they were written: {report.as_found} lines of history, from a version that kept no "
                f"digests. They are as they stood at the upgrade on {context.local(report.found_at)}."
            )
        if not anchors:
            console.print("Held against no anchor: a cut-off tail would not be seen.")

    rows = {
        name: getattr(report, name) for name in ("cases", "events", "suppressions", "as_found", "found_at")
    }
    context.emit({"intact": report.intact, **asdict(chain), "faults": faults, "rows": rows}, say)
    return ExitCode.OK if report.intact else ExitCode.INCOMPLETE


@ledger.command(short_help="Show the newest entries.")
@click.option("--target", metavar="ID", help="Only those about this employee, case or token.")
@click.option("--case", "case_no", metavar="NO", help="Only those done for this case.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@json_option
@pass_context
def show(context: CliContext, target: str | None, case_no: str | None, limit: int) -> None:
    """Show the newest entries of the access record; reading it leaves an entry too."""
    from dataclasses import asdict

    from pipeline.casebook.access import access_log_of
    from pipeline.cli.acting import acting

    act = acting(context, "ledger show")
    target = context.person(target) if target else None
    act.record("casebook", "access record", detail={"target": target, "case": case_no})
    with act.engine.connect() as connection:
        own = own_names(act, connection)
        found = access_log_of(connection, target=target, case_no=case_no, limit=limit, without=own)
    context.say("Entries about whoever asks are never shown.")
    found = context.coded(found)

    def say(console: Console) -> None:
        from rich import box
        from rich.markup import escape
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in ("No", "When (UTC)", "Who", "Host", "Act", "Target", "Case"):
            table.add_column(column, overflow="fold")
        for item in found:
            when = item.at.isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
            named = (item.actor, item.host, item.act, f"{item.target_kind} {item.target}", item.case_no or "")
            table.add_row(str(item.seq), when, *(escape(cell) for cell in named))
        console.print(table)

    context.emit({"entries": [asdict(item) for item in found]}, say)
