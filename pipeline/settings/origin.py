"""Where each setting came from: environment, file or default; and its value as it may be shown."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pipeline.settings import ENV_PREFIX, environment_tree, load_settings

_PASSWORD_IN_ADDRESS = re.compile(r"(://[^:/@\s]*):[^@/\s]+@")


@dataclass(frozen=True)
class Setting:
    """One effective value: its key (`section.key`), the value, and who set it."""

    key: str
    value: Any
    origin: str


def list_settings(config: Path | None, environment: dict[str, str] | None = None) -> list[Setting]:
    """List every effective setting with its origin, in the order of the types.

    Args:
        config: The home's `config.toml`; None or a missing file means there is none.
        environment: The environment; None takes the process's own.

    Raises:
        ConfigError: The configuration cannot be used.
    """
    environment = dict(os.environ if environment is None else environment)
    settings = load_settings(config, environment)
    in_file: dict[str, Any] = {}
    if config is not None and config.is_file():
        in_file = tomllib.loads(config.read_text(encoding="utf-8-sig"))
    return _list(settings, "", in_file, environment_tree(environment), str(config))


def _list(model: BaseModel, prefix: str, in_file: Any, in_environment: Any, file: str) -> list[Setting]:
    listed: list[Setting] = []
    shown = model.model_dump(mode="json")
    for name in type(model).model_fields:
        key = f"{prefix}{name}"
        value = getattr(model, name)
        below_file = in_file.get(name) if isinstance(in_file, dict) else None
        below_environment = in_environment.get(name) if isinstance(in_environment, dict) else None
        if isinstance(value, BaseModel):
            listed += _list(value, f"{key}.", below_file, below_environment, file)
            continue
        if below_environment is not None:
            origin = f"environment {ENV_PREFIX}{key.upper().replace('.', '__')}"
        else:
            origin = "default" if below_file is None else file
        listed.append(Setting(key, _showable(shown[name]), origin))
    return listed


def _showable(value: Any) -> Any:
    """Hide the password of an address; nobody needs to read it to see where it points."""
    if isinstance(value, str):
        return _PASSWORD_IN_ADDRESS.sub(r"\1:***@", value)
    if isinstance(value, dict):
        return {key: _showable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_showable(inner) for inner in value]
    return value
