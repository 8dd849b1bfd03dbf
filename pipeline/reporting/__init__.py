"""From stored rows to pages: the night's overview, the dossiers of its cases, the month, the index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from pipeline.casebook.runs import Run
    from pipeline.home import Home
    from pipeline.settings import Settings
    from reports.document import Dossier, NightReport

__all__ = ["night_report", "write_dossier", "write_dossiers", "write_night_report"]


def night_report(home: Home, settings: Settings, engine: Engine, run: Run) -> NightReport:
    """Put together a night's overview from what is stored.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        run: The night's run, ended.
    """
    from pipeline.reporting import night

    return night.night_report(home, settings, engine, run)


def write_night_report(home: Home, settings: Settings, engine: Engine, run: Run) -> Path:
    """Draw a night's overview and its JSON twin, and bring the month and the index up to date.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        run: The night's run, ended.

    Returns:
        Where the overview lies.
    """
    from pipeline.reporting.places import night_path
    from pipeline.reporting.trend import write_trend
    from pipeline.reporting.writing import write_private
    from reports.render import render_night, to_json

    report = night_report(home, settings, engine, run)
    path = night_path(home, run.night)
    write_private(path.with_suffix(".json"), to_json(report))
    write_private(path, render_night(report))
    write_trend(home, settings, engine, run)
    return path


def write_dossiers(home: Home, settings: Settings, engine: Engine, run: Run) -> list[Path]:
    """Draw the dossier of every case open after a run; of nights before the last, only missing pages.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        run: The night's run, ended.

    Returns:
        Where they lie.
    """
    from pipeline.casebook.runs import runs_between
    from pipeline.investigation.case_life import cases_then
    from pipeline.investigation.dossier import picture
    from pipeline.reporting.places import case_file

    with engine.connect() as connection:
        cases = [case for case in cases_then(connection, run) if case.open or case.change]
        since = runs_between(connection, run.night)
    # A night run before its own end, as one of the future could once be, keeps no later page from being drawn.
    ended = [one for one in since if one.night == run.night or one.cutoff <= one.started_at]
    is_last = not ended or ended[-1].run_id == run.run_id
    written = []
    for case in cases:
        path = home.reports / case_file(case.case_id)
        if is_last or not path.exists():
            document = picture(home, settings, engine, case.employee_id, run).dossier
            written.append(write_dossier(document, path, overview=True))
    return written


def write_dossier(document: Dossier, path: Path, overview: bool = False) -> Path:
    """Draw a dossier, its JSON twin and the CSV of its look-ups side by side.

    Args:
        document: The dossier.
        path: Where the page goes; the others take its name.
        overview: The page lies among the reports: it links to the night's overview and the index.
    """
    from pipeline.reporting.places import night_page
    from pipeline.reporting.writing import sha256_of, write_private
    from reports.document import Links
    from reports.render import render_dossier, to_json
    from reports.table import lookups_csv

    rows = lookups_csv(document.lookups)
    links = Links(
        csv=path.with_suffix(".csv").name,
        json_twin=path.with_suffix(".json").name,
        index="../index.html" if overview else "",
        overview=f"../{night_page(document.as_of).as_posix()}" if overview else "",
    )
    document = document.model_copy(update={"links": links, "csv_sha256": sha256_of(rows)})
    write_private(path.with_suffix(".csv"), rows)
    write_private(path.with_suffix(".json"), to_json(document))
    return write_private(path, render_dossier(document))
