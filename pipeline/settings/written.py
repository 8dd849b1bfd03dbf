"""The configuration written out as commented TOML: `config/default.toml`, and a new home's `config.toml`.

Refresh the first with `python -m pipeline.settings.written > config/default.toml`; a test compares the two.
"""

from __future__ import annotations

import json
import sys
import types
from datetime import time
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline.settings import Settings

DEFAULT_HEAD = """\
# Every setting of Tellerwatch with its default and its meaning.
# This page is written by `python -m pipeline.settings.written`; the types are in pipeline/settings/.
"""
HOME_HEAD = """\
# The settings of this Tellerwatch home. Every key stands here with its default, as a comment;
# take the `#` away before the keys (and section heads) that you change.
# `tellerwatch config validate` checks this file, `tellerwatch config show --effective` shows what counts.
"""
BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
COMMON_HEAD = """\
# Order, strongest first: command line, environment, the home's config.toml, the default.
# The environment's name for a key is TELLERWATCH_SECTION__KEY, such as TELLERWATCH_BANK__ZONE.
# Secrets never stand here: the token key comes from a file or from the environment.
"""


def default_toml() -> str:
    """Return `config/default.toml`: every key with its default."""
    return DEFAULT_HEAD + COMMON_HEAD + "".join(_section(Settings, Settings(), "", commented=False))


def home_toml() -> str:
    """Return the `config.toml` of a new home: the same keys, all commented out."""
    return HOME_HEAD + COMMON_HEAD + "".join(_section(Settings, Settings(), "", commented=True))


def _section(model: type[BaseModel], values: BaseModel, path: str, *, commented: bool) -> list[str]:
    mark = "# " if commented else ""
    parts: list[str] = []
    if path:
        doc = (model.__doc__ or "").strip().splitlines()[0]
        parts.append(f"\n# {doc}\n{mark}[{path}]\n")
    inner: list[str] = []
    for name, info in model.model_fields.items():
        value = getattr(values, name)
        if isinstance(value, BaseModel):
            inner += _section(type(value), value, f"{path}.{name}" if path else name, commented=commented)
            continue
        parts.append(f"# {_meaning(info)}\n")
        # TOML has no word for "nothing": such a key is shown as a comment in either file.
        parts.append(f"# {name} = (unset)\n" if value is None else f"{mark}{name} = {_literal(value)}\n")
    return parts + inner


def _meaning(info: FieldInfo) -> str:
    text = " ".join((info.description or "").split())
    limits = [*_choices(info.annotation), *_bounds(info)]
    return f"{text} ({', '.join(limits)})" if limits else text


def _choices(annotation: Any) -> list[str]:
    if get_origin(annotation) in (Union, types.UnionType):
        return [choice for inner in get_args(annotation) for choice in _choices(inner)]
    if get_origin(annotation) is Literal:
        return ["one of " + ", ".join(str(choice) for choice in get_args(annotation))]
    return []


def _bounds(info: FieldInfo) -> list[str]:
    return [
        f"{words} {getattr(limit, bound)}"
        for limit in info.metadata
        for bound, words in BOUNDS.items()
        if hasattr(limit, bound)
    ]


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, time):
        return f'"{value.isoformat("minutes" if not value.second else "seconds")}"'
    if isinstance(value, BaseModel):
        return _literal(value.model_dump())
    if isinstance(value, dict):
        pairs = (
            f"{json.dumps(str(key), ensure_ascii=False)} = {_literal(inner)}" for key, inner in value.items()
        )
        text = ", ".join(pairs)
        return f"{{ {text} }}" if text else "{}"
    if isinstance(value, (list, tuple, set, frozenset)):
        ordered = sorted(value) if isinstance(value, (set, frozenset)) else value
        return "[" + ", ".join(_literal(inner) for inner in ordered) + "]"
    return json.dumps(str(value), ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.write(default_toml())
