"""Peak memory of taking in one great CSV, which must not depend on its size.

    python -m benchmarks.ingest_memory [GIGABYTES] [FOLDER]

The file is made in FOLDER (default: the system's scratch folder) and removed afterwards. Intake runs in a process
of its own, so that only its own memory is counted. Bound: 1.5 GB of resident memory for a file of 5 GB.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from multiprocessing import get_context
from pathlib import Path

import duckdb

from benchmarks.ingest import EVENTS, NOW
from pipeline.casebook.engine import open_casebook
from pipeline.home import Home
from pipeline.installation import install
from pipeline.intake.ingest import ingest
from pipeline.settings import Settings

_BYTES_A_ROW = 199


def _take(root: Path, path: Path) -> tuple[int, int, float, float]:
    home = Home(root)
    install(home, {})
    wall, cpu = time.perf_counter(), time.process_time()
    result = ingest(home, Settings(), open_casebook(home, Settings()), [path], clock=lambda: NOW)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    accepted = sum(file.accepted for file in result.files)
    if not accepted:
        raise RuntimeError(f"nothing was taken in: {[finding.text for finding in result.findings]}")
    return accepted, peak, time.perf_counter() - wall, time.process_time() - cpu


def main(gigabytes: float, folder: str | None) -> None:
    """Make the file, take it in, and print what it took."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        path = Path(scratch) / "access_log.csv"
        duckdb.execute(EVENTS.format(rows=int(gigabytes * 1e9 / _BYTES_A_ROW), path=path))
        with get_context("spawn").Pool(1) as alone:
            accepted, peak, wall, cpu = alone.apply(_take, (Path(scratch) / "home", path))
        size = path.stat().st_size
    print(
        f"{accepted:,} rows, {size / 1e9:.2f} GB of CSV: peak {peak / 1024:.0f} MB resident, "
        f"wall {wall:.0f} s, CPU {cpu:.0f} s"
    )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0, sys.argv[2] if len(sys.argv) > 2 else None)
