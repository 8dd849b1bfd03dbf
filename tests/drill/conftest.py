"""One small quiet bank in a real home, made once a session; no PyOD detector, as these tests are not about them."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pipeline.casebook.engine import open_casebook
from pipeline.cli.main import invoke
from pipeline.home import Home
from pipeline.settings import Settings, load_settings

FIRST, NIGHT = date(2025, 11, 11), date(2025, 11, 14)  # four working days
CONFIG = """
[detection]
detectors = []
reference_every = 5
least_reference_nights = 3
least_reference_rows = 50
warm_up_days = 15

[drill]
scenarios = ["bulk", "to_order", "lent_account", "stolen_account"]
least_hosts = 4
work_days = 4
"""


@dataclass(frozen=True)
class DrillBank:
    """A home with look-ups taken in, and the last nights run."""

    home: Home
    feeds: Path
    settings: Settings
    engine: Engine


def lake_of(home: Home) -> dict[str, str]:
    """Hash every file of the lake and of what is derived from it, and of the reports and the outbox."""
    places = (home.lake, home.derived, home.reports, home.outbox)
    return {
        str(path.relative_to(home.root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for place in places
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }


def casebook_of(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """Read every row of every table of the casebook, as SQLite holds it."""
    with sqlite3.connect(f"file:{home.casebook}?mode=ro", uri=True) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}


@pytest.fixture(scope="session")
def drill_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DrillBank]:
    """Make a bank of forty people without leakers."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("TELLERWATCH_")}
    folder = tmp_path_factory.mktemp("drill_bank")
    feeds, home = folder / "feeds", Home(folder / "home")
    asked = ["--seed", "21", "--employees", "40", "--days", "75", "--leakers", "0"]
    assert invoke(["-q", "simulate", str(feeds), *asked]) == 0
    assert invoke(["-q", "--home", str(home.root), "init"]) == 0
    home.config.write_text(CONFIG, encoding="utf-8")
    assert invoke(["-q", "--home", str(home.root), "ingest", str(feeds)]) == 0
    # Whole or incomplete (3): a small bank's rare reasons may lack their records.
    span = ["--from", FIRST.isoformat(), "--to", NIGHT.isoformat()]
    assert invoke(["-q", "--home", str(home.root), "run", *span]) in (0, 3)
    settings = load_settings(home.config)
    engine = open_casebook(home, settings)
    os.environ.update(kept)
    yield DrillBank(home, feeds, settings, engine)
    engine.dispose()
