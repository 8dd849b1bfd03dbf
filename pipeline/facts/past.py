"""Past nights' surprise, kept until something becomes known that those nights could have known."""

from __future__ import annotations

import os
import secrets
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.facts.manifest import past_signature
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE, Home
from pipeline.settings import Settings

FOLDER = "past"
KEPT_DAYS = 200
"""Calendar days after which no night looks back at a past one any more."""

Floats = NDArray[np.float64]
Names = NDArray[np.object_]
PastNight = tuple[Names, Names, Floats, Floats]
"""(n,) people, (n,) roles, (n, n_measurements) nominal nats, (n, n_spans) open shares."""


class Past:
    """The surprise of past nights of one home, one file a night.

    Args:
        home: The installation.
        settings: The effective configuration; another one has other nights.
    """

    def __init__(self, home: Home, settings: Settings) -> None:
        self.root = home.derived / "facts" / FOLDER
        self.signature = past_signature(settings)

    def _path(self, night: date) -> Path:
        return self.root / f"{night.isoformat()}-{self.signature}.npz"

    def read(self, night: date, positions: str) -> PastNight | None:
        """Return what was kept of a night, if people's roles and branches on it still are what they were.

        Args:
            night: The night.
            positions: Digest of the staff's periods that hold on the night.
        """
        try:
            with np.load(self._path(night), allow_pickle=False) as kept:
                if str(kept["positions"]) != positions:
                    return None
                people, roles = (np.array(kept[name].tolist(), dtype=object) for name in ("people", "roles"))
                return people, roles, np.asarray(kept["nats"]), np.asarray(kept["open_share"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def write(self, night: date, positions: str, found: PastNight) -> None:
        """Keep a night."""
        people, roles, nats, open_share = found
        self.root.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        path = self._path(night)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.new")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
            with os.fdopen(descriptor, "wb") as file:
                np.savez(
                    file,
                    positions=np.array(positions),
                    people=people.astype(str),
                    roles=roles.astype(str),
                    nats=nats,
                    open_share=open_share,
                )
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def forget_from(self, night: date) -> None:
        """Forget the nights from `night` on, of whatever configuration, and those that nothing looks back at."""
        for path in sorted(self.root.glob("*.npz")):
            try:
                its = date.fromisoformat(path.name[:10])
            except ValueError:
                its = date.max
            if its >= night:
                path.unlink(missing_ok=True)

    def prune(self, night: date) -> None:
        """Forget the nights that lie too far before `night`, and those of other code or settings."""
        for path in sorted(self.root.glob("*.npz")):
            old = path.name[:10] < date.fromordinal(night.toordinal() - KEPT_DAYS).isoformat()
            if old or not path.name.endswith(f"-{self.signature}.npz"):
                path.unlink(missing_ok=True)
