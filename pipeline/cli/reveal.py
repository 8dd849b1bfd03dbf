"""`tellerwatch reveal`: an unmasked copy, asked for by one and approved by another."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.acting import acting
from pipeline.cli.cases import case_argument
from pipeline.cli.context import CliContext, json_option, pass_context, to_json
from pipeline.cli.in_words import in_words
from pipeline.cli.oneself import is_oneself, visible_case
from pipeline.cli.typed_text import read_text
from pipeline.errors import NotPermittedError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.casebook.reveals import Reveal

MASKED_STATES = ("unlinked", "mismatch")
id_argument = click.argument("reveal_id", metavar="REQUEST")


@click.group(short_help="Ask for and approve an unmasked copy, with four eyes.")
def reveal() -> None:
    """Ask for, approve and make an unmasked copy of a case's look-ups: two people, a reason, an expiry.

    Masks stay everywhere else. The lake holds tokens, which cannot be turned back: who makes the copy
    supplies the numbers on standard input, and those that are meant are matched.
    """


@reveal.command(short_help="Ask for an unmasked copy.")
@case_argument
@click.option(
    "--reason", required=True, callback=in_words, metavar="TEXT", help="Why the masked dossier does not do."
)
@click.option(
    "--hours", type=click.IntRange(1), default=72, show_default=True, help="How long it can be used."
)
@click.option("--customer", "aliases", multiple=True, metavar="ALIAS", help="Only this customer, as S-0012.")
@click.option("--person", is_flag=True, help="Not customers: who the case's person is, behind the code.")
@click.option(
    "--colleague", "codes", multiple=True, metavar="CODE", help="Who is behind this code, likewise."
)
@json_option
@pass_context
def request(
    context: CliContext,
    case_id: str,
    reason: str,
    hours: int,
    aliases: tuple[str, ...],
    person: bool,
    codes: tuple[str, ...],
) -> None:
    """Ask for the customers of a case's look-ups without business, or for those named; or for people.

    With --person or --colleague the request is for people behind codes, which `reveal who` then tells.
    """
    from pipeline.casebook import reveals
    from pipeline.casebook.engine import writing
    from pipeline.evidencepack.exporting import case_and_run
    from pipeline.investigation.dossier import picture

    longest = context.settings.reveal.longest_hours
    if hours > longest:
        raise UsageError(
            f"A request can be used for {longest} hours at most (`reveal.longest_hours`).", "Ask for less."
        )
    act = acting(context, reveals.REQUEST)
    _ = act.eyes
    act.record("case", case_id, case_no=case_id, detail={"asked_for": sorted([*aliases, *codes])})
    visible_case(act, case_id)
    case, run = case_and_run(act.engine, case_id)
    if (person or codes) and aliases:
        raise UsageError("Customers and people are two requests.", "Ask for each by itself.")
    if person or codes:
        people = _codes_of(context, case.employee_id, person, codes)
        with writing(act.engine) as connection:
            made = reveals.request(
                connection,
                case_id=case_id,
                reason=reason,
                tokens=(),
                people=people,
                hours=hours,
                actor=act.actor,
                host=act.host,
                at=act.at,
                eyes=act.eyes,
            )
        told = (
            f"{made.reveal_id} asks who {', '.join(made.people)} is; it waits for another person's approval."
        )
        context.emit(_told(made, act.at), lambda console: console.print(told, markup=False))
        return
    seen = picture(context.home, context.settings, act.engine, case.employee_id, run, case_id, act.actor)
    named = [alias.strip().upper() for alias in aliases]
    if unknown := [alias for alias in named if alias not in seen.tokens]:
        raise UsageError(
            f"{case_id} has no customer {unknown[0]}.",
            f"The dossier names them: `tellerwatch investigate {case.employee_id} --case {case_id}`.",
        )
    meant = named or [row.subject for row in seen.lookups if row.state in MASKED_STATES]
    with writing(act.engine) as connection:
        made = reveals.request(
            connection,
            case_id=case_id,
            reason=reason,
            tokens=[seen.tokens[alias] for alias in meant],
            hours=hours,
            actor=act.actor,
            host=act.host,
            at=act.at,
            eyes=act.eyes,
        )
    words = f"{made.reveal_id} asks for {len(made.tokens)} customers; it waits for another person's approval."
    context.emit(_told(made, act.at), lambda console: console.print(words, markup=False))


@reveal.command(short_help="Approve somebody else's request.")
@id_argument
@click.option("--signed-by", default="", metavar="NAME", help="Who has approved by signature.")
@click.option("--signature", default="", metavar="HEX", help="Their signature over the request's `to_sign`.")
@json_option
@pass_context
def approve(context: CliContext, reveal_id: str, signed_by: str, signature: str) -> None:
    """Approve a request of another person, under one's own account or by signature.

    The approver must not be the requester, the person in question, or anybody who leads that person. A
    signature counts when its key stands in `reveal.approver_keys`.
    """
    from pipeline.casebook import reveals

    act = acting(context, reveals.APPROVE)
    with act.deciding("reveal", reveal_id.strip().upper()) as connection:
        found = reveals.approve(
            connection,
            reveal_id,
            actor=act.actor,
            host=act.host,
            at=act.at,
            eyes=act.eyes,
            signed_by=signed_by,
            signature=signature,
            public_key=context.settings.reveal.approver_keys.get(signed_by, ""),
        )
    words = f"{found.reveal_id} is approved by {found.approved_by} until {context.local(found.expires_at)}."
    context.emit(_told(found, act.at), lambda console: console.print(words, markup=False))


@reveal.command("copy", short_help="Make the unmasked copy of an approved request.")
@id_argument
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where the page goes; never inside the home.",
)
@json_option
@pass_context
def make_copy(context: CliContext, reveal_id: str, out: Path) -> None:
    """Make the watermarked page, from numbers on standard input, one a line.

    Without an approval that still holds, or by anybody but the requester, the exit code is 4 and no number is
    read.
    """
    from pipeline.casebook import reveals
    from pipeline.casebook.engine import writing
    from pipeline.casebook.reveal_copy import copy_page, match
    from pipeline.evidencepack.exporting import case_and_run
    from pipeline.intake.tokens import load_key, token
    from pipeline.investigation.dossier import picture

    act = acting(context, reveals.COPY)
    act.record("reveal", reveal_id.strip().upper())
    with act.engine.connect() as connection:
        found = reveals.permitted(connection, reveal_id, actor=act.actor, at=act.at)
    if found.people:
        raise UsageError(f"{found.reveal_id} asks for people.", f"`tellerwatch reveal who {found.reveal_id}`")
    place = out.expanduser().absolute()
    if place.resolve().is_relative_to(context.home.root.resolve()):
        raise NotPermittedError(
            "An unmasked copy never lies inside the home, where masks stay on.",
            "Name another place with --out.",
        )
    if place.exists():
        raise UsageError(f"{out} is there already.", "Name another file with --out.")
    if sys.stdin.isatty():
        raise UsageError(
            "The customers' numbers are wanted on standard input, one a line.",
            f"tellerwatch reveal copy {found.reveal_id} --out FILE < NUMBERS",
        )
    key = load_key(context.home)
    matched = match(read_text(sys.stdin.buffer).splitlines(), found.tokens, lambda number: token(key, number))
    case, run = case_and_run(act.engine, found.case_id)
    seen = picture(
        context.home, context.settings, act.engine, case.employee_id, run, found.case_id, act.actor
    )
    page = copy_page(context.coded(found), seen.lookups, seen.tokens, matched, context.local(act.at))
    detail = {
        "request_hash": found.challenge,
        "shown": len(matched.numbers),
        "masked": matched.unmatched,
        "candidates": matched.read,
    }
    with writing(act.engine) as connection:
        _trace(connection, act, found, detail)
    _write_private_new(place, page)
    words = f"{out}: {len(matched.numbers)} customers shown, {matched.unmatched} stay masked."
    context.emit(
        {**_told(found, act.at), **detail, "path": place},
        lambda console: console.print(words, markup=False),
    )


@reveal.command("list", short_help="List requests and how they stand.")
@json_option
@pass_context
def list_command(context: CliContext) -> None:
    """List every request: who asked, why, who approved, until when, and how many copies were made."""
    from pipeline.casebook.reveals import read_reveals

    act = acting(context, "reveal list")
    act.record("casebook", "reveals")
    with act.engine.connect() as connection:
        found = context.coded(
            [one for one in read_reveals(connection) if not is_oneself(act, one.employee_id)]
        )

    def say(console: Console) -> None:
        for item in found:
            by = f"approved by {item.approved_by}, " if item.approved_by else ""
            until = context.local(item.expires_at)
            console.print(
                f"{item.reveal_id}  {item.case_id}  {item.standing(act.at)}  {_asked(item)}, "
                f"asked for by {item.requested_by}, {by}until {until}, copies: {item.copies}: {item.reason}",
                markup=False,
            )
        if not found:
            console.print("No request.")

    context.emit({"reveals": [_told(item, act.at) for item in found]}, say)


@reveal.command("who", short_help="Tell who is behind the codes of an approved request.")
@id_argument
@json_option
@pass_context
def who(context: CliContext, reveal_id: str) -> None:
    """Tell who is behind the codes that an approved request asks for.

    Without an approval that still holds, or for anybody but the requester, the exit code is 4.
    """
    from pipeline.casebook import reveals
    from pipeline.casebook.engine import writing
    from pipeline.casebook.register import names_on
    from pipeline.pseudonyms import read_codes

    act = acting(context, reveals.WHO)
    act.record("reveal", reveal_id.strip().upper())
    with act.engine.connect() as connection:
        found = reveals.permitted(connection, reveal_id, actor=act.actor, at=act.at)
    codes = read_codes(context.home, act.engine)
    ids = {code: codes.person(code) or "" for code in found.people}
    names = names_on(context.home, act.engine, act.at.date())
    with writing(act.engine) as connection:
        _trace(connection, act, found, {"request_hash": found.challenge, "told": sorted(ids)})
    people = [{"code": code, "employee_id": ids[code], "name": names.get(ids[code], "")} for code in ids]
    # Past the layer of codes on purpose: this is the one place where it is lifted.
    if context.json:
        click.echo(to_json({"reveal_id": found.reveal_id, "case_id": found.case_id, "people": people}))
    for row in () if context.json else people:
        click.echo(f"{row['code']}  {row['employee_id']}  {row['name']}".rstrip())


def _codes_of(context: CliContext, employee_id: str, person: bool, named: tuple[str, ...]) -> list[str]:
    """Bring the codes asked for into their one form.

    Raises:
        UsageError: Nobody here has one of them.
    """
    from pipeline.pseudonyms import read_codes

    codes = read_codes(context.home, context.engine)
    asked = [code.strip().upper() for code in named]
    if unknown := [code for code in asked if codes.person(code) is None]:
        raise UsageError(f"Nobody here has the code {unknown[0]}.", "Copy it from the dossier.")
    return [*([codes.code(employee_id)] if person else []), *asked]


def _asked(item: Reveal) -> str:
    return f"who {', '.join(item.people)} is" if item.people else f"{len(item.tokens)} customers"


def _told(item: Reveal, at: datetime) -> dict[str, Any]:
    from pipeline.casebook.reveals import CHALLENGE

    plain = asdict(item)
    customers = len(plain.pop("tokens"))
    return {
        **plain,
        "customers": customers,
        "standing": item.standing(at),
        "to_sign": CHALLENGE + item.challenge,
    }


def _trace(connection: Any, act: Any, found: Reveal, detail: dict[str, Any]) -> None:
    from pipeline.casebook.access import append_within

    append_within(
        connection,
        at=act.at,
        actor=act.actor,
        host=act.host,
        act=act.act,
        target_kind="reveal",
        target=found.reveal_id,
        case_no=found.case_id,
        detail=detail,
    )


def _write_private_new(path: Path, text: str) -> None:
    from pipeline.home import PRIVATE_FILE

    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(
            f"The copy cannot be written to {path}: {error.strerror}.", "Name another."
        ) from error
