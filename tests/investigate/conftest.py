"""What these tests share: a home of their own without copies of its evidence, and a bare engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.evidence import copies
from pipeline.home import Home
from tests.homes import SmallBank, copied


@pytest.fixture
def home(small_bank: SmallBank, tmp_path: Path) -> Home:
    found = Home(copied(small_bank.home.root, tmp_path / "home"))
    copies.forget(found)
    return found


@pytest.fixture
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as connection:
        yield connection
