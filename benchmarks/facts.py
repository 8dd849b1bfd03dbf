"""What facts cost: a night on a long history beside one on a short, and facts and windows beside plain SQL and pandas.

Run from the root, each by itself:
    python -m benchmarks.facts nights --employees 300 --days 60 365
    python -m benchmarks.facts rows --events 20_000_000 --pandas-events 1_000_000
    python -m benchmarks.facts size --events 100_000_000
Only ratios within one run mean anything: machines differ, and so do their other tenants.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.facts_rows import measure_rows, measure_size
from pipeline.cli.main import invoke
from pipeline.home import Home

LAST = date(2026, 6, 12)
"""The night that is measured, a working day."""
ZONE = ZoneInfo("Asia/Shanghai")


@contextmanager
def timed(name: str, spent: dict[str, tuple[float, float]]) -> Iterator[None]:
    """Note wall and processor time."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    spent[name] = (time.perf_counter() - wall, time.process_time() - cpu)


def tell(home: Home, *arguments: str) -> None:
    with redirect_stdout(sys.stderr):
        code = invoke(["--home", str(home.root), "-q", *arguments])
    if code not in (0, 3):
        raise SystemExit(f"{arguments[0]} ended with {code}")


def split_feeds(bank: Path, before: Path, after: Path, night: date) -> None:
    """Part a bank's files: what was recorded by the cut-off of the night before, and what came since."""
    import pandas as pd

    cut = pd.Timestamp(datetime.combine(night, datetime.min.time(), ZONE) + timedelta(hours=2))
    end = cut + pd.Timedelta(days=1)
    for path in sorted(bank.glob("*.parquet")):
        frame = pd.read_parquet(path)
        stamp = next((name for name in ("recorded_at", "occurred_at") if name in frame), None)
        known = (
            pd.to_datetime(frame[stamp], utc=True, format="ISO8601") if stamp else pd.Series(cut, frame.index)
        )
        known = known.fillna(cut)
        for folder, part in ((before, frame[known <= cut]), (after, frame[(known > cut) & (known <= end)])):
            folder.mkdir(exist_ok=True)
            if len(part):
                part.to_parquet(folder / path.name, index=False)


def measure_nights(folder: Path, employees: int, spans: list[int]) -> None:
    """Run the same kind of night on histories of several lengths, each after the night before it."""
    from pipeline.simulate import simulate

    rows: list[tuple[int, dict[str, tuple[float, float]]]] = []
    for days in spans:
        place = folder / str(days)
        simulate(
            place / "bank",
            7,
            employees=employees,
            days=days,
            start=LAST - timedelta(days=days - 1),
            form="parquet",
        )
        split_feeds(place / "bank", place / "before", place / "after", LAST)
        home, spent = Home(place / "home"), {}
        tell(home, "init")
        tell(home, "ingest", str(place / "before"))
        eve = (LAST - timedelta(days=1)).isoformat()
        with timed("first night, nothing stored", spent):
            tell(home, "run", "--night", eve)
        tell(home, "ingest", str(place / "after"))
        with timed("night", spent):
            tell(home, "run", "--night", LAST.isoformat())
        rows.append((days, spent))
        print(
            f"{days} days: "
            + ", ".join(
                f"{name} {wall:.1f} s ({cpu:.1f} s of processor)" for name, (wall, cpu) in spent.items()
            ),
            flush=True,
        )
        shutil.rmtree(place)
    short, long = rows[0], rows[-1]
    for name in short[1]:
        ratios = [b / a for a, b in zip(short[1][name], long[1][name], strict=True)]
        print(
            f"{name}: {long[0]} days cost {ratios[0]:.2f} of {short[0]} days ({ratios[1]:.2f} in processor time)"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    ways = parser.add_subparsers(dest="way", required=True)
    nights = ways.add_parser("nights")
    nights.add_argument("--employees", type=int, default=300)
    nights.add_argument("--days", type=int, nargs=2, default=[60, 365])
    for name, events in (("rows", 20_000_000), ("size", 100_000_000)):
        one = ways.add_parser(name)
        one.add_argument("--events", type=int, default=events)
        one.add_argument("--memory", default="3GB" if name == "rows" else "6GB")
        one.add_argument("--threads", type=int, default=2)
        if name == "rows":
            one.add_argument("--pandas-events", type=int, default=1_000_000)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tellerwatch-facts-"))
    try:
        if args.way == "nights":
            measure_nights(folder, args.employees, args.days)
        elif args.way == "rows":
            measure_rows(folder, args.events, args.pandas_events, args.memory, args.threads)
        else:
            measure_size(folder, args.events, args.memory, args.threads)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
