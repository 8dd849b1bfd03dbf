"""What looking at one person costs at a bank of 10,000 people with a year of nights, beside the same by hand.

    python -m benchmarks.investigate SMALL [--into FOLDER] [--people 10000] [--person ID] [--times 3]

SMALL is a home such as `tellerwatch demo --into SMALL` leaves; its rows are multiplied (`benchmarks/grown_bank.py`),
which takes some minutes and a few gigabytes and is done once. Processor seconds (user and system) of whole
processes, the least of some starts, with the files in the page cache. By hand: a process that imports DuckDB and reads
that person's rows of the year from the files of the days, and nothing else.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from pathlib import Path

from benchmarks.grown_bank import grow
from pipeline.evidence.days import stored_days
from pipeline.evidence.months import closed_months, keep_closed
from pipeline.home import Home
from pipeline.settings import load_settings

PROGRAM = str(Path(sys.executable).with_name("tellerwatch"))
BARE = "import duckdb"
BY_HAND = """
import duckdb, sys
rows = duckdb.sql("SELECT * FROM read_parquet('{folder}/day=*/*.parquet', hive_partitioning = false) WHERE entity = '{person}'").fetchall()
"""


def processor_seconds(command: list[str], times: int, given: str = "") -> float:
    """Return the least processor time of some runs of a command."""
    taken = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, input=given, text=True, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("small", type=Path)
    parser.add_argument(
        "--into", type=Path, help="where the great bank lies, or is made; SMALL-grown unless given"
    )
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--person", default="E10189", help="whose; the busiest of the demo unless given")
    parser.add_argument("--customer", default="900000199001010000", help="whom `who-queried` asks for")
    parser.add_argument("--times", type=int, default=3)
    asked = parser.parse_args()
    home = Home((asked.into or asked.small.with_name(f"{asked.small.name}-grown")).absolute())
    if not home.exists:
        print(f"{grow(asked.small, home.root, asked.people)} people in {home.root}", file=sys.stderr)
    keep_closed(home, load_settings(home.config))
    days = stored_days(home)
    months = closed_months(home, days)
    print(
        f"{len(days)} days of evidence, {sum(len(one.days) for one in months)} of them in {len(months)} closed months"
    )
    person, folder = asked.person, home.derived / "evidence"
    bare = processor_seconds([sys.executable, "-c", BARE], asked.times)
    by_hand = processor_seconds(
        [sys.executable, "-c", BY_HAND.format(folder=folder, person=person)], asked.times
    )
    lines = {
        "import duckdb": bare,
        "one person's rows by hand": by_hand,
        "investigate": processor_seconds(
            [PROGRAM, "--home", str(home.root), "investigate", person, "--case", "BENCH-1"], asked.times
        ),
        "who-queried": processor_seconds(
            [PROGRAM, "--home", str(home.root), "who-queried", "--case", "BENCH-1"],
            asked.times,
            f"{asked.customer}\n",
        ),
    }
    for name, seconds in lines.items():
        print(f"{name:<28} {seconds:6.2f} s of processor   {seconds / by_hand:5.2f} × by hand")


if __name__ == "__main__":
    main()
