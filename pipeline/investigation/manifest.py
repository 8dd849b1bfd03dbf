"""What it takes to recompute a page: the run, the versions, the files that were read with their hashes."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from pipeline.casebook.runs import Run, get_run
from pipeline.casebook.tables import batches, files, runs
from reports.document import InputFile, Manifest


def run_hash(run: Run) -> str:
    """Hash everything that a run says of itself, but not when it ran: the same night gives the same hash."""
    said = {
        "run_id": run.run_id,
        "night": run.night.isoformat(),
        "config_hash": run.config_hash,
        "code_version": run.code_version,
        "seed": run.seed,
        "cutoff": run.cutoff.isoformat(),
        "batch_horizon": run.batch_horizon,
        "status": run.status,
        "scored": run.scored,
        "new_cases": run.new_cases,
        "findings": run.findings,
        "manifest": run.manifest,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def manifest_of(connection: Connection, run: Run, zone: ZoneInfo) -> Manifest:
    """Put together a run's manifest; of its files, the newest first.

    Args:
        connection: An open connection.
        run: The run.
        zone: The bank's zone.
    """
    query = (
        select(files.c.path, files.c.feed, files.c.accepted, files.c.sha256)
        .join(batches, batches.c.batch_id == files.c.batch_id)
        .where(batches.c.status == "published", files.c.batch_id <= run.batch_horizon)
        .order_by(files.c.batch_id.desc(), files.c.file_id.desc())
    )
    inputs = tuple(
        InputFile(name=_name(row.path), feed=row.feed, rows=row.accepted, sha256=row.sha256)
        for row in connection.execute(query)
        if row.sha256
    )
    before = str(run.manifest.get("previous_run", ""))
    known = before and connection.execute(select(runs.c.run_id).where(runs.c.run_id == before)).scalar()
    return Manifest(
        run_id=run.run_id,
        versions={"tellerwatch": run.code_version, **run.manifest.get("versions", {})},
        config_hash=run.config_hash,
        seed=run.seed,
        batch_horizon=run.cutoff.astimezone(zone),
        inputs=inputs,
        previous_run_hash=run_hash(get_run(connection, before)) if known else "",
        run_hash=run_hash(run),
    )


def _name(path: str) -> str:
    """Take the file's own name: where it lay on the machine is nobody's business."""
    return PurePosixPath(path.replace("\\", "/")).name
