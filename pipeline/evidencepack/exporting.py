"""From a case to its pack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from pipeline.casebook.access import AccessRecord
from pipeline.casebook.case_file import Case, get_case, nights_of
from pipeline.casebook.runs import Run, get_run
from pipeline.errors import UsageError
from pipeline.evidencepack.container import write_pack
from pipeline.evidencepack.contents import entries_of, pack_files
from pipeline.evidencepack.paper import as_pdf
from pipeline.evidencepack.sealing import seal
from pipeline.evidencepack.signing_key import fingerprint, load_signing_key
from pipeline.home import Home
from pipeline.pseudonyms import staff_codes
from pipeline.settings import Settings


@dataclass(frozen=True)
class Exported:
    """A pack that was written.

    Attributes:
        key: Fingerprint of the signing key; tell it to the receiver by another way than the pack.
        seq: The export's own number in the access record.
    """

    case_id: str
    path: Path
    night: str
    files: int
    pdf: bool
    key: str
    seq: int
    hash: str


def export_evidence(
    home: Home,
    settings: Settings,
    engine: Engine,
    case_id: str,
    out: Path,
    *,
    at: datetime,
    actor: str,
    record: AccessRecord,
    pdf: bool = True,
) -> Exported:
    """Write a case's evidence pack.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        case_id: Which case.
        out: A new folder, or a file whose name ends in `.zip`.
        at: Now.
        actor: Who exports.
        record: The entry of the access record that was written for this export.
        pdf: Print the dossier too, where a browser is there.

    Raises:
        UsageError: There is no such case, no stored night of it, or something lies at `out`.
    """
    from pipeline.investigation.dossier import picture

    if out.exists():
        raise UsageError(
            f"{out} is there already, so no pack was written: evidence is never written over.",
            "Name another place with --out.",
        )
    case, run = case_and_run(engine, case_id)
    document = picture(home, settings, engine, case.employee_id, run, case_id, actor).dossier
    codes = staff_codes(home, settings, engine)
    files = pack_files(engine, settings, run, case, document, entries_of(engine, case_id, record), codes)
    printed = as_pdf(files["dossier.html"], home.tmp) if pdf else None
    if printed is not None:
        files["dossier.pdf"] = printed
    key = load_signing_key(home)
    about: dict[str, Any] = {
        "case_id": case_id,
        "institution": settings.bank.name,
        "night": run.night.isoformat(),
        "run_id": run.run_id,
        "config_hash": run.config_hash,
        "code_version": run.code_version,
        "exported_at": at.isoformat(timespec="seconds"),
        "exported_by": actor,
        "chain": {"seq": record.seq, "hash": record.hash, "at": record.at.isoformat(timespec="microseconds")},
    }
    sealed = seal(files, about, key)
    write_pack(sealed, out)
    return Exported(
        case_id,
        out,
        run.night.isoformat(),
        len(sealed),
        printed is not None,
        fingerprint(key.public_key()),
        record.seq,
        record.hash,
    )


def case_and_run(engine: Engine, case_id: str) -> tuple[Case, Run]:
    """Find a case and the run of the last night on which it was seen.

    Raises:
        UsageError: There is no such case, or no night of it is stored.
    """
    with engine.connect() as connection:
        case = get_case(connection, case_id)
        nights = nights_of(connection, case_id)
        if not nights:
            raise UsageError(
                f"No stored night speaks of {case_id}, so there is nothing to take from.",
                "Its nights may be past their retention: `tellerwatch cases show` tells what is left.",
            )
        return case, get_run(connection, nights[-1].run_id)
