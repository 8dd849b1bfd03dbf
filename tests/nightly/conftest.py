"""A tiny bank whose four weeks of history are taken in and whose first night is still to come."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli.main import invoke
from pipeline.home import Home
from pipeline.intake.drop import take_dropped
from pipeline.settings import load_settings
from tests.homes import copied
from tests.nightly.tiny_nights import CONFIG, opened
from tests.soak.tiny_bank import drop_history, first_night
from tests.soak.undisturbed import after


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home; tests copy it."""
    home = Home(tmp_path_factory.mktemp("tiny") / "home")
    assert invoke(["-q", "--home", str(home.root), "init"]) == 0
    home.config.write_text(CONFIG, encoding="utf-8")
    (home.root / "drop").mkdir()
    drop_history(home.root / "drop")
    with opened(home) as engine:
        take_dropped(home, load_settings(home.config), engine, clock=lambda: after(first_night()))
    return home.root


@pytest.fixture
def home(history: Path, tmp_path: Path) -> Home:
    """A copy of it."""
    return Home(copied(history, tmp_path / "home"))
