"""A bank of ten thousand people and a year of nights, made by multiplying the stored rows of a small one.

Each person stands there many times, under an id, branch, terminals and customers of their own; the quarter that is
stored is repeated backwards. What a night would have written is written in the same form, so that whoever reads
it reads what they would read at such a bank; no night has to be run for it.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
from datetime import date, timedelta
from pathlib import Path

import duckdb

from pipeline.engines.tables import GROUP_ROWS

SHIFT_DAYS = 91
"""Thirteen weeks: weekdays stay weekdays."""
QUARTERS = 4
NIGHT_DAYS = 30
"""Nights of the small home, which are repeated as well."""


def grow(small: Path, to: Path, people: int) -> int:
    """Copy a small home and multiply what is stored in the copy; return how many people it has then.

    Args:
        small: A home with a quarter of evidence and a month of nights, such as `tellerwatch demo` leaves.
        to: Where the great one is made.
        people: How many people it shall have at least.
    """
    subprocess.run(["cp", "-a", small, to], check=True)
    before = os.umask(0o077)
    try:
        with duckdb.connect(
            config={"threads": 1, "memory_limit": "4GB", "temp_directory": str(to / "tmp")}
        ) as engine:
            (staff,) = engine.execute(
                "SELECT count(DISTINCT employee_id) FROM read_parquet(?)", [_files(small, "employees")]
            ).fetchone() or (1,)
            copies = -(-people // staff)
            engine.execute(
                "CREATE MACRO of_copy(name, k) AS CASE WHEN k = 0 THEN name ELSE name || '-' || k END"
            )
            # A token has to stay one: 64 hexadecimal digits that no other copy has.
            engine.execute(
                "CREATE MACRO token_of(token, k) AS CASE WHEN k = 0 THEN token ELSE md5(k || token) || md5(token || k) END"
            )
            _feeds(engine, to, copies)
            _evidence(engine, small, to, copies)
    finally:
        os.umask(before)
    _scores(to, copies)
    return staff * copies


def _files(home: Path, feed: str) -> list[str]:
    return sorted(str(path) for path in (home / "lake" / feed).rglob("*.parquet"))


def _feeds(engine: duckdb.DuckDBPyConnection, to: Path, copies: int) -> None:
    changed = {
        "employees": "of_copy(employee_id, k) AS employee_id, of_copy(branch_id, k) AS branch_id, "
        "of_copy(manager_id, k) AS manager_id",
        "absences": "of_copy(employee_id, k) AS employee_id",
        "complaints": "of_copy(complaint_id, k) AS complaint_id, token_of(subject_token, k) AS subject_token",
    }
    for feed, columns in changed.items():
        for path in _files(to, feed):
            new = f"{path}.new"
            engine.execute(
                f"COPY (SELECT * EXCLUDE (k) REPLACE ({columns}) FROM (SELECT source.*, k FROM read_parquet('{path}', "
                f"hive_partitioning = false) AS source, range({copies}) AS copies(k))) TO '{new}' (FORMAT parquet)"
            )
            Path(new).replace(path)


def _evidence(engine: duckdb.DuckDBPyConnection, small: Path, to: Path, copies: int) -> None:
    folder = to / "derived" / "evidence"
    for path in sorted((small / "derived" / "evidence").glob("day=*")):
        day = date.fromisoformat(path.name.removeprefix("day="))
        for quarter in range(QUARTERS):
            back = quarter * SHIFT_DAYS
            dates = ", ".join(
                f"(CASE WHEN {name} > DATE '2100-01-01' THEN {name} ELSE {name} - {back} END)::DATE AS {name}"
                for name in (
                    "day", "night", "from_night", "until_night", "mismatch_from", "mismatch_until",
                    "unknown_number_until", "record_from", "authorization_signed_on", "authorization_expires_on",
                )
            )  # fmt: skip
            target = folder / f"day={day - timedelta(days=back)}"
            target.mkdir(mode=0o700, exist_ok=True)
            engine.execute(
                f"""
                COPY (
                    SELECT * EXCLUDE (k) REPLACE ({dates}, occurred_at_local - INTERVAL {back} DAY AS occurred_at_local,
                        event_id || '-' || k || '-{quarter}' AS event_id, of_copy(entity, k) AS entity,
                        of_copy(employee_id, k) AS employee_id, of_copy(own_branch, k) AS own_branch,
                        of_copy(branch_id, k) AS branch_id, of_copy(terminal_id, k) AS terminal_id,
                        token_of(subject_token, k) AS subject_token, of_copy(record_id, k) AS record_id)
                    FROM (SELECT source.*, k FROM read_parquet('{path}/*.parquet', hive_partitioning = false) AS source,
                        range({copies}) AS copies(k))
                    ORDER BY entity, occurred_at_local, event_id, from_night
                ) TO '{target}/rows0.parquet' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP_ROWS})
                """
            )
    (folder / "span.json").write_text('{"whole_from": "1900-01-01", "open_from": null}\n', encoding="utf-8")


def _scores(to: Path, copies: int) -> None:
    """Multiply scores and nights in the casebook; the reasons of the last night alone, as nobody asks for the others."""
    book = sqlite3.connect(to / "casebook.sqlite")
    book.execute("PRAGMA foreign_keys = OFF")
    book.execute("PRAGMA synchronous = OFF")
    book.execute("PRAGMA journal_mode = OFF")
    book.execute("PRAGMA cache_size = -400000")
    book.execute("CREATE TEMP TABLE copies AS WITH RECURSIVE n(k) AS "
                 f"(SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k + 1 < {copies}) SELECT k FROM n")  # fmt: skip
    names = "employee_id, score, p_value, rank, alert, unexplained, families"
    rest = names.replace("employee_id, ", "")
    (last,) = book.execute("SELECT max(run_id) FROM runs").fetchone()
    old = book.execute("SELECT run_id, night FROM runs ORDER BY night").fetchall()
    person = "CASE WHEN k = 0 THEN employee_id ELSE employee_id || '-' || k END"
    (index,) = book.execute(
        "SELECT sql FROM sqlite_master WHERE name = 'ix_scores_employee_id_run_id'"
    ).fetchone()
    book.execute("DROP INDEX ix_scores_employee_id_run_id")
    columns = [row[1] for row in book.execute("PRAGMA table_info(runs)")]
    for month in range(11, -1, -1):
        for run_id, night in old:
            moved = (date.fromisoformat(night) - timedelta(days=NIGHT_DAYS * month)).isoformat()
            new = run_id.replace(night, moved)
            if month:
                values = ", ".join({"run_id": "?1", "night": "?2"}.get(name, f'"{name}"') for name in columns)
                book.execute(
                    f"INSERT INTO runs SELECT {values} FROM runs WHERE run_id = ?3", (new, moved, run_id)
                )
            book.execute(
                f"INSERT INTO scores (run_id, {names}) SELECT ?1, {person}, {rest} FROM scores, copies "
                "WHERE run_id = ?2 AND (k > 0 OR ?1 <> ?2) ORDER BY 1, 2",
                (new, run_id),
            )
    book.execute("DELETE FROM run_figures")
    book.execute(
        "INSERT INTO run_figures SELECT run_id, json_group_object(employee_id, unexplained) FROM scores GROUP BY run_id"
    )
    kept = [row[1] for row in book.execute("PRAGMA table_info(reasons)")]
    listed = ", ".join(person if name == "employee_id" else name for name in kept)
    book.execute(
        f"INSERT INTO reasons SELECT {listed} FROM reasons, copies WHERE run_id = ? AND k > 0", (last,)
    )
    book.commit()
    book.execute(index)
    book.close()
