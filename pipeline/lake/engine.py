"""The engine that reads the lake: DuckDB in this process or Spark, behind Ibis, within the bounds of the settings."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.home import PRIVATE_DIR, Home
from pipeline.settings import Settings

if TYPE_CHECKING:
    import duckdb
    from ibis.backends.duckdb import Backend

SCRATCH = "engine"


def engine_options(home: Home, settings: Settings) -> dict[str, Any]:
    """Return DuckDB's settings for this home: bounded memory, encrypted spill, nothing fetched from outside.

    Args:
        home: The installation; spilled blocks go to its scratch folder.
        settings: The effective configuration.
    """
    scratch = home.tmp / SCRATCH
    scratch.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    options: dict[str, Any] = {
        "memory_limit": settings.engine.memory_limit,
        "temp_directory": str(scratch),
        # Spilled blocks are scrambled by DuckDB's built-in library: its strong one comes with an extension that would have to be
        # fetched. The folder is private either way, and empty when the work ends.
        "temp_file_encryption": True,
        "force_mbedtls_unsafe": True,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": True,
    }
    if settings.engine.threads:
        options["threads"] = settings.engine.threads
    return options


def connect(home: Home, settings: Settings) -> Any:
    """Open an Ibis backend over this home's files.

    Args:
        home: The installation. Nothing outside its folder can be read or written through DuckDB.
        settings: The effective configuration: `engine.name` says which engine, the rest of it within what bounds.

    Returns:
        An Ibis backend with the session's time zone UTC; the caller closes it with `disconnect()`.
    """
    if settings.engine.name == "spark":
        from pipeline.engines.spark import connect_spark

        return connect_spark(home, settings)
    import ibis

    # To make one select of two that lie inside each other is the engine's own work, done anyhow: Ibis takes half as long
    # for it as for all the rest of the writing of SQL.
    ibis.options.sql.fuse_selects = False
    backend: Backend = ibis.duckdb.connect(**engine_options(home, settings))
    close_doors(backend.con, [home.root])
    return backend


def connect_raw(
    home: Home, settings: Settings, zone: str, readable: list[Path], memory_limit: str | None = None
) -> duckdb.DuckDBPyConnection:
    """Open DuckDB itself, for intake.

    Args:
        home: The installation.
        settings: The effective configuration.
        zone: Time zone in which times without an offset are read.
        readable: Files or folders outside the home that may be read.
        memory_limit: Memory that this engine may use; None takes the settings' for all.
    """
    import duckdb

    options = engine_options(home, settings)
    if memory_limit is not None:
        options["memory_limit"] = memory_limit
    connection = duckdb.connect(config=options)
    connection.execute(f"SET TimeZone = '{zone}'")
    # Of a list of six words or more the engine makes a join, and what two threads read of one file then comes out of
    # order: records would bear the numbers of others, and of a row and its correction the wrong one would be the later.
    connection.execute("SET disabled_optimizers = 'in_clause'")
    # Rows stream out in order; with too little room to run ahead, all threads but one would wait.
    connection.execute("SET streaming_buffer_size = '64MB'")
    close_doors(connection, [home.root, *readable])
    return connection


def close_doors(connection: duckdb.DuckDBPyConnection, allowed: list[Path]) -> None:
    """Leave the engine these places only, and lock that in.

    Args:
        connection: An open connection; its settings can no longer be changed afterwards.
        allowed: Folders or files that may be read and written.
    """
    # The engine follows links before it compares: a home, or a lake on another disk, may lie behind one.
    places = [path for path in allowed if path.is_dir()]
    places += [link for path in places for link in path.iterdir() if link.is_symlink() and link.is_dir()]
    folders = sorted({f"{form}/" for path in places for form in (path.absolute(), path.resolve())})
    files = [str(path.absolute()) for path in allowed if not path.is_dir()]
    # The engine's own progress bar would draw on standard output, which belongs to results.
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET allowed_directories = $1", [folders])
    connection.execute("SET allowed_paths = $1", [files])
    connection.execute("SET enable_external_access = false")


def clear_scratch(home: Home) -> None:
    """Remove what an engine that died has spilled; only for the holder of the home's lock."""
    shutil.rmtree(home.tmp / SCRATCH, ignore_errors=True)
