"""Records bear the numbers under which they stand in the file, however many threads read it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pipeline.contract import FEEDS, Feed
from pipeline.home import Home
from pipeline.intake.staging import Reading, staging_sql
from pipeline.intake.subject_sql import give_key
from pipeline.intake.tokens import key_pads
from pipeline.lake.engine import connect_raw
from pipeline.settings import Settings
from tests.intake.conftest import Bank

ROWS = 140_000
"""Some four pieces, as the engine divides a file between its threads."""
LONG_FILE = f"""
    COPY (SELECT 'E' || lpad(i::VARCHAR, 9, '0') AS event_id, '2026-06-18T09:00:00+08:00' AS occurred_at, 'T01' AS employee_id,
    'credit_report' AS data_category, '110101199001011237' AS subject_id, repeat('A', 180) AS business_ref
    FROM range({ROWS}) t(i)) TO '{{path}}' (HEADER)
"""


def test_lines_of_a_long_file_are_those_of_the_file(bank: Bank) -> None:
    path = bank.folder / "access_log.csv"
    duckdb.execute(LONG_FILE.format(path=path))
    engine = bank.settings.engine.model_copy(update={"threads": 2})
    bank.settings = bank.settings.model_copy(update={"engine": engine})
    assert bank.take(path).files[0].accepted == ROWS
    wrong = "count(*) FILTER (line <> substr(event_id, 2)::BIGINT + 2)"
    assert bank.rows("access_log", f"count(*), {wrong}") == [(ROWS, 0)]


@pytest.mark.parametrize("feed", FEEDS.values(), ids=lambda feed: feed.name)
def test_rows_are_cleaned_without_a_join_which_keeps_no_order(feed: Feed, tmp_path: Path) -> None:
    cells = {column.name: f"c{at}" for at, column in enumerate(feed.columns)}
    raw = "(SELECT " + ", ".join(f"'x' || i AS {cell}" for cell in cells.values()) + " FROM range(9) t(i))"
    home = Home(tmp_path / "home")
    with connect_raw(home, Settings(), "Asia/Shanghai", []) as connection:
        give_key(connection, key_pads(b"k" * 32))
        statement = staging_sql(feed, raw, Reading(cells, "Asia/Shanghai"), "Asia/Shanghai", "2026-07-01")
        plan = connection.execute(f"EXPLAIN {statement}").fetchall()[0][1]
    assert "join" not in plan.lower()
