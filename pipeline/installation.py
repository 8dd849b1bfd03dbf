"""Makes a home: folders, config, token key, empty casebook. Doing it again changes nothing that is there."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigError, UsageError
from pipeline.evidencepack.signing_key import make_signing_key
from pipeline.home import PRIVATE_FILE, Home
from pipeline.intake.tokens import KEY_FILE_VARIABLE, KEY_VARIABLE, load_key
from pipeline.settings import load_settings
from pipeline.settings.written import home_toml

TOKEN_KEY_BYTES = 32
KEY_IN_ENVIRONMENT = (KEY_VARIABLE, KEY_FILE_VARIABLE)


@dataclass(frozen=True)
class Installed:
    """What `init` found and made."""

    home: str
    made: tuple[str, ...]
    kept: tuple[str, ...]
    key_from: str


def install(home: Home, environment: dict[str, str] | None = None) -> Installed:
    """Make what is missing of a home.

    Args:
        home: Where.
        environment: The environment; None takes the process's own.

    Returns:
        The parts that were made, and those that were there and were left alone.

    Raises:
        UsageError: The folder cannot be made or written.
        ConfigError: An existing configuration cannot be used, or the key of existing data is gone.
    """
    environment = dict(os.environ if environment is None else environment)
    if home.root.exists() and not home.root.is_dir():
        raise UsageError(f"{home.root} is a file, not a folder.", "Name a folder, new or empty, with --home.")
    made: list[str] = []
    kept: list[str] = []
    try:
        home.make()
        (made if _write_new(home.config, home_toml()) else kept).append("config.toml")
    except OSError as error:
        raise UsageError(
            f"The home {home.root} cannot be made: {error.strerror}.",
            "Choose a folder that this user may write, with --home or TELLERWATCH_HOME.",
        ) from error
    settings = load_settings(home.config, environment)
    key_from = next((name for name in KEY_IN_ENVIRONMENT if environment.get(name)), "")
    if not key_from:
        (made if _make_key(home) else kept).append("secrets/token.key")
    (made if make_signing_key(home) else kept).append("secrets/signing.key")
    load_key(home, environment)  # an existing key that is unfit is said now, not on the first night
    from pipeline.casebook.engine import init_casebook

    there = home.casebook.is_file()
    init_casebook(home, settings).dispose()
    (kept if there else made).append("casebook" if settings.casebook.url else "casebook.sqlite")
    return Installed(str(home.root), tuple(made), tuple(kept), key_from or str(home.token_key))


def _make_key(home: Home) -> bool:
    if not home.token_key.is_file() and any(home.lake.rglob("*.parquet")):
        # A second key would give every known customer a second token, and no look-up would find its business.
        raise ConfigError(
            f"The token key {home.token_key} is gone, but the lake holds data that were tokenised with it.",
            "Restore that file from the backup, or give the key in TELLERWATCH_TOKEN_KEY_FILE.",
        )
    return _write_new(home.token_key, secrets.token_hex(TOKEN_KEY_BYTES) + "\n")


def _write_new(path: Path, text: str) -> bool:
    """Write a private file whole, or leave the one that is there; a crash leaves no half of it."""
    if path.exists():
        return False
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename, never over somebody else's
        except FileExistsError:
            return False
    finally:
        draft.unlink(missing_ok=True)
    return True
