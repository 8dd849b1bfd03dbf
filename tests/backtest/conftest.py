"""One small simulated bank, taken in once, replayed for a few nights."""

from __future__ import annotations

from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from pipeline.cli.main import invoke
from pipeline.home import Home

FIRST, LAST = "2025-11-20", "2025-11-26"


@dataclass(frozen=True)
class BankHome:
    home: Home
    truth: Path
    events: Path

    def run(self, *arguments: object) -> int:
        return int(invoke(["--home", str(self.home.root), *(str(argument) for argument in arguments)]))


@pytest.fixture(scope="session")
def bank_home(tmp_path_factory: pytest.TempPathFactory) -> BankHome:
    root = tmp_path_factory.mktemp("backtest")
    bank = BankHome(Home(root / "home"), root / "bank/truth/truth.csv", root / "bank/truth/truth_events.csv")
    sizes = ("--employees", 50, "--days", 90, "--seed", 77, "--leakers", 0.1, "--format", "parquet")
    assert invoke([str(part) for part in ("simulate", root / "bank", *sizes)]) == 0
    assert bank.run("init") == 0
    # The detectors of the pattern family only cost time here; the rivals' forest is fitted all the same.
    bank.home.config.write_text("[detection]\ndetectors = []\n", encoding="utf-8")
    assert bank.run("ingest", root / "bank") == 0
    return bank


@dataclass(frozen=True)
class Replay:
    """One replay by the command line, and what it printed."""

    path: Path
    out: str


@pytest.fixture(scope="session")
def replays(bank_home: BankHome) -> dict[str, Replay]:
    """The same nights in each format, with and without the truth; the last of them alone; everything is replayed as seldom as it can be."""
    truth = ("--truth", bank_home.truth)
    asked: dict[str, tuple[object, ...]] = {
        "ranks.parquet": (
            FIRST,
            *truth,
            "--truth-events",
            bank_home.events,
            "--rivals",
            "--draws",
            20,
            "--json",
        ),
        "again.parquet": (FIRST,),
        "ranks.csv": (FIRST, *truth, "--draws", 0),
        "alone.jsonl": (LAST,),
    }
    found = {}
    for name, (first, *more) in asked.items():
        path = bank_home.home.root / name
        with redirect_stdout(StringIO()) as out:
            assert bank_home.run("backtest", "--from", first, "--to", LAST, "--out", path, *more) == 0
        found[name] = Replay(path, out.getvalue())
    return found
