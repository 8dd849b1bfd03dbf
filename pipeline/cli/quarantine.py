"""`tellerwatch quarantine`: what was rejected and has not come in since."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.cli.plain import plain
from pipeline.errors import UsageError
from pipeline.home import PRIVATE_FILE

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.intake.quarantine import HeldRow

_COLUMNS = ("path", "feed", "mapping", "line", "column", "code", "detail", "received_at")


@click.group(short_help="List and export rejected rows, masked.")
def quarantine() -> None:
    """List and export rejected rows, masked.

    Rows that came in later, by a better mapping or another export, are no longer held. To try again with
    today's mappings: `ingest --retry-quarantine`.
    """


@quarantine.command("list")
@click.option("--feed", help="Of this feed only.")
@click.option("--code", help="Of this reason only, such as bad_time.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many rows.")
@json_option
@pass_context
def list_rows(context: CliContext, feed: str | None, code: str | None, limit: int) -> None:
    """List rejected rows: file, line, column, reason, and as much of the cell as names nobody."""
    from pipeline.intake.naming import known_feed
    from pipeline.intake.quarantine import held_files, held_rows

    wanted = known_feed(feed) if feed else None
    held = [item for item in held_files(context.engine) if wanted in (None, item.feed)]
    rows = held_rows(context.engine, wanted, code, limit)
    context.emit({"files": held, "rows": rows}, lambda console: _show(console, rows, limit))


@quarantine.command("export")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--feed", help="Of this feed only.")
@click.option("--code", help="Of this reason only, such as bad_time.")
@pass_context
def export_rows(context: CliContext, target: Path, feed: str | None, code: str | None) -> None:
    """Write the rejected rows as CSV, masked, for whoever makes the exports.

    A file that exists already is not touched. Of a file with very many rejected rows only the first are kept
    one by one: a line at the end says how many of how many.
    """
    from pipeline.intake.naming import known_feed
    from pipeline.intake.quarantine import cut_short, held_rows

    wanted = known_feed(feed) if feed else None
    rows = held_rows(context.engine, wanted, code)
    cut = cut_short(context.engine, wanted, code)
    try:
        number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written ({error.strerror}).", "Name a file that does not exist yet."
        ) from error
    with open(number, "w", encoding="utf-8-sig", newline="") as file:  # noqa: PTH123  # a descriptor
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows([_cell(getattr(row, name)) for name in _COLUMNS] for row in rows)
        for one in cut:
            words = f"{one.kept} of {one.rejected} rejected rows of this file are listed"
            writer.writerow([_cell(one.path), one.feed, one.mapping or "", "", "", "not_listed", words, ""])
    unlisted = sum(one.rejected - one.kept for one in cut)
    context.emit({"path": target, "rows": len(rows), "held": len(rows) + unlisted, "cut_short": cut})
    if cut:
        context.say(
            f"{len(rows)} of {len(rows) + unlisted} held rows were written: of each file only the first "
            f"{max(one.kept for one in cut)} are kept one by one. The export names the files."
        )


def _cell(value: object) -> str:
    """Write a cell so that no spreadsheet takes it for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _show(console: Console, rows: list[HeldRow], limit: int) -> None:
    from rich.table import Table

    if not rows:
        console.print("Nothing is held in quarantine.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("file", "feed", "line", "column", "reason", "cell, masked"):
        table.add_column(heading, justify="right" if heading == "line" else "left")
    for row in rows:
        cells = (Path(row.path).name, row.feed, str(row.line), row.column or "", row.code, row.detail or "")
        table.add_row(*(plain(cell) for cell in cells))
    console.print(table, markup=False)
    if len(rows) == limit:
        console.print(
            f"Only the first {limit} are shown; --limit shows more, `quarantine export` all that are kept."
        )
