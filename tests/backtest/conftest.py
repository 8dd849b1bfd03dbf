"""One small simulated bank, taken in once, replayed for a few nights."""

from __future__ import annotations

from dataclasses import dataclass
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


@pytest.fixture(scope="session")
def rankings(bank_home: BankHome) -> dict[str, Path]:
    """The same nights written in each format, and once more."""
    paths = {
        name: bank_home.home.root / f"rankings{name}"
        for name in (".parquet", ".csv", ".jsonl", "-again.parquet")
    }
    for path in paths.values():
        assert bank_home.run("backtest", "--from", FIRST, "--to", LAST, "--out", path) == 0
    return paths
