"""`tellerwatch ingest`: take in exports."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.cli.plain import plain
from pipeline.errors import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.intake.proposal import Proposal
    from pipeline.intake.result import IngestResult


@click.command(short_help="Take in exports: folders or files.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH]...")
@click.option("--feed", help="Which feed it is, where the files' names do not tell.")
@click.option("--mapping", help="The mapping that turns the source's columns into the contract's.")
@click.option("--dry-run", is_flag=True, help="Account for every row, and publish nothing.")
@click.option(
    "--retry-quarantine",
    is_flag=True,
    help="Read the files again of which rows were rejected, with today's mappings.",
)
@click.option("--drop", is_flag=True, help="Take in what is new and whole in the configured drop folders.")
@click.option("--source", "sources", multiple=True, help="Read this database source of the configuration.")
@json_option
@pass_context
def ingest(
    context: CliContext,
    paths: tuple[Path, ...],
    feed: str | None,
    mapping: str | None,
    dry_run: bool,
    retry_quarantine: bool,
    sources: tuple[str, ...],
    drop: bool,
) -> int:
    """Take in exports: folders or files.

    The feed is known from a file's name (access_log-2026-06-18.csv) or named with --feed. Each file is taken
    in whole or not at all; a row that cannot be used goes to the quarantine, with its line and the reason.
    A single - reads standard input: ingest - --feed access_log.

    Exit codes: 0 done, 2 a path or feed does not exist or nothing there is an export, 3 done, but a file was
    refused, too much of it was rejected, or a database could not be read to its end.
    """
    given = [bool(paths), retry_quarantine, drop, bool(sources)]
    if sum(given) > 1 or (feed and not paths):
        raise click.UsageError(
            "--retry-quarantine, --drop and --source each stand alone, and know what they read."
        )
    if mapping and (drop or sources):
        raise click.UsageError("The mappings of drop folders and sources stand in the configuration.")
    if not any(given):
        raise click.UsageError("Name what to take in: folders, files, or - for standard input.")
    context.require_home()
    from rich.markup import escape

    from pipeline.clock import now
    from pipeline.intake.database import take_source
    from pipeline.intake.drop import take_dropped
    from pipeline.intake.ingest import ingest as take_in
    from pipeline.intake.quarantine import retry_quarantine as try_again

    # Also the casebook's turn: another machine's sweep would take an open batch for one that a crash left.
    with context.locked("ingest"), context.progress() as bar:
        task = bar.add_task("ingest", total=None)

        def advance(path: Path, place: int, total: int) -> None:
            bar.update(task, description=escape(plain(path.name)), completed=place, total=total)

        installation = (context.home, context.settings, context.engine)
        if retry_quarantine:
            result = try_again(*installation, mapping=mapping, dry_run=dry_run, clock=now, progress=advance)
        elif drop:
            result = take_dropped(*installation, dry_run=dry_run, clock=now, progress=advance)
        elif sources:
            result = take_source(*installation, *sources, dry_run=dry_run, clock=now, progress=advance)
        else:
            result = take_in(
                *installation,
                paths,
                feed=feed,
                mapping=mapping,
                dry_run=dry_run,
                clock=now,
                progress=advance,
                standard_input=sys.stdin.buffer,
            )
        bar.update(task, description="ingest", completed=len(result.files), total=len(result.files))
    context.emit(result.as_json(), lambda console: _show(console, result))
    return ExitCode.INCOMPLETE if result.incomplete else ExitCode.OK


def _show(console: Console, result: IngestResult) -> None:
    from rich.table import Table

    counts = ("read", "accepted", "duplicate", "rejected")
    table = Table(box=None, pad_edge=False)
    table.add_column("file", overflow="fold")  # exports of a day often differ in their last letters only
    for heading in ("feed", "encoding"):
        table.add_column(heading, no_wrap=True)
    for heading in counts:
        table.add_column(heading, justify="right", no_wrap=True)
    for file in result.files:
        numbers = (f"{getattr(file, name):,}" for name in counts)
        state = "refused" if file.refused else file.encoding
        table.add_row(plain(Path(file.path).name), file.feed, state, *numbers)
    if len(result.files) > 1:
        totals = result.totals
        table.add_row("in all", "", "", *(f"{totals[name]:,}" for name in counts))
    console.print(table, markup=False)
    for finding in result.findings:
        mark = "!" if finding.level == "incomplete" else "·"
        console.print(plain(f"{mark} {Path(finding.path).name}: {finding.text}"), markup=False)
    for proposal in result.proposals:
        _show_proposal(console, proposal)
    if result.dry_run:
        console.print("Nothing was published: this was a dry run.")
    if not result.files:
        console.print("No file was taken in.")


def _show_proposal(console: Console, proposal: Proposal) -> None:
    from rich.table import Table

    name = plain(Path(proposal.path).name)
    if proposal.feed is None:
        console.print(f"{name}: its headers resemble no feed of the contract.", markup=False)
        return
    if proposal.mapping:
        text = f"{name} reads as {proposal.feed} with a mapping that is there: --mapping {proposal.mapping}"
        console.print(text, markup=False)
    else:
        text = f"{name} resembles {proposal.feed}. A mapping to start from (mappings/NAME.toml in the home):"
        console.print(text, markup=False)
        console.print(plain(proposal.toml), markup=False)
    if proposal.missing:
        console.print(f"No header was found for {', '.join(proposal.missing)}, which is required.")
    if proposal.rows:
        table = Table(box=None, pad_edge=False, title="First rows, masked", title_justify="left")
        for heading in proposal.rows[0]:
            table.add_column(plain(heading), overflow="fold")
        for row in proposal.rows:
            table.add_row(*(plain(value or "") for value in row.values()))
        console.print(table, markup=False)
