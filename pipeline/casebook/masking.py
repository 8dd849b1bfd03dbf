"""Free text on its way into the casebook: no customer's number, and nothing a database would refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from pipeline.log import scrub

_HEX = re.compile(r"((?<![0-9A-Za-z])[0-9a-f]{32,64}(?![0-9A-Za-z]))")


def masked(text: str) -> str:
    """Take out what could be a customer's number, and characters that a database cannot keep."""
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    # A token or a hash may hold fifteen digits in a row by chance; it must stay what it is.
    return "".join(part if _HEX.fullmatch(part) else scrub(part) for part in _HEX.split(clean))


def storable(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return a detail as the JSON it will be read back as, its texts masked.

    Raises:
        TypeError: A value has no JSON form.
        ValueError: A number is infinite or not a number.
    """
    plain: dict[str, Any] = json.loads(json.dumps(dict(detail), allow_nan=False))
    return {masked(name): _clean(value) for name, value in plain.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {masked(name): _clean(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    return value
