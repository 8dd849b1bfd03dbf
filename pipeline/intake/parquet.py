"""Parquet files: every column as text, so that one set of rules cleans all formats."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING

from pipeline.intake.cell_sql import quoted
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.rows import RawRows

if TYPE_CHECKING:
    import pyarrow as pa

KEPT_LINES = b"tellerwatch.lines"
"""Under this name a file of kept rows says where each of them stood in its source."""
_MAGIC = b"PAR1"


def open_parquet(file: IO[bytes], where: Path) -> RawRows:
    """Make a Parquet file readable; nested columns are left out.

    Args:
        file: Its bytes.
        where: The name by which the engine opens them.

    Raises:
        RefusedFileError: It is no Parquet.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(file) if file.read(len(_MAGIC)) == _MAGIC else None
    except (pa.ArrowException, OSError):
        schema = None
    if schema is None:
        raise RefusedFileError(
            "not_parquet",
            "The file is called .parquet, but its bytes are not, or end too early.",
            "Export it again, or give it the ending of what it is.",
        )
    flat = [field for field in schema if not pa.types.is_nested(field.type)]
    cells = ", ".join(f"{_as_text(field)} AS c{index}" for index, field in enumerate(flat))
    sql = f"(SELECT {cells} FROM read_parquet({quoted(str(where))}, hive_partitioning=false))"
    lines = [int(line) for line in (schema.metadata or {}).get(KEPT_LINES, b"").split(b",") if line.isdigit()]
    return RawRows(sql, [field.name for field in flat], "parquet", 1, [where], lines=lines)


def _as_text(field: pa.Field) -> str:
    import pyarrow as pa

    name = '"' + field.name.replace('"', '""') + '"'
    if pa.types.is_floating(field.type):
        # Whole numbers that passed through a float keep their digits; longer ones are damaged, and say so.
        return (
            f"CASE WHEN {name} = trunc({name}) AND abs({name}) < 1e15 THEN {name}::BIGINT::VARCHAR "
            f"ELSE {name}::VARCHAR END"
        )
    if pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type):
        return f"decode({name})"
    return f"{name}::VARCHAR"
