"""A home ready to take files in, and the means to look into its lake."""

from __future__ import annotations

import atexit
import csv
import io
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from sqlalchemy import Engine, select

from pipeline.casebook.engine import open_casebook
from pipeline.casebook.tables import rejected_rows
from pipeline.home import Home
from pipeline.installation import install
from pipeline.intake.ingest import ingest
from pipeline.intake.result import IngestResult
from pipeline.lake.store import Lake
from pipeline.settings import Settings
from tests.homes import copied

NOW = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
HEADER = ("event_id", "occurred_at", "employee_id", "subject_id", "reason")


@dataclass
class Bank:
    """One home with its casebook."""

    home: Home
    engine: Engine
    folder: Path
    settings: Settings

    def take(self, *paths: Path, **options: Any) -> IngestResult:
        return ingest(
            self.home, self.settings, self.engine, paths or (self.folder,), clock=lambda: NOW, **options
        )

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def rows(self, feed: str, columns: str = "* EXCLUDE (batch_id, file_id, line)") -> list[tuple[Any, ...]]:
        files = [str(path) for path in Lake(self.home, self.engine).files(feed)]
        if not files:
            return []
        found = duckdb.execute(
            f"SELECT {columns} FROM read_parquet($1, hive_partitioning=false) ORDER BY ALL", [files]
        )
        return found.fetchall()

    def quarantine(self) -> list[tuple[int, str | None, str, str | None]]:
        table = rejected_rows.c
        with self.engine.connect() as connection:
            query = select(table.line, table.column_name, table.code, table.detail).order_by(table.id)
            return [tuple(row) for row in connection.execute(query)]  # type: ignore[misc]  # four columns


@cache
def _template() -> Path:
    """A home made once in this process: making one takes longer than what is tested in it."""
    root = Path(tempfile.mkdtemp(prefix="tellerwatch-template-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    install(Home(root), {})
    # Every home has the same key here, so that lakes can be compared.
    (Home(root)).token_key.write_text("ab" * 32)
    return root


def fresh_bank(below: Path) -> Bank:
    root = Path(tempfile.mkdtemp(dir=below))
    home, folder = Home(root / "home"), root / "exports"
    copied(_template(), home.root)
    folder.mkdir()
    return Bank(home, open_casebook(home, Settings()), folder, Settings())


@pytest.fixture
def make_bank(tmp_path: Path) -> Callable[[], Bank]:
    return lambda: fresh_bank(tmp_path)


@pytest.fixture
def bank(make_bank: Callable[[], Bank]) -> Bank:
    return make_bank()


def as_csv(rows: Iterable[Iterable[str]], header: Iterable[str] = HEADER, delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
