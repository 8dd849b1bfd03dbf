"""`tellerwatch purge`: delete what is past its retention; `purge hold` keeps days from it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.cli.in_words import in_words
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group(invoke_without_command=True, short_help="Delete what is past its retention.")
@click.option("--dry-run", is_flag=True, help="Show what would be deleted, and delete nothing.")
@json_option
@click.pass_context
def purge(click_context: click.Context, dry_run: bool) -> None:
    """Delete what is past the days in the section [retention], kind by kind.

    Kept in any case: the access record, what a hold covers, and what an open case rests on. What was deleted
    is an entry in the access record.
    """
    if click_context.invoked_subcommand is not None:
        return
    context = click_context.ensure_object(CliContext)
    from pipeline.cli.acting import acting
    from pipeline.retention.purge import Purge

    act = acting(context, "purge")
    with context.locked("purge"):
        purging = Purge(context.home, context.settings, context.engine, act.at)
        found = purging.due() if dry_run else purging.run(act.actor, act.host)

    def say(console: Console) -> None:
        from rich.table import Table

        table = Table(
            "kind", "older than", "would go" if dry_run else "deleted", "kept by hold or case", box=None
        )
        for one in found:
            table.add_row(one.kind, str(one.before or "for ever"), str(one.count), str(one.held))
        console.print(table)

    context.emit({"dry_run": dry_run, "kinds": found}, say)


@purge.command(short_help="Keep days from every purge, for a case or matter.")
@click.option("--from", "first", type=_DAY, required=True, help="First business day.")
@click.option("--to", "last", type=_DAY, required=True, help="Last business day.")
@click.option("--case", "case_no", required=True, callback=in_words, metavar="NO", help="The case or matter.")
@click.option("--reason", required=True, callback=in_words, help="Why, in words.")
@json_option
@pass_context
def hold(context: CliContext, first: datetime, last: datetime, case_no: str, reason: str) -> None:
    """Keep the data of these days from every purge until the hold is released."""
    from pipeline.casebook.access import append
    from pipeline.cli.acting import acting
    from pipeline.retention.holds import HOLD, hold_detail

    if first > last:
        raise UsageError("The hold ends before it begins.", "Swap --from and --to.")
    act = acting(context, HOLD)
    detail = hold_detail(first.date(), last.date(), reason)
    entry = append(
        act.engine,
        at=act.at,
        actor=act.actor,
        host=act.host,
        act=HOLD,
        target_kind="casebook",
        target="retention",
        case_no=case_no,
        detail=detail,
    )
    number = entry.seq
    context.emit({"number": number, **detail}, lambda console: console.print(f"Hold {number} is in force."))


@purge.command(short_help="List the holds in force.")
@json_option
@pass_context
def holds(context: CliContext) -> None:
    """List the holds in force."""
    from pipeline.retention.holds import holds_in_force

    with context.engine.connect() as connection:
        found = holds_in_force(connection)

    def say(console: Console) -> None:
        for one in found:
            line = (
                f"{one.number}: {one.first} to {one.last}, case {one.case_no}, by {one.actor}: {one.reason}"
            )
            console.print(line, markup=False)
        if not found:
            console.print("No hold is in force.")

    context.emit({"holds": found}, say)


@purge.command(short_help="Release a hold.")
@click.argument("number", type=int)
@click.option("--reason", required=True, callback=in_words, help="Why, in words.")
@json_option
@pass_context
def release(context: CliContext, number: int, reason: str) -> None:
    """Release hold NUMBER, so that the days it covers may be purged again."""
    from pipeline.cli.acting import acting
    from pipeline.retention.holds import RELEASE, holds_in_force

    act = acting(context, RELEASE)
    with act.engine.connect() as connection:
        known = {one.number: one for one in holds_in_force(connection)}
    if number not in known:
        raise UsageError(f"No hold {number} is in force.", "`tellerwatch purge holds` lists them.")
    act.record("casebook", str(number), known[number].case_no, {"reason": reason})
    context.emit({"released": number}, lambda console: console.print(f"Hold {number} is released."))
