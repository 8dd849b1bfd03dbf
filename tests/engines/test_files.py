"""Files that one engine writes are the other's to read and to replace."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pandas as pd
import pytest

from pipeline.engines.tables import keep_table, write_by_day

pytestmark = [pytest.mark.spark, pytest.mark.xdist_group("spark")]

ROWS = pd.DataFrame(
    {
        "day": [date(2026, 1, 2), date(2026, 1, 1), date(2026, 1, 2)],
        "who": ["b", "a", None],
        "seen_at": pd.to_datetime(
            ["2026-01-02 01:02:03.000004", "2026-01-01", "2026-01-02"], format="ISO8601"
        ),
        "until": [date(9999, 12, 31)] * 3,
    }
)
SCHEMA = ibis.schema({"day": "date", "who": "string", "seen_at": "timestamp(6)", "until": "date"})


def read(folder: Path, what: str) -> list[Any]:
    files = f"read_parquet('{folder}/*/*.parquet', hive_partitioning = false)"
    return duckdb.sql(f"{what} SELECT * FROM {files} ORDER BY day, seen_at").fetchall()


def test_each_engine_replaces_the_days_that_the_other_wrote(spark: Any, tmp_path: Path) -> None:
    table = ibis.memtable(ROWS, schema=SCHEMA)
    engines = {"duckdb": ibis.duckdb.connect(), "spark": spark}
    seen = []
    for name in ("duckdb", "spark", "duckdb"):
        kept = keep_table(engines[name], "tw_written", table)
        write_by_day(engines[name], kept, tmp_path, ("day", "seen_at"))
        files = {str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
        seen.append((files, read(tmp_path, "DESCRIBE"), read(tmp_path, "")))
    assert seen[0] == seen[1] == seen[2]
    assert set(seen[0][0].values()) == {0o600, 0o700}
    assert len(seen[0][2]) == 3
