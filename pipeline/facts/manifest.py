"""What the stored facts say of themselves: what they were computed from, and which files they are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path

from pipeline.evidence.lookups import Clockless
from pipeline.settings import Settings
from pipeline.settings.operation import OPERATION

NAME = "manifest.json"
SCHEMA = 1
ROOMS = (
    "pipeline/evidence",
    "pipeline/features",
    "pipeline/facts",
    "pipeline/lake",
    "pipeline/groundwork.py",
)
"""Code on which daily facts hang."""
MORE_ROOMS = (
    *ROOMS,
    "detectors",
    "pipeline/scoring/family_limits.py",
    "pipeline/scoring/scorer.py",
    "pipeline/scoring/role_scales.py",
)
"""Code on which the surprise of a past night hangs."""
NOT_FACTS = frozenset({*OPERATION, "sources", "casebook", "engine", "detection", "alerting"})
"""Settings that change no fact."""


@cache
def code_hash(rooms: tuple[str, ...]) -> str:
    """Hash the source of rooms, and the versions of the engine that runs it."""
    root = Path(__file__).resolve().parents[2]
    digest = hashlib.sha256()
    for room in rooms:
        place = root / room
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    for name in ("ibis-framework", "duckdb", "holidays", "numpy", "pandas"):
        digest.update(f"{name} {version(name)}".encode())
    return digest.hexdigest()


def facts_signature(settings: Settings) -> str:
    """Return what must be the same for stored facts to be these settings' and this code's."""
    values = settings.model_dump(mode="json", exclude=set(NOT_FACTS))
    text = json.dumps(values, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{SCHEMA} {text} {code_hash(ROOMS)}".encode()).hexdigest()[:32]


def past_signature(settings: Settings) -> str:
    """Return what must be the same for the stored surprise of a past night to hold."""
    text = f"{facts_signature(settings)} {settings.config_hash} {code_hash(MORE_ROOMS)}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def silent_by_batch(clockless: Clockless) -> dict[str, str]:
    """Write as text of each batch since when, or on which days, its times of day say nothing."""
    told: dict[str, set[str]] = {}
    for batches, when in clockless:
        text = " ".join(map(date.isoformat, when)) if isinstance(when, tuple) else f"{when}-"
        for batch in sorted(batches):
            told.setdefault(str(batch), set()).add(text)
    return {batch: ", ".join(sorted(texts)) for batch, texts in told.items()}


@dataclass
class Manifest:
    """The stored facts' account of themselves.

    Attributes:
        signature: Settings and code.
        horizon: Highest ingest batch that was counted.
        first: First day with facts.
        last: Last day with facts.
        begins: The bank's first day with look-ups.
        customers_since: First night with customers, as text; empty where they never came.
        workdays: Day → whether people work on it, as far as the facts may hang on it.
        machines: The register of machines, with the nights that know of them.
        clockless: Batch → since when, or on which days, its times of day say nothing.
        cells: Feed → day → digest of its files in the lake, for the feeds that are read by day.
        others_from: First day of the files in `others`: retention takes older ones.
        others: Digest of all other feeds' files up to the horizon.
        files: Part → key (day or month) → names of its files.
        sizes: Name of each file → its size and time of change.
        generation: Grows with each writing, so that no name is used twice.
    """

    signature: str
    horizon: int
    first: date
    last: date
    begins: date
    customers_since: str
    workdays: dict[str, bool]
    machines: str
    clockless: dict[str, str]
    cells: dict[str, dict[str, str]]
    others_from: date
    others: str
    files: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    generation: int = 0

    def as_text(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), default=date.isoformat, sort_keys=True) + "\n"

    @classmethod
    def read(cls, text: str) -> Manifest:
        """Read it back.

        Raises:
            ValueError: It is not one; so do KeyError and TypeError.
        """
        found = json.loads(text)
        for name in ("first", "last", "begins", "others_from"):
            found[name] = date.fromisoformat(found[name])
        found["sizes"] = {name: (int(size), int(at)) for name, (size, at) in found["sizes"].items()}
        return cls(**found)
