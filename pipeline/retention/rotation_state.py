"""How far a rotation of the token key has come: read by whoever must not work on half of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.home import Home
from pipeline.whole_file import write_whole

COPYING, MOVING = "copying", "moving"
FINISH = "Finish it: `tellerwatch key rotate`."


@dataclass(frozen=True)
class Rotation:
    """A rotation that has begun.

    Attributes:
        phase: copying, which has changed nothing, or moving.
        key: The new key, hex.
        files: How many files hold tokens; known from the moving on.
        rows: How many rows they have.
    """

    phase: str
    key: str
    files: int = 0
    rows: int = 0


def _place(home: Home) -> Path:
    return home.token_key.parent / "rotation.json"


def read_rotation(home: Home) -> Rotation | None:
    """Return the rotation that has begun; None where none has."""
    try:
        return Rotation(**json.loads(_place(home).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def note_rotation(home: Home, state: Rotation) -> None:
    """Write down how far it has come."""
    write_whole(_place(home), json.dumps(asdict(state)) + "\n")


def drop_rotation(home: Home) -> None:
    """Note that it is done."""
    _place(home).unlink(missing_ok=True)


def refuse_half_rotated(home: Home) -> None:
    """Refuse to work while some tokens are of the new key and some of the old one.

    Raises:
        ConfigError: A rotation was cut off while it moved its files into place.
    """
    found = read_rotation(home)
    if found is not None and found.phase == MOVING:
        raise ConfigError(
            "A change of the token key was cut off half-way: some tokens are old and some new, "
            "so a customer's look-ups and business would not meet.",
            FINISH,
        )
