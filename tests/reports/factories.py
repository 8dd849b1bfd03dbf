"""Realistic documents about invented people, for tests and for a look at the pages. Always the same."""

from tests.reports.made_common import BANK, NIGHT, ZONE, digest, manifest, moment, text
from tests.reports.made_dossier import dossier, lookups, timeline
from tests.reports.made_night import case_cards, coverage, night_report, population
from tests.reports.made_trend import index_report, month_report

__all__ = [
    "BANK",
    "NIGHT",
    "ZONE",
    "case_cards",
    "coverage",
    "digest",
    "dossier",
    "index_report",
    "lookups",
    "manifest",
    "moment",
    "month_report",
    "night_report",
    "population",
    "text",
    "timeline",
]
