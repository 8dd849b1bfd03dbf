"""What an ingest says about each file, in all, and about the data's completeness."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pipeline.intake.proposal import Proposal

Level = Literal["note", "incomplete"]
# Rows that were never meant as data do not count against a file.
HARMLESS_REASONS = frozenset({"footer"})


@dataclass(frozen=True)
class Finding:
    """Something about the data that a person should know.

    Attributes:
        code: Stable name, such as `unknown_columns`.
        level: `incomplete` when the night's data suffer, `note` otherwise.
        path: The file.
        feed: The feed, where it is known.
        count: How many rows or columns.
        text: One sentence: what, and what to do.
        days: Business days that it touches, ISO, where they are known.
    """

    code: str
    level: Level
    path: str
    feed: str
    count: int
    text: str
    days: tuple[str, ...] = ()


@dataclass
class FileResult:
    """One file's account: `read = accepted + duplicate + rejected`, always."""

    path: str
    feed: str
    encoding: str = ""
    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    mapping: str | None = None
    sha256: str = ""
    batch_id: int | None = None
    refused: bool = False
    days: list[str] = field(default_factory=list)


@dataclass
class IngestResult:
    """All files of one ingest."""

    files: list[FileResult] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    dry_run: bool = False
    proposals: list[Proposal] = field(default_factory=list)

    @property
    def totals(self) -> dict[str, object]:
        """Sums over all files."""
        reasons: Counter[str] = Counter()
        for file in self.files:
            reasons.update(file.reasons)
        return {
            "files": len(self.files),
            "read": sum(file.read for file in self.files),
            "accepted": sum(file.accepted for file in self.files),
            "duplicate": sum(file.duplicate for file in self.files),
            "rejected": sum(file.rejected for file in self.files),
            "reasons": dict(sorted(reasons.items())),
        }

    @property
    def incomplete(self) -> bool:
        """Whether the data suffer: a file was refused, or a finding says so."""
        return any(file.refused for file in self.files) or any(
            finding.level == "incomplete" for finding in self.findings
        )

    def as_json(self) -> dict[str, object]:
        """Return the contract's JSON form."""
        return {
            "files": [vars(file) for file in self.files],
            "totals": self.totals,
            "findings": [vars(finding) for finding in self.findings],
            "dry_run": self.dry_run,
            "proposals": [vars(proposal) for proposal in self.proposals],
        }
