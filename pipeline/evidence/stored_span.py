"""Which days of the stored evidence are whole, so that a write that was cut off is made good by the next."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from pipeline.evidence.days import evidence_folder
from pipeline.home import PRIVATE_DIR, Home
from pipeline.whole_file import write_whole

MARK = "span.json"


@dataclass(frozen=True)
class StoredSpan:
    """What is known of the stored evidence.

    Attributes:
        whole_from: First day of what was written whole; None where nothing was.
        open_from: First day of a write that began and never ended; None where none did.
    """

    whole_from: date | None = None
    open_from: date | None = None

    def first_to_write(self, laid_first: date, first_night: date, state_days: int) -> date:
        """Return the first day that has to be written before a night.

        Args:
            laid_first: The first day that the nights read.
            first_night: The first of the nights.
            state_days: Calendar days over which a look-up's state may still change.
        """
        if self.whole_from is None or self.whole_from > laid_first:
            return laid_first
        young = first_night - timedelta(days=state_days)
        return max(laid_first, young if self.open_from is None else min(young, self.open_from))


def read_span(home: Home) -> StoredSpan:
    """Read what was written down; nothing where the note is not there or cannot be read."""
    try:
        found = json.loads((evidence_folder(home) / MARK).read_text(encoding="utf-8"))
        return StoredSpan(
            **{name: date.fromisoformat(value) if value else None for name, value in found.items()}
        )
    except (OSError, ValueError, TypeError):
        return StoredSpan()


def note_span(home: Home, span: StoredSpan) -> None:
    """Write down what is whole."""
    folder = evidence_folder(home)
    folder.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    write_whole(folder / MARK, json.dumps(asdict(span), default=date.isoformat) + "\n")
