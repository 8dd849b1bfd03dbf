"""`tellerwatch cases`: list, show, assign, annotate, close and re-open cases."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from pipeline.cli.acting import acting
from pipeline.cli.case_figures import aware, clocks_command, precision_command
from pipeline.cli.case_order import rerank
from pipeline.cli.case_sheets import attest_sheet, export_sheet, import_sheet
from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.cli.in_words import in_words
from pipeline.cli.oneself import oneself, relations_of_others, without_own
from pipeline.cli.plain import may_be_number
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.casebook.case_file import Case

# Written out, so that `--help` need not import the database's tables; a test compares them.
SEVERITIES = ("low", "medium", "high", "critical")
STATUSES = ("new", "in_review", "closed")
DISPOSITIONS = (
    "confirmed_leak",
    "no_authorisation",
    "conflict_of_interest",
    "explained_business",
    "data_error",
    "insufficient_data",
    "duplicate",
)
DAY = click.DateTime(["%Y-%m-%d"])


def _capital(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    return value.strip().upper()


case_argument = click.argument("case_id", metavar="CASE", callback=_capital)
text_option = click.option(
    "--text", required=True, callback=in_words, metavar="TEXT", help="The reason in words."
)


@click.group(short_help="List, show, assign, annotate, close and re-open cases.")
def cases() -> None:
    """List, show, assign, annotate, close and re-open cases.

    Every act, reading too, leaves an entry in the access record under the operating-system user's name.
    """


@cases.command("list", short_help="List cases, the gravest first.")
@click.option("--open", "only_open", is_flag=True, help="Only those that wait for a decision.")
@click.option("--status", "statuses", multiple=True, type=click.Choice(STATUSES), help="Only this status.")
@click.option("--severity", "severities", multiple=True, type=click.Choice(SEVERITIES), help="Only this one.")
@click.option("--employee", "employee_id", metavar="ID", help="Only this person's.")
@click.option("--owner", metavar="USER", help="Only those assigned to this officer.")
@click.option("--from", "first", type=DAY, metavar="DAY", help="Opened on this day or later.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="Opened on this day or earlier.")
@json_option
@pass_context
def list_command(
    context: CliContext,
    only_open: bool,
    statuses: tuple[str, ...],
    severities: tuple[str, ...],
    employee_id: str | None,
    owner: str | None,
    first: datetime | None,
    last: datetime | None,
) -> None:
    """List cases: open ones first, then the gravest, the least likely by chance, the oldest."""
    from pipeline.casebook.case_file import list_cases, reasons_of
    from pipeline.casebook.clocks import clocks_of, hours_aware
    from pipeline.casebook.ordering import ordering_at
    from pipeline.casebook.relations import matter_of
    from pipeline.cli.case_printing import case_json, print_cases, related_json
    from pipeline.investigation.matter_words import people_of

    act = acting(context, "cases list")

    def overdue(case: Case) -> list[str]:
        return [item.name for item in clocks_of(case, context.settings, act.at) if item.overdue]

    employee_id = context.person(employee_id) if employee_id else None
    wanted = set(statuses or STATUSES) - ({"closed"} if only_open else set())
    act.record("employee" if employee_id else "casebook", employee_id or "cases")
    with act.engine.connect() as connection:
        found = list_cases(
            connection,
            statuses=wanted,
            severities=severities or None,
            employee_id=employee_id,
            owner=owner,
            opened_from=first.date() if first else None,
            opened_to=last.date() if last else None,
        )
        found = without_own(act, found)
        reasons = reasons_of(connection, found)
        order = ordering_at(connection)
        relations = relations_of_others(act, connection)
        people = people_of(connection, [side for one in relations for side in (one.case_id, one.other_id)])
    if order.version:
        found.sort(
            key=lambda case: (
                not case.open,
                *order.key(case.severity, case.score, case.case_id, reasons[case.case_id]),
            )
        )
    found, reasons, people = context.coded(found), context.coded(reasons), context.coded(people)

    def say(console: Console) -> None:
        print_cases(console, found, reasons, context.settings.reports.language, relations)
        if behind := [case_id for case_id, names in late.items() if names]:
            console.print(f"Overdue: {', '.join(behind)} (`tellerwatch cases clocks`).")
        if order.version:
            console.print(f"Within one severity ordered by {order.version} (`tellerwatch cases rerank`).")

    late = {case.case_id: overdue(case) for case in found}
    told = [
        {
            **case_json(case, reasons[case.case_id]),
            "matter": matter_of(case.case_id, relations),
            "related": related_json(case.case_id, relations, people),
            "hours_since_awareness": hours_aware(case, act.at),
            "overdue": late[case.case_id],
        }
        for case in found
    ]
    context.emit({"cases": told, "order": order.version}, say)


@cases.command(short_help="Show one case with its history.")
@case_argument
@json_option
@pass_context
def show(context: CliContext, case_id: str) -> None:
    """Show one case: its state, why it was raised, the nights, and everything that was done."""
    from dataclasses import asdict
    from zoneinfo import ZoneInfo

    from pipeline.casebook.case_file import events_of, get_case, nights_of, reasons_of
    from pipeline.casebook.relations import matter_of
    from pipeline.cli.case_printing import case_json, print_case, related_json
    from pipeline.investigation.case_history import before_words, entries
    from pipeline.investigation.matter_words import people_of

    act = acting(context, "cases show")
    act.record("case", case_id, case_no=case_id)
    with act.engine.connect() as connection:
        case = get_case(connection, case_id, oneself(act))
        nights, events = nights_of(connection, case_id), events_of(connection, case_id)
        reasons = reasons_of(connection, [case])[case_id]
        relations = relations_of_others(act, connection)
        people = people_of(connection, [side for one in relations for side in (one.case_id, one.other_id)])
    case, reasons, events, people = context.coded((case, reasons, events, people))
    related = related_json(case_id, relations, people)
    zone = ZoneInfo(context.settings.bank.zone)
    before = before_words(events, zone)

    def say(console: Console) -> None:
        language = context.settings.reports.language
        history = entries([(case_id, events)], zone)
        print_case(console, case, reasons, nights, history, language, context.local, related, before)

    told = {"nights": [asdict(night) for night in nights], "events": [asdict(event) for event in events]}
    one = {
        **case_json(case, reasons),
        "matter": matter_of(case_id, relations),
        "related": related,
        "before": before,
        **told,
    }
    context.emit({"case": one}, say)


@cases.command(short_help="Give a case to an officer.")
@case_argument
@click.argument("owner", metavar="USER")
@click.option("--due", type=DAY, metavar="DAY", help="The day by which to decide.")
@json_option
@pass_context
def assign(context: CliContext, case_id: str, owner: str, due: datetime | None) -> None:
    """Give an open case to an officer, with a day by which to decide."""
    from zoneinfo import ZoneInfo

    from pipeline.casebook import decisions

    if may_be_number(owner.strip()):
        raise UsageError(
            "What was given as the officer's account has the form of a customer's number, which is kept nowhere.",
            "Name the account: `tellerwatch cases assign CASE USER`.",
        )
    act = acting(context, "cases assign")
    if due is not None and due.date() < act.at.astimezone(ZoneInfo(context.settings.bank.zone)).date():
        context.say(f"{due.date()} is over already: the case will stand as overdue at once.")
    with act.deciding("case", case_id, case_no=case_id) as connection:
        case = decisions.assign(
            connection,
            case_id,
            owner=owner,
            due_on=due.date() if due else None,
            actor=act.actor,
            at=act.at,
            eyes=act.eyes,
        )
    _told(
        context, case, f"{case_id} is {case.owner}'s" + (f", due on {case.due_on}." if case.due_on else ".")
    )


@cases.command(short_help="Add a note to a case.")
@case_argument
@click.argument("text", metavar="TEXT")
@json_option
@pass_context
def note(context: CliContext, case_id: str, text: str) -> None:
    """Add a note to a case, open or closed; `-` reads it from standard input."""
    from pipeline.casebook import decisions

    words = sys.stdin.read() if text == "-" else text
    act = acting(context, "cases note")
    with act.deciding("case", case_id, case_no=case_id) as connection:
        case = decisions.note(connection, case_id, text=words, actor=act.actor, at=act.at, eyes=act.eyes)
    _told(context, case, f"Noted on {case_id}.")


@cases.command(short_help="Close a case with its disposition and reason.")
@case_argument
@click.option("--disposition", required=True, type=click.Choice(DISPOSITIONS), help="What it was.")
@text_option
@click.option("--second-person", metavar="USER", help="Who has agreed; needed for a grave case.")
@json_option
@pass_context
def close(context: CliContext, case_id: str, disposition: str, text: str, second_person: str | None) -> None:
    """Close a case with its disposition and the reason in words.

    From the severity in `casebook.second_person_from` on, and within one's own line, a second person must
    have agreed, who does not lead the person in question. With `casebook.second_person_must_act` the case
    closes when another account closes it with the same disposition.
    """
    from pipeline.casebook import decisions

    act = acting(context, "cases close")
    with act.deciding("case", case_id, case_no=case_id) as connection:
        closing = decisions.close(
            connection,
            case_id,
            disposition=disposition,
            text=text,
            second_person=second_person,
            actor=act.actor,
            at=act.at,
            eyes=act.eyes,
        )
    if closing.waits_for_second:
        words = f"{case_id} waits for a second account to close it as {disposition} too."
    else:
        words = f"{case_id} is closed as {disposition}."
    _told(context, closing.case, words, waits_for_second=closing.waits_for_second)


@cases.command(short_help="Open a closed case again.")
@case_argument
@text_option
@json_option
@pass_context
def reopen(context: CliContext, case_id: str, text: str) -> None:
    """Open a closed case again, with the reason in words."""
    from pipeline.casebook import decisions

    act = acting(context, "cases reopen")
    with act.deciding("case", case_id, case_no=case_id) as connection:
        case = decisions.reopen(connection, case_id, text=text, actor=act.actor, at=act.at, eyes=act.eyes)
    _told(context, case, f"{case_id} is open again.")


def _told(context: CliContext, case: Case, words: str, **more: bool) -> None:
    from dataclasses import asdict

    context.emit({"case": {**asdict(case), **more}}, lambda console: console.print(words, markup=False))


for _more in (aware, clocks_command, precision_command, rerank, export_sheet, import_sheet, attest_sheet):
    cases.add_command(_more)
