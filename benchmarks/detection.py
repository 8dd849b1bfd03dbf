"""How well leakers are found: simulated banks, replayed, against the figures to reach and naive rivals.

Run from the root: python -m benchmarks.detection --seeds 101 102 --employees 300 --days 200
With --quiet 201 a bank without leakers is measured too, with --ablate each part is left out in turn.
Every bank is written, taken in and replayed from its 46th night; allow some minutes a bank.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stdout
from datetime import date, timedelta
from pathlib import Path

from benchmarks.targets import BankResult, Target, Watched, targets
from pipeline.backtest.ablations import ablations, replay_without
from pipeline.backtest.figures import Replayed, measure, replayed
from pipeline.backtest.outcomes import Clock
from pipeline.backtest.rivals import Rivals
from pipeline.backtest.truth import read_truth
from pipeline.bank import open_bank
from pipeline.casebook.engine import open_casebook
from pipeline.cli.main import invoke
from pipeline.home import Home
from pipeline.settings import load_settings
from pipeline.simulate import simulate

START = date(2025, 9, 1)
WARM_UP_NIGHTS = 45


def prepared(
    folder: Path, seed: int, employees: int, days: int, leakers: float, scenarios: Sequence[str] | None
) -> Home:
    """A home with a simulated bank taken in; one that is there from an earlier run is used again."""
    home = Home(folder / "home")
    if not home.exists:
        simulate(
            folder / "bank", seed, employees=employees, days=days, start=START,
            leakers=leakers, scenarios=scenarios, form="parquet",
        )  # fmt: skip
        for arguments in (("init",), ("ingest", str(folder / "bank"))):
            with redirect_stdout(sys.stderr):  # standard output is for the tables
                code = invoke(["--home", str(home.root), "-q", *arguments])
            if code != 0:
                raise SystemExit(f"{arguments[0]} ended with {code} for seed {seed}")
    return home


def run_bank(
    folder: Path, seed: int, days: int, ablate: bool
) -> tuple[BankResult, dict[str, Replayed], dict[str, Replayed]]:
    """Replay one bank: ours, without each part, and the rivals."""
    home = Home(folder / "home")
    settings = load_settings(home.config, {})
    first, last = START + timedelta(days=WARM_UP_NIGHTS), START + timedelta(days=days - 1)
    truth_folder = folder / "bank" / "truth"
    truth = read_truth(truth_folder / "truth.csv", settings.bank.zone, truth_folder / "truth_events.csv")
    clock = Clock(settings.bank.zone, settings.bank.cutoff)
    watched = Watched(
        frozenset(leak.employee_id for leak in truth),
        frozenset((leak.employee_id, leak.starts) for leak in truth),
    )
    engine = open_casebook(home, settings)
    with open_bank(home, settings, engine, first, last) as bank:
        rivals = Rivals(bank, first, last)

        def watch(night):
            watched(night)
            rivals.watch(night)

        parts = ablations(settings.detection) if ablate else []
        tallies = replay_without(bank, first, last, parts, watch)
        calendar = bank.groundwork.calendar
    engine.dispose()
    whole = tallies.pop("everything")
    rated = rivals.rated(len(whole.new_cases()))
    return (
        BankResult(seed, replayed(whole, truth, clock), watched, calendar),
        {name: replayed(tally, truth, clock) for name, tally in tallies.items()},
        {name: replayed(one.tally, truth, clock) for name, one in rated.items()},
    )


def number(value: float | None) -> str:
    if value is None:
        return "–"
    if value == int(value):
        return f"{value:g}"
    return f"{value:.4f}" if value < 0.1 else f"{value:.2f}"


def print_targets(rows: Sequence[Target]) -> None:
    print("\n| figure | at least | reached | 95 % interval | of |\n|---|---|---|---|---|")
    for row in rows:
        interval = "–" if row.figure.low is None else f"{number(row.figure.low)} – {number(row.figure.high)}"
        print(f"| {row.what} | {row.least} | {number(row.figure.value)} | {interval} | {row.of} |")


FIGURES = ("recall", "delay", "leaked", "under25", "cases", "false", "precision", "ap")


def print_figures(title: str, rows: dict[str, Sequence[Replayed]], seed: int, scenario: bool = False) -> None:
    print(f"\n| {title} | leaks | {' | '.join(FIGURES)} |\n|---|---|{'---|' * len(FIGURES)}")
    for name, banks in rows.items():
        only = name if scenario else None
        figures = measure(banks, scenario=only, seed=seed, draws=0)
        leaks = sum(only is None or o.scenario == only for bank in banks for o in bank.outcomes)
        print(f"| {name} | {leaks} | {' | '.join(number(figures[key].value) for key in FIGURES)} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[101])
    parser.add_argument("--quiet", type=int, nargs="*", default=[], help="seeds of banks without leakers")
    parser.add_argument("--employees", type=int, default=300)
    parser.add_argument("--days", type=int, default=200)
    parser.add_argument("--leakers", type=float, default=0.02)
    parser.add_argument("--scenarios", nargs="*", help="kinds of leaks; all unless given")
    parser.add_argument("--ablate", action="store_true", help="leave out each part in turn too")
    parser.add_argument("--draws", type=int, default=1000, help="bootstrap samples")
    parser.add_argument("--keep", type=Path, help="folder in which the banks stay, and are found again")
    args = parser.parse_args()

    banks: list[BankResult] = []
    quiet: list[BankResult] = []
    parts: dict[str, list[Replayed]] = {}
    rivals: dict[str, list[Replayed]] = {}
    with ExitStack() as stack:
        root = args.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for seed, leakers in [(seed, args.leakers) for seed in args.seeds] + [
            (seed, 0.0) for seed in args.quiet
        ]:
            begun = time.perf_counter()
            folder = root / f"{seed}-{args.employees}-{args.days}-{leakers:g}"
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            prepared(folder, seed, args.employees, args.days, leakers, args.scenarios)
            ready = time.perf_counter()
            result, without, naive = run_bank(folder, seed, args.days, args.ablate and leakers > 0)
            (banks if leakers else quiet).append(result)
            if leakers:
                for kept, new in ((parts, without), (rivals, naive)):
                    for name, one in new.items():
                        kept.setdefault(name, []).append(one)
            spent = f"made in {ready - begun:.0f} s, replayed in {time.perf_counter() - ready:.0f} s"
            print(f"seed {seed}: {len(result.replayed.outcomes)} leaks, {spent}", file=sys.stderr)

    seed = 1
    print(
        f"seeds {args.seeds}, quiet {args.quiet}; {args.employees} employees, {args.days} days, "
        f"{args.leakers:g} of them leak"
    )
    print_targets(targets(banks, quiet, seed, args.draws))
    ours = [bank.replayed for bank in banks]
    scenarios = sorted(frozenset().union(*(bank.scenarios for bank in ours)))
    print_figures("scenario", dict.fromkeys(scenarios, ours), seed, scenario=True)
    print_figures("at the same number of cases", {"Tellerwatch": ours, **rivals}, seed)
    if parts:
        print_figures("left out", {"nothing": ours, **parts}, seed)


if __name__ == "__main__":
    main()
