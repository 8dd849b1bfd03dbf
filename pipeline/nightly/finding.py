"""One thing about a night's data that its reader must know, and which things make the night incomplete."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

INCOMPLETE = frozenset(
    {
        "no_lookups",
        "few_lookups",
        "late_feed",
        "calendar_year_unknown",
        "manifest_missing",
        "twelve_hour_clock",
    }
)
"""Findings that make the night's answer incomplete: exit code 3, and said before anything else."""


@dataclass(frozen=True)
class Finding:
    """One thing about a night's data that its reader must know.

    Attributes:
        code: Its name, stable.
        feed: The feed it is about.
        count: How many rows, days or look-ups.
        detail: More, for the report.
        level: `incomplete` or `note`, where the finding itself decides; empty where its code does.
    """

    code: str
    feed: str
    count: int
    detail: dict[str, Any]
    level: str = ""

    @property
    def incomplete(self) -> bool:
        """Whether it makes the night incomplete."""
        return self.level == "incomplete" if self.level else self.code in INCOMPLETE

    def as_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "code": self.code,
            "feed": self.feed,
            "count": self.count,
            "level": "incomplete" if self.incomplete else "note",
            **({"detail": self.detail} if self.detail else {}),
        }


def said_first(findings: Iterable[Finding]) -> list[Finding]:
    """Put what makes the night incomplete before everything else."""
    return sorted(findings, key=lambda finding: not finding.incomplete)
