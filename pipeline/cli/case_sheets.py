"""`tellerwatch cases …-sheet`: decisions and attestations by people who have no terminal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.acting import Acting, acting
from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.cli.oneself import visible_case, without_own
from pipeline.errors import NotPermittedError, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from pipeline.casebook.attestation_sheet import Attested
    from pipeline.casebook.case_file import Case
    from pipeline.casebook.decision_sheet import SheetTaken
    from reports.document import LookUp

out_option = click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where the sheet goes, as CSV that spreadsheets open.",
)


def _capital(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    return value.strip().upper()


@click.command("export-sheet", short_help="Write open cases as a sheet to decide on.")
@out_option
@click.option("--case", "chosen", multiple=True, metavar="CASE", help="Only this case.")
@click.option("--owner", metavar="USER", help="Only those assigned to this officer.")
@json_option
@pass_context
def export_sheet(context: CliContext, out: Path, chosen: tuple[str, ...], owner: str | None) -> None:
    """Write the open cases as a sheet, for officers without a terminal to fill in.

    Each row is sealed: on import it is found when a case's number, or anything else that was exported, was
    changed. To be filled in: decided_by, owner, due_on, disposition, reason, second_person, note.
    """
    from pipeline.casebook.case_file import reasons_of
    from pipeline.casebook.decision_sheet import decision_sheet
    from pipeline.evidencepack.signing_key import sheet_key

    act = acting(context, "cases export-sheet")
    named = [case_id.strip().upper() for case_id in dict.fromkeys(chosen)]
    for case_id in named:
        act.record("case", case_id, case_no=case_id)
    if named:
        found = [visible_case(act, case_id) for case_id in named]
    else:
        found = _open_cases(act, owner)
    with act.engine.connect() as connection:
        reasons = reasons_of(connection, found)
        sheet, body = decision_sheet(
            connection,
            found,
            reasons,
            key=sheet_key(context.home),
            language=context.settings.reports.language,
            actor=act.actor,
            at=act.at,
            shown_as=context.coded,
        )
    for case in found:
        act.record("case", case.case_id, case_no=case.case_id, detail={"sheet": sheet})
    _write_sheet(out, body)
    answer = {"sheet": sheet, "path": out.absolute(), "cases": [case.case_id for case in found]}
    context.emit(answer, lambda console: console.print(f"{out}: sheet {sheet}, {len(found)} cases."))


def _open_cases(act: Acting, owner: str | None) -> list[Case]:
    """List the open cases of an officer, or all.

    Raises:
        UsageError: There is none; where an owner was named, those who have some are named.
    """
    from pipeline.casebook.case_file import list_cases

    with act.engine.connect() as connection:
        every = without_own(act, list_cases(connection, statuses={"new", "in_review"}))
    found = [case for case in every if owner is None or case.owner == owner]
    if every and not found:
        owners = sorted({case.owner for case in every if case.owner})
        raise UsageError(
            f"No open case has the owner {owner}, so there is nothing to decide.",
            f"Owners of open cases: {', '.join(owners)}." if owners else "No open case has an owner yet.",
        )
    if not found:
        raise UsageError("No case is open, so there is nothing to decide.", "`tellerwatch cases list`")
    return found


@click.command("attest-sheet", short_help="Write look-ups for the person's manager to confirm.")
@click.argument("case_id", metavar="CASE", callback=_capital)
@out_option
@click.option("--manager", metavar="ID", default="", help="Whom to ask; the nearest manager not in the case.")
@click.option(
    "--most", type=click.IntRange(1), default=30, show_default=True, help="At most so many look-ups."
)
@json_option
@pass_context
def attest_sheet(context: CliContext, case_id: str, out: Path, manager: str, most: int) -> None:
    """Write a case's newest look-ups without business as a masked sheet for the person's manager.

    A manager who typed or asked for one of the person's look-ups, or has an open case, is passed over for the
    next one above. The answers come back with `tellerwatch cases import-sheet`, as evidence.
    """
    from pipeline.casebook.attestation_sheet import attestation_sheet, attesting_manager
    from pipeline.casebook.register import staff_on
    from pipeline.casebook.register_names import known_name
    from pipeline.evidencepack.exporting import case_and_run
    from pipeline.evidencepack.signing_key import sheet_key

    act = acting(context, "cases attest-sheet")
    manager = context.person(manager) if manager else ""
    act.record("case", case_id, case_no=case_id, detail={"manager": manager} if manager else None)
    visible_case(act, case_id)
    # As the register writes it: a person written in another way would pass for somebody else.
    if manager and (staff := staff_on(context.home, act.engine, act.at.date())):
        tell = context.codes is None
        manager = known_name(manager, staff, "the register of employees", tell=tell)
    case, run = case_and_run(act.engine, case_id)
    _may_be_named(act, case)
    lookups, in_the_case = _evidence(act, case, run)
    with act.engine.connect() as connection:
        asked, passed_over = attesting_manager(connection, case, act.eyes, in_the_case, manager)
    for name in passed_over:
        context.say(f"{name} is passed over: in the case, or with an open case.")
    sheet, rows, body = attestation_sheet(
        case, asked, lookups, key=sheet_key(context.home), most=most, at=act.at
    )
    _write_sheet(out, body)
    answer = {
        "sheet": sheet,
        "path": out.absolute(),
        "manager_id": asked,
        "passed_over": passed_over,
        "rows": rows,
    }
    context.emit(answer, lambda console: console.print(f"{out}: sheet {sheet} for {asked}, {rows} look-ups."))


@click.command("import-sheet", short_help="Take over a filled sheet, every row checked.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check every row and change nothing.")
@json_option
@pass_context
def import_sheet(context: CliContext, file: Path, dry_run: bool) -> None:
    """Take over a filled sheet, decisions or a manager's answers: as CSV or as a workbook (.xlsx).

    Every row is checked first. When one was tampered with, is out of date or cannot be carried out, nothing
    is taken over, and every such row is named.
    """
    from pipeline.casebook import attestation_sheet, decision_sheet
    from pipeline.casebook.engine import writing
    from pipeline.casebook.sheet_form import read_sheet
    from pipeline.evidencepack.signing_key import sheet_key

    act = acting(context, "cases import-sheet")
    first = read_sheet(file, ["sheet", "case_id", "seal"])[0]
    act.record("casebook", "cases", detail={"sheet": first["sheet"], "dry_run": dry_run})
    given: dict[str, Any] = {
        "key": sheet_key(context.home),
        "actor": act.actor,
        "at": act.at,
        "eyes": act.eyes,
    }
    if not first["sheet"].startswith("A-"):
        given["person"] = context.person
    take = (
        attestation_sheet.take_over_answers if first["sheet"].startswith("A-") else decision_sheet.take_over
    )
    with writing(act.engine) as connection:
        taken = take(connection, file, **given)
        if dry_run:
            connection.rollback()
        else:
            _trace(connection, act, first["sheet"], taken)
    words = _counted(taken) + (" Checked; nothing was changed." if dry_run else " Taken over.")
    context.emit(
        {
            "kind": "answers" if take is attestation_sheet.take_over_answers else "decisions",
            "dry_run": dry_run,
        }
        | {"taken": taken},
        lambda console: console.print(f"{file.name}: {words}", markup=False),
    )


def _counted(taken: SheetTaken | Attested) -> str:
    from pipeline.casebook.decision_sheet import SheetTaken

    if isinstance(taken, SheetTaken):
        words = f"{sum(bool(row.acts) for row in taken.rows)} of {len(taken.rows)} cases decided or changed."
        waiting = [row.case_id for row in taken.rows if "waits_for_second" in row.acts]
        if not waiting:
            return words
        # "Decided" alone would read as closed.
        return f"{words} Not closed yet, waiting for a second account to import the sheet too: {', '.join(waiting)}."
    return (
        f"{taken.attested_by} on {taken.case_id}: {taken.confirmed} confirmed, {taken.not_confirmed} not confirmed, "
        f"{taken.does_not_know} unknown, {taken.unanswered} without an answer."
    )


def _trace(connection: Connection, act: Acting, sheet: str, taken: SheetTaken | Attested) -> None:
    """Leave an entry for each case that was changed, together with the change."""
    from pipeline.casebook.access import append_within
    from pipeline.casebook.decision_sheet import SheetTaken

    if isinstance(taken, SheetTaken):
        told = {row.case_id: {"sheet": sheet, "acts": list(row.acts)} for row in taken.rows if row.acts}
    else:
        told = {taken.case_id: {"sheet": sheet, "acts": ["attested"]}}
    for case_id, detail in told.items():
        append_within(
            connection,
            at=act.at,
            actor=act.actor,
            host=act.host,
            act=act.act,
            target_kind="case",
            target=case_id,
            case_no=case_id,
            detail=detail,
        )


def _evidence(act: Acting, case: Case, run: Any) -> tuple[list[LookUp], set[str]]:
    """Read the person's look-ups as the dossier shows them, and who else had a hand in them."""
    from pipeline.investigation.lookups import aliases, shown_lookups
    from pipeline.investigation.stored import steadily

    context = act.context
    acts = steadily(
        context.home, context.settings, act.engine, run, lambda stored: stored.acts_of([case.employee_id])
    )
    own = [item for item in acts if item.entity == case.employee_id]
    others = {name for item in acts for name in (item.entity, item.employee_id)} - {case.employee_id}
    return list(shown_lookups(own, aliases(own), any(item.authorization_id for item in own))), others


