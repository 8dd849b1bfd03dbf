"""`tellerwatch export evidence`: one case's evidence, signed, to be taken out of the house."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.acting import acting
from pipeline.cli.cases import case_argument
from pipeline.cli.context import CliContext, json_option, pass_context
from pipeline.cli.oneself import visible_case


@click.command(short_help="Export one case's evidence pack, signed.")
@case_argument
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A new folder, or a file ending in .zip; otherwise a zip file in the home's reports/packs.",
)
@click.option("--no-pdf", is_flag=True, help="Do not print the dossier, even where a Chromium is there.")
@json_option
@pass_context
def evidence(context: CliContext, case_id: str, out: Path | None, no_pdf: bool) -> None:
    """Export a case's dossier, look-ups (customers masked), history, config, versions and access record.

    Every file stands in a manifest with its hash, and the manifest is signed; `tellerwatch verify` checks a
    pack anywhere, without this home. The export is an entry of the access record, and the pack says which.
    """
    from pipeline.evidencepack.exporting import export_evidence

    act = acting(context, "export evidence")
    record = act.record("case", case_id, case_no=case_id)
    place = out.expanduser().absolute() if out else None
    visible_case(act, case_id)
    path = place or context.home.reports / "packs" / f"{case_id}-{act.at:%Y%m%dT%H%M%SZ}.zip"
    done = export_evidence(
        context.home,
        context.settings,
        act.engine,
        case_id,
        path,
        at=act.at,
        actor=act.actor,
        record=record,
        pdf=not no_pdf,
    )
    if not done.pdf and not no_pdf:
        context.say("Without a PDF: no Chromium that prints. The page itself prints from any browser.")
    words = (
        f"{done.path}\n"
        f"{done.files} files, as of the night of {done.night}; entry {done.seq} of the access record.\n"
        f"Signed with the key {done.key}: tell that to the receiver by another way than the pack."
    )
    context.emit(done, lambda console: console.print(words, markup=False))
