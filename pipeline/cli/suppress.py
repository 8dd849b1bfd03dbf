"""`tellerwatch suppress`: hide a finding for a time, for a reason, in the open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.acting import acting
from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.cli.in_words import in_words

if TYPE_CHECKING:
    from rich.console import Console
    from sqlalchemy import Connection

    from pipeline.casebook.suppressions import Suppression

DAY = click.DateTime(["%Y-%m-%d"])


@click.group(short_help="Suppress a finding for a time, in the open.")
def suppress() -> None:
    """Suppress a finding for a time, in the open: every report lists what was hidden, and by whom."""


@suppress.command(short_help="Add a suppression.")
@click.option("--employee", "employee_id", metavar="ID", help="This person alone.")
@click.option("--reason-code", metavar="CODE", help="This reason alone, as reports name it.")
@click.option("--branch", "branch_id", metavar="ID", help="This branch alone.")
@click.option("--reason", required=True, callback=in_words, metavar="TEXT", help="Why, in words.")
@click.option("--until", required=True, type=DAY, metavar="DAY", help="The last day on which it holds.")
@click.option("--record", metavar="NO", help="What bears it out, such as a project's number.")
@click.option(
    "--second-person", metavar="USER", help="Who has agreed; needed for a wide one or a grave case."
)
@json_option
@pass_context
def add(
    context: CliContext,
    employee_id: str | None,
    reason_code: str | None,
    branch_id: str | None,
    reason: str,
    until: datetime,
    record: str | None,
    second_person: str | None,
) -> None:
    """Add a suppression: of a person, a reason code, a branch, or of what they have in common."""
    from zoneinfo import ZoneInfo

    from pipeline.casebook import register_names as names
    from pipeline.casebook.register import staff_on
    from pipeline.casebook.suppressions import add_suppression

    act = acting(context, "suppress add")
    employee_id = context.person(employee_id) if employee_id else None
    branch_id, reason_code = (branch_id or "").strip() or None, (reason_code or "").strip() or None
    target = employee_id or branch_id or reason_code or ""
    kind = "employee" if employee_id else "branch" if branch_id else "reason"
    staff = staff_on(context.home, act.engine, act.at.date())
    with act.deciding(kind, target) as connection:
        made = add_suppression(
            connection,
            employee_id=_person(context, connection, employee_id, staff),
            reason_code=names.reason_code(reason_code) if reason_code else None,
            branch_id=_branch(branch_id, staff),
            reason=reason,
            record=record,
            until=until.date(),
            second_person=second_person,
            created_by=act.actor,
            created_at=act.at,
            max_days=context.settings.casebook.suppression_max_days,
            zone=ZoneInfo(context.settings.bank.zone),
            eyes=act.eyes,
        )
    _told(context, made, f"Suppression {made.id} holds until {made.until}.")


def _person(
    context: CliContext, connection: Connection, employee_id: str | None, staff: Mapping[str, str]
) -> str | None:
    """Hold a person against the register: a slip would hide nothing, and be believed to."""
    from pipeline.casebook.case_file import list_cases
    from pipeline.casebook.register_names import known_name

    if not employee_id or not staff:
        return employee_id
    # The log may know people whom the register does not have; such a one may have a case all the same.
    known = {*staff, *(case.employee_id for case in list_cases(connection))}
    return known_name(employee_id, known, "the register of employees", tell=context.codes is None)


def _branch(branch_id: str | None, staff: Mapping[str, str]) -> str | None:
    """Hold a branch against those in which somebody works."""
    from pipeline.casebook.register_names import known_name

    branches = {branch for branch in staff.values() if branch}
    return (
        known_name(branch_id, branches, "the branches of the register")
        if branch_id and branches
        else branch_id
    )


@suppress.command("list", short_help="List the suppressions in force.")
@click.option("--all", "every", is_flag=True, help="Those removed and run out too.")
@json_option
@pass_context
def list_command(context: CliContext, every: bool) -> None:
    """List the suppressions in force today in the bank's zone, or every one there ever was."""
    from dataclasses import asdict
    from zoneinfo import ZoneInfo

    from pipeline.casebook.suppressions import active_on, list_suppressions

    act = acting(context, "suppress list")
    act.record("casebook", "suppressions")
    today = act.at.astimezone(ZoneInfo(context.settings.bank.zone)).date()
    with act.engine.connect() as connection:
        active = active_on(connection, today)
        found = context.coded(list_suppressions(connection) if every else active)
    in_force = {item.id for item in active}

    def say(console: Console) -> None:
        _print(console, found, in_force)

    plain = [{**asdict(item), "active": item.id in in_force} for item in found]
    context.emit({"suppressions": plain}, say)


@suppress.command(short_help="End a suppression before its day.")
@click.argument("number", type=int)
@json_option
@pass_context
def remove(context: CliContext, number: int) -> None:
    """End a suppression before its day; it stays on record."""
    from pipeline.casebook.suppressions import remove_suppression

    act = acting(context, "suppress remove")
    with act.deciding("suppression", str(number)) as connection:
        ended = remove_suppression(connection, number, removed_by=act.actor, at=act.at)
    _told(context, ended, f"Suppression {number} is removed.")


def _told(context: CliContext, item: Suppression, words: str) -> None:
    from dataclasses import asdict

    context.emit({"suppression": asdict(item)}, lambda console: console.print(words, markup=False))


def _print(console: Console, found: list[Suppression], in_force: set[int]) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    if not found:
        console.print("No suppression.")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in (
        "No",
        "Employee",
        "Reason code",
        "Branch",
        "Until",
        "State",
        "By",
        "Second",
        "Why",
        "Record",
    ):
        table.add_column(column, overflow="fold")
    for item in found:
        state = "removed" if item.removed_at else "in force" if item.id in in_force else "run out"
        cells = (item.employee_id, item.reason_code, item.branch_id, item.until.isoformat(), state)
        rest = (item.created_by, item.second_person, item.reason, item.record)
        table.add_row(str(item.id), *(escape(cell or "") for cell in (*cells, *rest)))
    console.print(table)
