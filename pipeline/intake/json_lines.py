"""JSON lines: one object a line; a line that is none is set aside with its number."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pipeline.home import Home
from pipeline.intake.cell_sql import quoted
from pipeline.intake.delimited import MAX_RECORD_BYTES, notes_on, rewritten
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.heading import plain_name
from pipeline.intake.probe import Probe
from pipeline.intake.rows import RawRows, Shortfall

if TYPE_CHECKING:
    import duckdb

SAMPLE_BYTES = 1 << 20


def open_json_lines(
    file: IO[bytes], where: Path, told: Probe, home: Home, stack: ExitStack, expected: Iterable[str]
) -> RawRows:
    """Make a file of JSON lines readable.

    Args:
        file: Its bytes, uncompressed.
        where: The name by which the engine opens these bytes.
        told: What the first pass told.
        home: The installation.
        stack: Closes what is opened here.
        expected: Keys that would make sense; looked for even where the first lines do not have them.

    Raises:
        RefusedFileError: It holds one array instead of lines.
    """
    if not told.plain:
        file, where = rewritten(file, told, home, stack)
    file.seek(0)
    sample = file.read(SAMPLE_BYTES).decode("utf-8", errors="replace").lstrip("\ufeff")
    if sample.lstrip().startswith("["):
        raise RefusedFileError(
            "json_array",
            "The file is one JSON array, which cannot be read piece by piece.",
            "Export one JSON object a line (JSON lines).",
        )
    header = _keys(sample)
    if len(sample.encode()) >= SAMPLE_BYTES:
        seen = {plain_name(key) for key in header}
        header += [name for name in expected if plain_name(name) not in seen]
    if not header:
        raise RefusedFileError(
            "empty_file", "The file holds no JSON object.", "Export one JSON object a line, with its keys."
        )
    # Read as a table of one column: a delimiter that JSON never has outside an escape, and no quotes.
    lines = (
        f"read_csv({quoted(str(where))}, columns={{'line': 'VARCHAR'}}, header=false, auto_detect=false, "
        f"delim={quoted(chr(1))}, quote='', escape='', compression='none', strict_mode=true, "
        f"max_line_size={MAX_RECORD_BYTES}, ignore_errors=true, store_rejects=true, rejects_limit=0, "
        f"rejects_line_size_limit=1)"
    )
    whole = "(json_valid(line) AND starts_with(ltrim(line), '{'))"
    texts = ", ".join(
        f"json_extract_string(line, {quoted(_path(key))}) AS t{index}" for index, key in enumerate(header)
    )
    cells = ", ".join(f"{_flat(key, f't{index}')} AS c{index}" for index, key in enumerate(header))

    def shortfalls(connection: duckdb.DuckDBPyConnection) -> list[Shortfall]:
        bad = connection.execute(
            f"SELECT line_no FROM (SELECT row_number() OVER () AS line_no, line FROM {lines}) "
            f"WHERE NOT {whole} ORDER BY 1"
        ).fetchall()
        lost = connection.execute("SELECT DISTINCT line FROM reject_errors ORDER BY 1").fetchall()
        found = {line: Shortfall(line, "bad_json", "the line is no JSON object") for (line,) in bad}
        found |= {line: Shortfall(line, "unreadable", "the line cannot be read") for (line,) in lost}
        return [found[line] for line in sorted(found)]

    return RawRows(
        f"(SELECT {cells} FROM (SELECT line, {texts} FROM {lines} WHERE {whole}))",
        header,
        told.encoding,
        1,
        [where],
        shortfalls,
        notes_on(told),
    )


def _keys(sample: str) -> list[str]:
    keys: dict[str, None] = {}
    for line in sample.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict):
            keys.update(dict.fromkeys(str(key) for key in told))
    return list(keys)


def _flat(key: str, text: str) -> str:
    """Leave an object or a list out, as in Parquet: its text is nobody's number. A text may begin like one."""
    nested = f"json_type(line, {quoted(_path(key))}) IN ('OBJECT', 'ARRAY')"
    return f"CASE WHEN (prefix({text}, '{{') OR prefix({text}, '[')) AND {nested} THEN NULL ELSE {text} END"


def _path(key: str) -> str:
    return '$."' + key.replace('"', "") + '"'
