"""`tellerwatch investigate`: one person's full picture, from what the nights have stored."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.acting import Acting, acting
from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.cli.oneself import refuse_oneself, visible_case
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.investigation.dossier import Picture
    from reports.document import LookUp

STATES = ("linked", "thin", "pending", "unlinked", "mismatch", "not_assessable")
OWN_NUMBER = re.compile(r"C-\d{4}-\d{4,}")
"""How the casebook numbers cases."""
DAY = click.DateTime(["%Y-%m-%d"])


def case_number(value: str | None, command: str) -> str:
    """Return the case number, or say why there must be one.

    Raises:
        UsageError: None was given.
    """
    if value is None or not value.strip():
        raise UsageError(
            "No case number was given, so nothing is shown: reading about a person needs a recorded ground.",
            f"Name the case or the matter: `tellerwatch {command} --case NUMBER`.",
        )
    return value.strip()


def known_ground(act: Acting, number: str) -> None:
    """See that a case number of the casebook's own form is one that it knows; other matters have numbers of their own.

    Raises:
        UsageError: There is no such case that the account may see; the nearest ones are named.
    """
    if OWN_NUMBER.fullmatch(number):
        visible_case(act, number)


@click.command(short_help="Show one employee from stored scores.")
@click.argument("employee_id", metavar="EMPLOYEE")
@click.option("--case", "case_no", metavar="NO", help="The case or matter it is done for; required.")
@click.option("--as-of", type=DAY, metavar="DAY", help="As of this night; the last one run unless given.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the dossier as a page; its CSV and JSON go beside it.",
)
@click.option("--from", "first", type=DAY, metavar="DAY", help="Look-ups from this day.")
@click.option("--to", "last", type=DAY, metavar="DAY", help="Look-ups to this day.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(STATES), help="Look-ups of this state alone."
)
@click.option(
    "--subject-token", metavar="TOKEN", help="Look-ups of this customer: the alias, or the token's beginning."
)
@json_option
@pass_context
def investigate(
    context: CliContext,
    employee_id: str,
    case_no: str | None,
    as_of: datetime | None,
    html: Path | None,
    first: datetime | None,
    last: datetime | None,
    states: tuple[str, ...],
    subject_token: str | None,
) -> None:
    """Show one person: who, why, what speaks for them, and every look-up with its record or the lack of it.

    It reads what the nights have stored and scores nothing. An entry in the access record is written before
    anything is read.
    """
    from pipeline.investigation.choosing import Wanted, chosen
    from pipeline.investigation.dossier import picture, run_as_of

    context.only_looks = True
    number = case_number(case_no, f"investigate {employee_id}")
    employee_id = context.person(employee_id)
    act = acting(context, "investigate")
    night = as_of.date() if as_of else None
    wanted = Wanted(first and first.date(), last and last.date(), frozenset(states), subject_token)
    asked: dict[str, Any] = {"as_of": night.isoformat() if night else None, "html": html is not None}
    act.record("employee", employee_id, case_no=number, detail=asked)
    refuse_oneself(act, employee_id)
    known_ground(act, number)
    run = run_as_of(act.engine, night)
    # Asked about now, the cases are shown as they stand now; asked about a night, as they stood then.
    known_at = None if night else act.at
    seen = picture(context.home, context.settings, act.engine, employee_id, run, number, act.actor, known_at)
    rows = chosen(seen.lookups, seen.tokens, wanted)
    if html is not None:
        from pipeline.reporting import write_dossier

        write_dossier(seen.dossier, html.absolute())
        context.say(f"Dossier: {html}")

    def show(console: Console) -> None:
        from pipeline.cli.dossier_printing import print_dossier

        print_dossier(console, seen.dossier, rows, wanted.narrows, context.settings.reports.language)

    # The JSON form of a year is large: it is made only where it was asked for.
    context.emit(as_json(seen, rows) if context.json else {}, show)


def as_json(seen: Picture, rows: list[LookUp]) -> dict[str, Any]:
    """Return the picture as the contract has it: the same numbers as the night's report, customers masked.

    Args:
        seen: The picture.
        rows: The look-ups that were asked for.
    """
    plain = seen.dossier.model_dump(mode="json")
    plain.pop("schema_version")
    plain["run_id"] = seen.run.run_id
    plain["reasons"] = [
        {**reason, "text_en": reason["text"]["en"], "text_zh": reason["text"]["zh"]}
        for reason in plain["reasons"]
    ]
    plain["lookups"] = [row.model_dump(mode="json") for row in rows]
    plain["lookups_shown"] = len(rows)
    return plain
