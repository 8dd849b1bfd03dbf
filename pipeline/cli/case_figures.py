"""`tellerwatch cases aware · clocks · precision`: when time runs out, and how often a reason was right."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.acting import acting
from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.cli.in_words import in_words
from pipeline.cli.oneself import without_own
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console


def _capital(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    return value.strip().upper()


@click.command(short_help="Set the moment from which a case's clocks run.")
@click.argument("case_id", metavar="CASE", callback=_capital)
@click.option("--at", "since", required=True, metavar="TIME", help="With offset: 2026-06-18T09:30+08:00.")
@click.option(
    "--text", required=True, callback=in_words, metavar="TEXT", help="How somebody became aware, in words."
)
@json_option
@pass_context
def aware(context: CliContext, case_id: str, since: str, text: str) -> None:
    """Set the moment of awareness, where it is not an officer's first act: a complaint, a call."""
    from dataclasses import asdict

    from pipeline.casebook.clocks import become_aware

    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(f"{since} is no moment with an offset.", "Write it as 2026-06-18T09:30+08:00.")
    act = acting(context, "cases aware")
    with act.deciding("case", case_id, case_no=case_id) as connection:
        case = become_aware(
            connection, case_id, since=moment, text=text, actor=act.actor, at=act.at, eyes=act.eyes
        )
    context.emit(
        {"case": asdict(case)},
        lambda console: console.print(f"The clocks of {case_id} run since {context.local(moment)}."),
    )


@click.command("clocks", short_help="Show the deadlines of open cases, the nearest first.")
@json_option
@pass_context
def clocks_command(context: CliContext) -> None:
    """Show overdue decisions, and the deadlines of the law that the configuration names.

    What the law asks for, and from when its hours run, is for counsel to say: the configuration's source text
    stands beside each.
    """
    from pipeline.casebook.case_file import list_cases
    from pipeline.casebook.clocks import clocks

    act = acting(context, "cases clocks")
    act.record("casebook", "cases")
    with act.engine.connect() as connection:
        others = {
            case.case_id for case in without_own(act, list_cases(connection, statuses=("new", "in_review")))
        }
        running = [item for item in clocks(connection, context.settings, act.at) if item.case_id in others]
    found = context.coded(running)

    def say(console: Console) -> None:
        for item in found:
            left = f"{abs(item.hours_left):,.1f} h " + ("OVERDUE" if item.overdue else "left")
            source = f" [{item.source}]" if item.source else ""
            until = context.local(item.due_at)
            owner = f", {item.owner}" if item.owner else ""
            console.print(
                f"{item.case_id}  {left:>18}  {item.name}, until {until}{owner}{source}",
                markup=False,
                style="red" if item.overdue else "",
            )
        if not found:
            console.print("No clock runs.")

    told = [
        {**{name: getattr(item, name) for name in item.__dataclass_fields__}, "overdue": item.overdue}
        for item in found
    ]
    context.emit({"clocks": told}, say)


@click.command("precision", short_help="Show how often each reason was right.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Only cases opened on this day or later.",
)
@json_option
@pass_context
def precision_command(context: CliContext, since: datetime | None) -> None:
    """Measure each reason and each family of detectors by what became of its closed cases.

    Decisions about people of the decider's own branch are left out. Nothing follows by itself: no person
    and no reason is silenced by it.
    """
    from pipeline.casebook.precision import precision
    from pipeline.casebook.register import branches_on

    act = acting(context, "cases precision")
    act.record("casebook", "cases")
    branches = branches_on(context.home, act.engine, act.at.date())
    with act.engine.connect() as connection:
        found = precision(connection, eyes=act.eyes, branches=branches, since=since.date() if since else None)

    def say(console: Console) -> None:
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in ("Of", "Code", "Right", "Wrong", "Open", "Precision", "95 %"):
            table.add_column(name, justify="right" if name in ("Right", "Wrong", "Open") else "left")
        for row in found.rows:
            share = "–" if row.precision is None else f"{row.precision:.2f}"
            span = "–" if row.low is None or row.high is None else f"{row.low:.2f} … {row.high:.2f}"
            counts = (str(row.right), str(row.wrong), str(row.undecided))
            table.add_row(row.kind, row.code, *counts, share, span)
        console.print(table)
        console.print(f"{found.closed} closed cases, {found.left_out} of the decider's own branch left out.")

    context.emit(found, say)
