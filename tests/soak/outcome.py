"""What a run of nights came to, in a form that two runs can be compared by: all but when and where it was made."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, select

from pipeline.casebook.tables import case_events, case_nights, cases, reasons, runs, scores

LEFT_OUT = {
    "runs": {"started_at", "finished_at", "batch_horizon"},
    "case_events": {"id", "at"},
}


def stored(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All that the nights have written, table by table, in a fixed order."""
    return {
        table.name: _rows(engine, table) for table in (runs, scores, reasons, cases, case_nights, case_events)
    }


def _rows(engine: Engine, table: Table) -> list[tuple[Any, ...]]:
    left_out = LEFT_OUT.get(table.name, set())
    columns = [column for column in table.c if column.name not in left_out]
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(select(*columns))]
    return sorted(found, key=repr)


def pages(root: Path) -> dict[str, str]:
    """Each page and its twin → the hash of its bytes."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((root / "reports").rglob("*"))
        if path.is_file()
    }
