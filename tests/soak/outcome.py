"""What a run of nights came to, in a form that two runs can be compared by.

All but when it was made and the numbers of intake's batches: an attempt at intake that met a full disk has a
number too. A run's own hash covers that number, so it is masked on the pages; so is the moment at which something was
written into a case's history, to the minute on its page, as it is left out of the table.
"""

from __future__ import annotations

import json
import re
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, select

from pipeline.casebook.tables import case_events, case_nights, cases, reasons, runs, scores

LEFT_OUT = {
    "runs": {"started_at", "finished_at", "batch_horizon"},
    "case_events": {"id", "at"},
}


_HASHES = re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_MOMENTS = re.compile(
    rb'(?<=<tr><th scope="row">)<time [^>]*>(?:(?!</time>).)*</time>(?=</th><td>C-)|(?<="at": )"[^"]*"(?=,\s+"case_id")'
)
_NUMBERS = re.compile(r'"batches": \[[\d, ]*\](, )?')


def stored(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All that the nights have written, table by table, in a fixed order."""
    return {
        table.name: _rows(engine, table) for table in (runs, scores, reasons, cases, case_nights, case_events)
    }


def _rows(engine: Engine, table: Table) -> list[tuple[Any, ...]]:
    left_out = LEFT_OUT.get(table.name, set())
    columns = [column for column in table.c if column.name not in left_out]
    with engine.connect() as connection:
        found = [tuple(map(_plain, row)) for row in connection.execute(select(*columns))]
    return sorted(found, key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, list | dict):
        return _NUMBERS.sub("", json.dumps(value, sort_keys=True))
    return value


def pages(root: Path) -> dict[str, bytes]:
    """Each page and its twin → its bytes, run hashes and the moments of a case's history masked."""
    return {
        path.relative_to(root).as_posix(): _MOMENTS.sub(b"", _HASHES.sub(b"", path.read_bytes()))
        for path in sorted((root / "reports").rglob("*"))
        if path.is_file()
    }


def difference(one: dict[str, bytes], other: dict[str, bytes]) -> str:
    """Show which pages differ, and how the first of them does; empty when none does."""
    differing = [name for name, content in one.items() if other[name] != content]
    if not differing:
        return ""
    first, second = (side[differing[0]].decode(errors="replace").splitlines() for side in (one, other))
    lines = islice(unified_diff(first, second, differing[0], "disturbed", n=2, lineterm=""), 60)
    return "\n".join([", ".join(differing), *(line[:300] for line in lines)])
