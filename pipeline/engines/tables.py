"""What the engines do each in their own way: read files, keep a table, write one. All else is one set of expressions."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.home import PRIVATE_DIR, PRIVATE_FILE
from pipeline.lake.schema import LakeColumn

if TYPE_CHECKING:
    from ibis.expr.types import Table

ROWS = "rows0.parquet"
"""The name that DuckDB gives a day's first file: the engine may change from night to night."""
_SPARK_SQL = {"VARCHAR": "STRING"}


def is_spark(backend: Any) -> bool:
    """Tell whether the engine is Spark."""
    return bool(backend.name == "pyspark")


def read_files(backend: Any, paths: Sequence[Path], columns: Sequence[LakeColumn]) -> Table:
    """Read Parquet files of the lake as one table.

    Args:
        backend: The engine.
        paths: The files; none give an empty table.
        columns: The columns wanted.
    """
    import ibis

    if is_spark(backend):
        return _spark_read(backend, paths, columns)
    if not paths:
        nothing = ", ".join(f"CAST(NULL AS {column.sql}) AS {column.name}" for column in columns)
        # The schema is given, as Ibis 12 asks DuckDB 2 for it by a name that is gone.
        return backend.sql(
            f"SELECT {nothing} WHERE 1 = 0",
            schema=ibis.schema({column.name: column.ibis for column in columns}),
        )
    # Read as a partition, `day=…` in the path would hide the calendar's own column.
    table = backend.read_parquet([str(path) for path in paths], hive_partitioning=False)
    return table.select([column.name for column in columns])


def _spark_read(backend: Any, paths: Sequence[Path], columns: Sequence[LakeColumn]) -> Table:
    from ibis.util import gen_name
    from pyspark.sql import SparkSession

    session = SparkSession.active()
    types = {column.name: _SPARK_SQL.get(column.sql, column.sql) for column in columns}
    name = gen_name("tw_read")
    if paths:
        # With the schema given, Spark opens no file before the work begins, and takes nothing from the folders' names.
        schema = ", ".join(f"`{column}` {kind}" for column, kind in types.items())
        frame = session.read.schema(schema).parquet(*(str(path) for path in paths))
    else:
        nothing = ", ".join(f"CAST(NULL AS {kind}) AS `{column}`" for column, kind in types.items())
        frame = session.sql(f"SELECT {nothing} WHERE 1 = 0")
    frame.createOrReplaceTempView(name)
    return backend.table(name)


def keep_table(backend: Any, name: str, table: Table) -> Table:
    """Compute a table once, under a name, for as long as the engine is open.

    Args:
        backend: The engine.
        name: What to call it; a table of that name is replaced.
        table: What to compute.
    """
    if is_spark(backend):
        backend.create_view(f"{name}_plan", table, overwrite=True)
        # What is kept forgets how it was made: else each step would plan all steps before it anew.
        backend.raw_sql(f"SELECT * FROM {name}_plan").localCheckpoint().createOrReplaceTempView(name)
        return backend.table(name)
    # Ibis 12's own `overwrite` writes a statement that DuckDB 2 does not read.
    backend.raw_sql(f"DROP TABLE IF EXISTS {name}")
    return backend.create_table(name, table, temp=True)


GROUP_ROWS = 8_192
"""Rows that are read together: few, since an investigation wants one person of a bank's whole day."""


def write_by_day(backend: Any, table: Table, folder: Path, order: Sequence[str]) -> None:
    """Write a table as one file a day, `day=…/rows0.parquet`, in place of what was there of these days.

    Args:
        backend: The engine.
        table: What to write; its column `day` says where.
        folder: A private folder.
        order: Columns by which each file is ordered, `day` first.
    """
    before = os.umask(0o077)
    try:
        if is_spark(backend):
            _spark_write(backend, table, folder, order)
        else:
            backend.raw_sql(
                f"COPY ({backend.compile(table.order_by(*order))}) TO '{folder}' "
                "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day), WRITE_PARTITION_COLUMNS true, "
                f"OVERWRITE_OR_IGNORE, FILENAME_PATTERN 'rows', ROW_GROUP_SIZE {GROUP_ROWS})"
            )
    finally:
        os.umask(before)


def _spark_write(backend: Any, table: Table, folder: Path, order: Sequence[str]) -> None:
    backend.create_view("tw_write_plan", table, overwrite=True)
    frame = backend.raw_sql("SELECT * FROM tw_write_plan")
    for name, kind in frame.dtypes:
        if kind == "timestamp":  # on the wall clock, as DuckDB writes it
            frame = frame.withColumn(name, frame[name].cast("timestamp_ntz"))
    frame = frame.withColumn("_day", frame["day"]).repartition("_day").sortWithinPartitions("_day", *order)
    drawn = folder / ".writing"
    frame.write.partitionBy("_day").mode("overwrite").option("compression", "zstd").parquet(str(drawn))
    for part in sorted(drawn.glob("_day=*/part-*.parquet")):
        day = folder / part.parent.name.removeprefix("_")
        day.mkdir(mode=PRIVATE_DIR, exist_ok=True)
        part.chmod(PRIVATE_FILE)
        part.replace(day / ROWS)
        for other in day.glob("*.parquet"):  # of an earlier writing in several files
            if other.name != ROWS:
                other.unlink()
    shutil.rmtree(drawn)
