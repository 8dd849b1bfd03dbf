"""Brings a casebook's schema to this version.

Alembic takes a second and a half to import, so it is asked only when the stored revision, read by plain SQL,
is not the one this version was written for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from pipeline.casebook.errors import CasebookError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0005"
MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 0x7E11E7  # PostgreSQL's advisory lock: one machine upgrades, the others wait and find it done


def stored_revision(engine: Engine) -> str | None:
    """Read the revision of the schema in the database; None where there is no casebook."""
    with engine.connect() as connection:
        return _stored_revision(connection)


def bring_to_head(engine: Engine) -> None:
    """Upgrade the schema to this version's, in one transaction; do nothing where it is that already.

    Raises:
        CasebookError: A newer version has written this casebook.
    """
    if stored_revision(engine) == HEAD:
        return
    with engine.execution_options(tellerwatch_writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
        found = _stored_revision(connection)  # another process may have been faster
        if found != HEAD:
            _upgrade(connection, found)


def alembic_config() -> Config:
    """Make Alembic's configuration for the migrations that lie inside this package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _stored_revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(connection: Connection, found: str | None) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = alembic_config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise CasebookError(
            f"The casebook's schema is at revision {found}, unknown to this version (up to {HEAD}).",
            "A newer version has written it: install that one again, or restore the backup made before.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
