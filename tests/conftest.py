"""What all tests share: a clean environment, a home, and the command line as a function."""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from pipeline.cli.main import invoke
from pipeline.home import Home
from tests import together
from tests.features.grown_bank import grown_bank  # noqa: F401  # a fixture for tests of stored and of computed facts
from tests.homes import small_bank  # noqa: F401  # a fixture for all tests that need stored nights

# Property tests run the same examples each time and leave no database behind.
hypothesis_settings.register_profile("tellerwatch", deadline=None, derandomize=True, database=None)
hypothesis_settings.load_profile("tellerwatch")

# Else each worker, and each run, would rewrite every test module's assertions anew, and the command line as a process of
# its own compile the project's modules.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# As the command itself sets it: to look again and again through all that is imported takes a sixth of a night's time.
gc.set_threshold(200_000, 50, 100)

LOOPBACK = ("127.", "::1", "localhost")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """Group before the parallel runner reads the groups; order after all that shuffles."""
    together.group(items)
    yield
    together.long_first(items)
    if getattr(config.option, "loadgroup", False):
        together.name_groups(items)


def pytest_collection_finish() -> None:
    """Leave what was imported and collected out of what is looked through for garbage: it stays to the end."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()  # or libraries that count what is left at the end take it for lost


@dataclass(frozen=True)
class Answer:
    """What a command printed and returned."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("TELLERWATCH_") or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "110")


@pytest.fixture(autouse=True)
def _no_outside_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def connect_here_only(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_here_only)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that does not exist yet."""
    return Home(tmp_path / "home")


@pytest.fixture
def tellerwatch(home: Home, capfd: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """The command line in this process, on the test's own home."""

    def run(*arguments: object) -> Answer:
        capfd.readouterr()
        code = invoke(["--home", str(home.root), *(str(argument) for argument in arguments)])
        out, err = capfd.readouterr()
        return Answer(int(code), out, err)

    return run