def _may_be_named(act: Acting, case: Case) -> None:
    """See that the person may be named to the manager, where staff is shown under codes.

    Raises:
        NotPermittedError: No request for this case's person is approved and still holds.
    """
    from pipeline.casebook.reveals import read_reveals

    codes = act.context.codes
    if codes is None:
        return
    with act.engine.connect() as connection:
        reveals = read_reveals(connection)
    told = {
        code
        for one in reveals
        if one.case_id == case.case_id and one.standing(act.at) == "approved"
        for code in one.people
    }
    if codes.code(case.employee_id) not in told:
        raise NotPermittedError(
            f"The sheet would tell the manager who {case.case_id} is about, and staff is shown under codes here.",
            f"Have that approved first: `tellerwatch reveal request {case.case_id} --person --reason TEXT`.",
        )


def _write_sheet(path: Path, body: bytes) -> None:
    from pipeline.home import PRIVATE_FILE

    if path.suffix.lower() not in (".csv", ""):
        raise UsageError(
            f"The sheet is written as CSV, not as {path.suffix}.",
            "Name a file ending in .csv: a spreadsheet opens it; what it saves as .xlsx is read back too.",
        )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
    except OSError as error:
        raise UsageError(
            f"The sheet cannot be written to {path}: {error.strerror}.", "Name another file with --out."
        ) from error
