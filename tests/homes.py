"""One small home, made once a session on the real components: a simulated bank and a week of nights."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pipeline.casebook.engine import open_casebook
from pipeline.casebook.runs import Run, runs_between
from pipeline.cli.main import invoke
from pipeline.home import Home
from pipeline.settings import Settings, load_settings

FIRST, LAST = date(2025, 10, 22), date(2025, 10, 24)
# A short history is enough here, and no PyOD detector: these tests are about what is stored and shown.
CONFIG = """
[bank]
name = "Bank of Example"

[detection]
detectors = []
reference_every = 3
least_reference_nights = 3
least_reference_rows = 50
warm_up_days = 10

[alerting]
open_nats = 4.0
keep_nats = 2.0
budget_per_1000_per_week = 1000.0
"""


@dataclass(frozen=True)
class SmallBank:
    """A home with stored nights, and the files it was made from; tests leave what is stored as it is."""

    home: Home
    feeds: Path
    settings: Settings
    engine: Engine
    runs: list[Run]
    leakers: dict[str, str] = field(default_factory=dict)

    @property
    def last(self) -> Run:
        return self.runs[-1]

    @property
    def raw_subjects(self) -> set[str]:
        """Every customer's number that stands in the feeds."""
        found = set()
        for path in self.feeds.glob("*.csv"):
            with path.open(encoding="utf-8-sig", newline="") as file:
                found |= {row["subject_id"] for row in csv.DictReader(file) if row.get("subject_id")}
        return {number for number in found if len(number) >= 8}


def numbers_in(content: bytes, wanted: set[str]) -> set[str]:
    """Find which of the numbers stand in a file, in text or binary, wherever they begin."""
    text = content.decode("latin-1")
    long = {match[1] for match in re.finditer(r"(?=(\d{17}[\dXx]))", text)}
    return (wanted & long) | {number for number in wanted if len(number) != 18 and number in text}


def content_of(path: Path) -> bytes:
    """Read a file in another process: closing SQLite's file in this one would drop its open locks."""
    return subprocess.run(["cat", path], capture_output=True, check=True).stdout


def copied(home: Path, to: Path) -> Path:
    """Copy a home, or a part of one, in another process.

    To close SQLite's file in this one drops the locks that an open casebook holds, and the next process that
    opens it takes it for its own: a page of the write-ahead log then lands on another one.
    """
    subprocess.run(["cp", "-a", home, to], check=True)
    return to


def _done(*arguments: object, allowed: tuple[int, ...] = (0,)) -> None:
    code = invoke([str(argument) for argument in arguments])
    assert code in allowed, f"{arguments} returned {code}"


@pytest.fixture(scope="session")
def small_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallBank]:
    """A bank of 24 people with leakers for sale; the last nights of a working week are stored."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("TELLERWATCH_")}
    folder = tmp_path_factory.mktemp("small_bank")
    feeds, home = folder / "feeds", Home(folder / "home")
    asked = ("--seed", 11, "--employees", 24, "--days", 56, "--leakers", 0.1)
    _done("-q", "simulate", feeds, *asked, "--scenarios", "bulk,to_order")
    _done("-q", "--home", home.root, "init")
    home.config.write_text(CONFIG, encoding="utf-8")
    _done("-q", "--home", home.root, "ingest", feeds)
    # Whole or incomplete (3): a small bank's rare reasons may lack their records.
    _done("-q", "--home", home.root, "run", "--from", FIRST, "--to", LAST, allowed=(0, 3))
    settings = load_settings(home.config)
    engine = open_casebook(home, settings)
    with engine.connect() as connection:
        runs = runs_between(connection)
    with (feeds / "truth" / "truth.csv").open(encoding="utf-8") as file:
        leakers = {row["employee_id"]: row["scenario"] for row in csv.DictReader(file)}
    os.environ.update(kept)
    yield SmallBank(home, feeds, settings, engine, runs, leakers)
    engine.dispose()


def answer(capfd: pytest.CaptureFixture[str], bank: SmallBank, *arguments: object) -> tuple[int, str, str]:
    """Run one command on the small bank's home; returns exit code, output, messages."""
    capfd.readouterr()
    code = invoke(["--home", str(bank.home.root), *(str(argument) for argument in arguments)])
    out, err = capfd.readouterr()
    return code, out, err


def told(out: str) -> dict[str, object]:
    """Read a command's JSON."""
    found: dict[str, object] = json.loads(out)
    return found
