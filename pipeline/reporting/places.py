"""Where each page lies under a home's `reports/`, and how pages find each other."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipeline.home import Home


def night_page(night: date) -> Path:
    """Return the overview's place under `reports/`."""
    return Path("nights") / f"{night:%Y}" / f"{night:%m}" / f"{night:%Y-%m-%d}.html"


def month_page(month: date) -> Path:
    """Return the month's place under `reports/`."""
    return Path("nights") / f"{month:%Y}" / f"{month:%m}" / "month.html"


def case_page(case_id: str) -> str:
    """Return a dossier's address as seen from an overview."""
    return f"../../../{case_file(case_id)}"


def case_file(case_id: str) -> Path:
    """Return a dossier's place under `reports/`; one page a case, of the last night drawn."""
    return Path("cases") / f"{case_id}.html"


INDEX = Path("index.html")


def night_path(home: Home, night: date) -> Path:
    """Return where a night's overview lies."""
    return home.reports / night_page(night)
