"""The documents a report is drawn from: frozen, versioned, complete; nothing is computed here.

Those of a night and of a month are loaded when they are first asked for: looking at one person needs neither.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reports.document.common import (
    SCHEMA_VERSION,
    Digest,
    Identifier,
    InputFile,
    Language,
    Links,
    Manifest,
    PageMark,
    Part,
    Severity,
    Text,
)
from reports.document.dossier import (
    Connection,
    CumulativePoint,
    DayActivity,
    Defence,
    Dossier,
    EmploymentSpell,
    EvidenceCounts,
    HistoryEntry,
    LookUp,
    Peers,
    Profile,
    Reason,
    RelatedCase,
    Step,
)

if TYPE_CHECKING:
    from reports.document.night import (
        Approver,
        BlindSpot,
        BranchShare,
        CaseCard,
        Change,
        Clock,
        CoverageRow,
        DayCount,
        Drill,
        Finding,
        Matter,
        MatterCase,
        NightReport,
        NotAssessable,
        Population,
        ScoreBin,
        ShortHistory,
        Suppression,
        Thing,
        Verdict,
        WatchRow,
    )
    from reports.document.trend import (
        Disposition,
        IndexMonth,
        IndexReport,
        MonthNight,
        MonthReport,
        UnitShare,
    )

__all__ = [
    "SCHEMA_VERSION",
    "Approver",
    "BlindSpot",
    "BranchShare",
    "CaseCard",
    "Change",
    "Clock",
    "Connection",
    "CoverageRow",
    "CumulativePoint",
    "DayActivity",
    "DayCount",
    "Defence",
    "Digest",
    "Disposition",
    "Dossier",
    "Drill",
    "EmploymentSpell",
    "EvidenceCounts",
    "Finding",
    "HistoryEntry",
    "Identifier",
    "IndexMonth",
    "IndexReport",
    "InputFile",
    "Language",
    "Links",
    "LookUp",
    "Manifest",
    "Matter",
    "MatterCase",
    "MonthNight",
    "MonthReport",
    "NightReport",
    "NotAssessable",
    "PageMark",
    "Part",
    "Peers",
    "Population",
    "Profile",
    "Reason",
    "RelatedCase",
    "ScoreBin",
    "Severity",
    "ShortHistory",
    "Step",
    "Suppression",
    "Text",
    "Thing",
    "UnitShare",
    "Verdict",
    "WatchRow",
]

_LATER = ("reports.document.night", "reports.document.trend")


def __getattr__(name: str) -> Any:
    """Load a document of a night or of a month when it is first asked for."""
    for module in _LATER if name in __all__ else ():
        found = getattr(import_module(module), name, None)
        if found is not None:
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
