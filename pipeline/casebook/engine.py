"""Opens the casebook: the home's own SQLite file, or the database named in the settings."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from pipeline.casebook.errors import CasebookError, CasebookReadOnlyError, CasebookUnreachableError
from pipeline.casebook.upgrade import bring_to_head, stored_revision
from pipeline.errors import ConfigError, UsageError
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE, Home
from pipeline.settings import Settings

BUSY_TIMEOUT_SECONDS = 30
_READ_ONLY = ("readonly database", "read-only transaction")
"""What SQLite and PostgreSQL say where nothing may be written."""


def open_casebook(home: Home, settings: Settings) -> Engine:
    """Open the casebook, bringing an older one up to this version.

    Args:
        home: The installation; its SQLite file is used where `casebook.url` is empty.
        settings: The effective configuration.

    Raises:
        UsageError: No casebook has been made here.
        CasebookError: The database cannot be used, or a newer version has written it.
        ConfigError: The address cannot be used.
    """
    if not settings.casebook.url and not home.casebook.is_file():
        raise UsageError(
            f"There is no casebook at {home.casebook}, so nothing can be recorded tonight.",
            "Make one with `tellerwatch init`, or point --home at the right folder.",
        )
    engine = _connectable(home, settings)
    with _explained(engine):
        if stored_revision(engine) is None:
            raise UsageError(
                f"The database {_shown(engine)} holds no casebook, so nothing can be recorded tonight.",
                "Make one with `tellerwatch init`, or correct `casebook.url`.",
            )
        bring_to_head(engine)
    return engine


def init_casebook(home: Home, settings: Settings) -> Engine:
    """Make an empty casebook, or open the one that is there.

    Raises:
        CasebookError: The database cannot be used, or a newer version has written it.
        ConfigError: The address cannot be used.
    """
    if not settings.casebook.url:
        home.casebook.parent.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        try:
            # The file has the right mode before SQLite ever writes to it; its journals take the same mode.
            # One that is there is never opened here: to close it would drop this process's locks on it.
            if not home.casebook.exists():
                os.close(os.open(home.casebook, os.O_CREAT | os.O_RDWR, PRIVATE_FILE))
            home.casebook.chmod(PRIVATE_FILE)
        except OSError as error:
            raise CasebookError(
                f"The casebook {home.casebook} cannot be made: {error.strerror}.",
                "See that the folder belongs to this user and that the disk has room.",
            ) from error
    engine = _connectable(home, settings)
    with _explained(engine):
        bring_to_head(engine)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes; it is committed at the end, or leaves nothing.

    On SQLite it takes the write lock at once: a transaction that reads first and writes later would be
    refused, without waiting, when another writer came in between.
    """
    with engine.execution_options(tellerwatch_writes=True).begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that reads, and sees one moment throughout, whatever others write meanwhile.

    SQLite's always does. PostgreSQL's would see what was committed between two of its questions.
    """
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


def _connectable(home: Home, settings: Settings) -> Engine:
    address = settings.casebook.url or f"sqlite:///{home.casebook}"
    try:
        url = make_url(address)
        engine = create_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite", json_serializer=_json)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise ConfigError(
            f"The address in `casebook.url` cannot be used: {type(error).__name__}.",
            "Write it as postgresql+psycopg://user@host/database, and install the driver: "
            "pip install 'tellerwatch[postgres]'.",
        ) from error
    event.listen(engine, "handle_error", _told_read_only)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name != "postgresql":
        raise ConfigError(
            f"`casebook.url` names {engine.dialect.name}; a casebook lives in SQLite or PostgreSQL.",
            "Leave it empty for the home's own SQLite file, or write postgresql+psycopg://user@host/database.",
        )
    return engine


def _told_read_only(context: ExceptionContext) -> None:
    """Say in words, wherever a statement meets it, that nothing may be written."""
    if any(text in str(context.original_exception) for text in _READ_ONLY) and context.engine is not None:
        raise CasebookReadOnlyError(
            f"The casebook {_shown(context.engine)} can be read and not written, so nothing can be recorded.",
            "Give the home and the file back to this user, make the disk writable again or name the server that is "
            "written to; then run the same command again.",
        ) from context.original_exception


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # BEGIN is ours (below); the driver's own would split schema changes
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # An access record must survive a power cut before the data are shown.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("tellerwatch_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


@contextmanager
def _explained(engine: Engine) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        engine.dispose()
        raise CasebookUnreachableError(
            f"The casebook {_shown(engine)} cannot be reached: {_first_line(error)}.",
            "See that the database runs and lets this user in, then run the night again.",
        ) from error
    except DBAPIError as error:
        engine.dispose()
        raise CasebookError(
            f"The casebook {_shown(engine)} cannot be used: {_first_line(error)}.",
            "If it is no casebook, correct `casebook.url` or --home; if damaged, restore the last backup.",
        ) from error
    except BaseException:
        engine.dispose()
        raise


def _first_line(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else "no reason given"
