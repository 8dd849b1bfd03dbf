"""Intake against DuckDB's own copy of the same CSV to Parquet, in one run on one machine.

    python -m benchmarks.ingest [ROWS]

Copy and intake take turns, three times each, and the median of the CPU time counts, which other work on the machine
disturbs least; wall-clock time is printed beside it. The copy is made twice over: as DuckDB makes it by itself, and
with intake's own settings of Parquet. Intake aims at three times the copy. What cannot be had for less is measured
by itself: the keyed token of each row's customer, and the hash of the file by which it is known again.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent.parent))

from pipeline.casebook.engine import open_casebook
from pipeline.home import Home
from pipeline.installation import install
from pipeline.intake.ingest import ingest
from pipeline.intake.probe import sha256_of
from pipeline.intake.subject_sql import give_key, token_sql
from pipeline.intake.tokens import key_pads
from pipeline.settings import Settings

# The settings of `pipeline.intake.parts`, but for its one file a day.
PARQUET = ", COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 4096, PARQUET_VERSION V2"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
EVENTS = """
COPY (SELECT
    'E' || lpad(i::VARCHAR, 9, '0') AS event_id,
    strftime(TIMESTAMP '2026-06-01 08:00:00' + to_seconds((i * 2 * 1000000 // {rows})::BIGINT),
             '%Y-%m-%dT%H:%M:%S+08:00') AS occurred_at,
    'T' || lpad((hash(i) % 10000)::VARCHAR, 5, '0') AS employee_id,
    ['query', 'query', 'view', 'print'][(1 + hash(i + 1) % 4)::BIGINT] AS operation,
    'credit_report' AS data_category,
    '90' || lpad((hash(i * 7) % 10000)::VARCHAR, 4, '0') || (1950 + hash(i * 3) % 50)
        || lpad((1 + hash(i) % 12)::VARCHAR, 2, '0') || lpad((1 + hash(i * 5) % 28)::VARCHAR, 2, '0')
        || lpad((hash(i * 11) % 10000)::VARCHAR, 4, '0') AS subject_id,
    ['02', '03', '01', '贷款审批'][(1 + hash(i + 2) % 4)::BIGINT] AS reason,
    'ok' AS outcome, 'B' || (hash(i) % 400) AS branch_id, 'TM' || (hash(i) % 4000) AS terminal_id,
    '10.1.' || (hash(i) % 200) || '.' || (hash(i * 2) % 250) AS source_ip, 'workstation' AS channel,
    NULL AS account_id, NULL AS requester_id,
    'LN' || lpad((hash(i * 13) % 10000000)::VARCHAR, 9, '0') AS business_ref, 'AU' || i AS authorization_id,
    '2026-05-30' AS authorization_signed_on, '2026-08-30' AS authorization_expires_on,
    strftime(TIMESTAMP '2026-06-01 08:00:05' + to_seconds((i * 2 * 1000000 // {rows})::BIGINT),
             '%Y-%m-%dT%H:%M:%S+08:00') AS recorded_at
    FROM range({rows}) t(i)) TO '{path}' (HEADER)
"""


def timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _median(takes: list[tuple[float, float]]) -> tuple[float, float]:
    return sorted(takes, key=lambda take: take[1])[len(takes) // 2]


def main(rows: int) -> None:
    settings = Settings()
    copies: dict[str, list[tuple[float, float]]] = {"DuckDB's copy": [], "copy, our Parquet": []}
    takes = []
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "access_log.csv"
        duckdb.execute(EVENTS.format(rows=rows, path=path))
        target = Path(scratch) / "copy.parquet"
        for attempt in range(3):
            for name, form in zip(copies, ("", PARQUET), strict=True):
                plain = duckdb.connect(config={"memory_limit": settings.engine.intake_memory_limit})
                statement = f"COPY (FROM '{path}') TO '{target}' (FORMAT parquet{form})"
                copies[name].append(timed(partial(plain.execute, statement)))
                plain.close()
            home = Home(Path(scratch) / f"home{attempt}")
            install(home, {})
            engine = open_casebook(home, settings)
            takes.append(timed(partial(ingest, home, settings, engine, [path], clock=lambda: NOW)))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        again = Path(scratch) / "access_log-again.csv"
        again.write_bytes(path.read_bytes() + b"\n")
        measured = {name: _median(some) for name, some in copies.items()} | {
            "ingest": _median(takes),
            "the same rows again": timed(lambda: ingest(home, settings, engine, [again], clock=lambda: NOW)),
            "tokens alone": _tokens(path),
            "file's hash alone": timed(partial(sha256_of, path)),
        }
        megabytes = path.stat().st_size / 1e6
    copy = measured["DuckDB's copy"]
    print(f"{rows:,} rows, {megabytes:.0f} MB of CSV; peak memory of the process {peak:.0f} MB")
    for name, (wall, cpu) in measured.items():
        ratios = f"{wall / copy[0]:5.2f} x   CPU {cpu:6.2f} s {cpu / copy[1]:5.2f} x"
        print(f"{name:20} wall {wall:6.2f} s {ratios}")


def _tokens(path: Path) -> tuple[float, float]:
    """Make the tokens of numbers that lie in memory."""
    connection = duckdb.connect()
    give_key(connection, key_pads(b"k" * 32))
    connection.execute(f"CREATE TABLE numbers AS SELECT subject_id FROM read_csv('{path}', all_varchar=true)")
    asked = f"SELECT sum(strlen({token_sql('subject_id')})) FROM numbers"
    return timed(lambda: connection.execute(asked).fetchall())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
