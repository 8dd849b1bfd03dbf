"""`tellerwatch who-queried`: everyone who looked up one customer; the number is never an argument."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.acting import acting
from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.cli.investigate import DAY, case_number, known_ground
from pipeline.cli.typed_text import read_text
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from pipeline.investigation.one_customer import OneCustomer


def _asked() -> str:
    """Take the customer's number from a hidden prompt, or from standard input; it is never shown again."""
    if sys.stdin.isatty():
        typed = click.prompt(
            "Customer's number (not shown)", hide_input=True, err=True, default="", show_default=False
        )
    else:
        typed = read_text(sys.stdin.buffer)
    lines = [line.strip() for line in str(typed).splitlines() if line.strip()]
    if len(lines) != 1:
        raise UsageError(
            "One customer's number is wanted on standard input, "
            + ("and there was none." if not lines else f"and there were {len(lines)} lines."),
            "Type it at the prompt, or: `tellerwatch who-queried --case NUMBER < FILE`.",
        )
    return lines[0]


WIDE = 130
"""Columns of a terminal from which the notes have room beside the rest; `--json` has them always."""


@click.command(
    "who-queried",
    short_help="Show everyone who looked up one customer.",
    context_settings={"allow_extra_args": True},
)
@click.option("--case", "case_no", metavar="NO", help="The case or matter it is done for; required.")
@click.option("--as-of", type=DAY, metavar="DAY", help="As of this night; the last one run unless given.")
@click.option(
    "--letter",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the masked answer to the customer, in Chinese and English, as a page to print.",
)
@json_option
@pass_context
def who_queried(
    context: CliContext, case_no: str | None, as_of: datetime | None, letter: Path | None
) -> None:
    """Show everyone who looked up one customer, with the state and the reason of each look-up.

    The customer's number is asked for at a hidden prompt, or read from standard input, and turned into a
    token at once. An entry in the access record is written before anything is read.
    """
    from pipeline.intake.number_form import doubt_about, why_no_number
    from pipeline.intake.tokens import load_key, token
    from pipeline.investigation.dossier import run_as_of
    from pipeline.investigation.one_customer import who_queried as find
    from pipeline.retention.rotation_state import refuse_half_rotated

    if click.get_current_context().args:
        # What stands there may be the number: it must not be said again.
        raise UsageError(
            "Nothing but options may stand on the command line: a customer's number would stay in the shell's history.",
            "Type it at the prompt, or give it on standard input; and take it out of the history if it stands there.",
        )
    context.only_looks = True
    number = case_number(case_no, "who-queried")
    context.require_home()
    refuse_half_rotated(context.home)
    key = load_key(context.home)
    typed = _asked()
    subject = token(key, typed)
    act = acting(context, "who-queried")
    act.record("customer", subject, case_no=number, detail={"letter": True} if letter else None)
    known_ground(act, number)
    run = run_as_of(act.engine, as_of.date() if as_of else None)
    found = find(context.home, context.settings, act.engine, run, subject)
    if not found.inquiries and (why := why_no_number(typed)):
        # Only where nobody was found: what the bank's own feed holds is a number, whatever it looks like.
        raise UsageError(
            f'Nobody looked up a customer of this number, and {why}: "nobody" would be no answer.',
            "Take the number as it stands in the bank's own system and in the access log, and ask again.",
        )
    if not found.inquiries and (doubt := doubt_about(typed)):
        context.say(
            f"Nobody was found, and {doubt}: see that it was typed as it stands in the bank's own system."
        )
    language = context.settings.reports.language
    if letter is not None:
        from pipeline.investigation.answer import answer_letter
        from pipeline.reporting.writing import write_private
        from reports.letter import render_letter

        write_private(letter.absolute(), render_letter(answer_letter(found, context.settings, number)))
        context.say(f"Letter: {letter}")
    context.emit(found, lambda console: _show(console, found, language))


def _show(console: Console, found: OneCustomer, language: str) -> None:
    from rich.markup import escape

    from pipeline.cli.dossier_printing import table_of, words_of

    if not found.inquiries:
        since = f" since {found.since}" if found.since else ""
        console.print(f"Nobody looked this customer up{since}, as known on the night of {found.night}.")
        return
    wide = console.width >= WIDE
    people = table_of(
        "Who",
        "Employee",
        "Name",
        *(("Role", "Branch") if wide else ()),
        "Acts",
        "No record",
        "First",
        "Last",
        right=("Acts", "No record"),
    )
    for one in found.people:
        people.add_row(
            one.employee_id,
            escape(one.name),
            *((one.role, one.branch) if wide else ()),
            str(one.lookups),
            str(one.unexplained),
            str(one.first),
            str(one.last),
        )
    console.print(people)
    heads = ("Time", "Employee", "What", "Reason", "State", "Record")
    acts = table_of("When", *heads, *(("Terminal", "Note") if wide else ()))
    for row in found.inquiries:
        by = f"{row.employee_id} (typed by {row.typed_by})" if row.typed_by else row.employee_id
        cells = (
            f"{row.occurred_at:%Y-%m-%d %H:%M}",
            by,
            row.operation,
            row.reason,
            row.state,
            row.record_id,
        )
        more = (escape(row.terminal), words_of(row.note, language)) if wide else ()
        acts.add_row(*(escape(cell) for cell in cells), *more)
    console.print(acts)
    console.print(f"States as known on the night of {found.night}; searched from {found.since}.")
