"""The effective configuration: the home's file under the environment, and what is unknown refused with the nearest key."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from pipeline.errors import ConfigError
from pipeline.settings.model import Settings

ENV_PREFIX = "TELLERWATCH_"
ENV_RESERVED = frozenset({"TELLERWATCH_HOME", "TELLERWATCH_TOKEN_KEY", "TELLERWATCH_TOKEN_KEY_FILE"})


def _set(tree: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
    tree[path[-1]] = value


def environment_tree(environment: dict[str, str]) -> dict[str, Any]:
    """Read the settings that the environment gives, as a tree of section → key → value."""
    tree: dict[str, Any] = {}
    for name, raw in sorted(environment.items()):
        if not name.startswith(ENV_PREFIX) or name in ENV_RESERVED or "__" not in name:
            continue
        try:
            value: Any = json.loads(raw)
        except json.JSONDecodeError:
            value = raw
        _set(tree, name.removeprefix(ENV_PREFIX).lower().split("__"), value)
    return tree


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        inner = merged.get(key)
        merged[key] = _merge(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged


def _known_keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys: list[str] = []
    for name, info in model.model_fields.items():
        keys.append(prefix + name)
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            keys += _known_keys(info.annotation, f"{prefix}{name}.")
    return keys


def _explain(error: ValidationError, source: str) -> ConfigError:
    known = _known_keys(Settings)
    lines = []
    for item in error.errors():
        key = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            lines.append(f"{key}: there is no such key" + (f"; did you mean {near[0]}?" if near else ""))
        else:
            lines.append(f"{key}: {item['msg']} (found {item['input']!r})")
    return ConfigError(
        f"The configuration cannot be used ({source}):\n  " + "\n  ".join(lines),
        "Correct the keys named above, then try `tellerwatch config validate`. "
        "No night runs on a doubtful configuration.",
    )


def load_settings(config: Path | None = None, environment: dict[str, str] | None = None) -> Settings:
    """Read the effective configuration.

    Args:
        config: The home's `config.toml`; None or a missing file means defaults alone.
        environment: The environment; None takes the process's own.

    Raises:
        ConfigError: The file is not TOML, a key is unknown, or a value does not fit.
    """
    tree: dict[str, Any] = {}
    source = "environment"
    if config is not None and config.is_file():
        source = f"{config} and environment"
        try:
            tree = tomllib.loads(config.read_text(encoding="utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{config} is not valid TOML: {error}",
                "Correct that place; `tellerwatch config validate` checks it.",
            ) from error
    tree = _merge(tree, environment_tree(dict(os.environ if environment is None else environment)))
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        raise _explain(error, source) from error
