"""Intake against DuckDB's own copy of the same CSV to Parquet, in one run on one machine.

    python benchmarks/ingest.py [ROWS]

Both are run three times, and the median counts. Prints the ratio of CPU time, which other work on the machine
disturbs least, and of wall-clock time, and the peak memory of the process. Intake must stay below five times
the copy, and aims at three.
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
from pipeline.settings import Settings

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


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "access_log.csv"
        duckdb.execute(EVENTS.format(rows=rows, path=path))
        plain = duckdb.connect(config={"memory_limit": Settings().engine.memory_limit})
        target = Path(scratch) / "copy.parquet"
        copies = [timed(lambda: plain.execute(f"COPY (FROM '{path}') TO '{target}'")) for _ in range(3)]
        copy = sorted(copies, key=lambda take: take[1])[1]
        plain.close()
        takes = []
        for attempt in range(3):
            home = Home(Path(scratch) / f"home{attempt}")
            install(home, {})
            engine = open_casebook(home, Settings())
            takes.append(timed(partial(ingest, home, Settings(), engine, [path], clock=lambda: NOW)))
        ours = sorted(takes, key=lambda take: take[1])[1]
        again = Path(scratch) / "access_log-again.csv"
        again.write_bytes(path.read_bytes() + b"\n")
        twice = timed(lambda: ingest(home, Settings(), engine, [again], clock=lambda: NOW))
        megabytes = path.stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{rows:,} rows, {megabytes:.0f} MB of CSV; peak memory of the process {peak:.0f} MB")
    for name, (wall, cpu) in (("DuckDB's copy", copy), ("ingest", ours), ("the same rows again", twice)):
        ratios = f"{wall / copy[0]:5.1f} x   CPU {cpu:6.2f} s {cpu / copy[1]:5.1f} x"
        print(f"{name:20} wall {wall:6.2f} s {ratios}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
