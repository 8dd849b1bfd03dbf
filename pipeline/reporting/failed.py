"""The page of a night that failed: what happened, that nobody was looked at, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import TellerwatchError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from pipeline.casebook.runs import Run
    from pipeline.home import Home
    from pipeline.settings import Settings


def write_failed_night(home: Home, settings: Settings, engine: Engine, run: Run) -> Path:
    """Draw the page of a failed night, with the cases that were open anyway where they can be read.

    What made the night fail may keep the lake or the evidence from being read too; then the page says what the
    ledger alone knows. A page there is in any case: no page would look like a quiet night.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        run: The night's run, ended as failed.

    Returns:
        Where the page lies.
    """
    import duckdb

    from pipeline.reporting.night import bare_report, night_report
    from pipeline.reporting.places import night_path
    from pipeline.reporting.trend import write_trend
    from pipeline.reporting.writing import write_private
    from reports.render import render_night, to_json

    unreadable = (TellerwatchError, OSError, ValueError, ArithmeticError, duckdb.Error)
    try:
        report = night_report(home, settings, engine, run)
    except unreadable:
        report = bare_report(settings, engine, run)
    path = night_path(home, run.night)
    write_private(path.with_suffix(".json"), to_json(report))
    write_private(path, render_night(report))
    try:
        write_trend(home, settings, engine, run)
    except unreadable:
        return path  # the next night that can be drawn brings month and index up to date
    return path
