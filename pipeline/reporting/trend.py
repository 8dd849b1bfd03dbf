"""The month's page and the index, from the ledger of nights and the casebook."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select

from pipeline.casebook.cases import NIGHT
from pipeline.casebook.runs import Run, latest_run, runs_between
from pipeline.casebook.tables import case_events
from pipeline.drill.ledger import DrillDone, drill_trend
from pipeline.home import Home
from pipeline.investigation.case_history import disposition_words
from pipeline.investigation.case_life import CaseThen, cases_then
from pipeline.investigation.staff import read_staff
from pipeline.investigation.stored import Stored, open_stored
from pipeline.pseudonyms import staff_codes
from pipeline.reporting.arrival import arrived
from pipeline.reporting.places import INDEX, month_page, night_page
from pipeline.reporting.population import branch_shares
from pipeline.reporting.writing import write_private
from pipeline.settings import Settings
from reports.document import Disposition, IndexMonth, IndexReport, Links, MonthNight, MonthReport, UnitShare

LATEST = 14
_STATES = {"ok": "complete", "incomplete": "incomplete", "failed": "failed"}


def write_trend(home: Home, settings: Settings, engine: Engine, run: Run) -> None:
    """Write the page of the run's month, and the index.

    The first night of a month also closes the page of the month before, which is not written again after that.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        run: A run of the month.
    """
    from reports.render import render_index, to_json

    with engine.connect() as connection:
        index = index_report(connection, settings)
    month = run.night.replace(day=1)
    known = sorted(row.month for row in index.months)
    before = max((one for one in known if one < month), default=None)
    if before is not None and not (home.reports / month_page(month)).exists():
        write_month(home, settings, engine, before)
    write_month(home, settings, engine, month)
    write_private((home.reports / INDEX).with_suffix(".json"), to_json(index))
    write_private(home.reports / INDEX, render_index(index))


def write_month(home: Home, settings: Settings, engine: Engine, month: date) -> Path:
    """Write a month's page and its JSON twin.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        month: Its first day; at least one night of it was run.

    Returns:
        Where the page lies.
    """
    from reports.render import render_month, to_json

    with engine.connect() as connection:
        report = month_report(connection, settings, month)
        last = latest_run(connection, at_or_before=_last_day(month))
        cases = cases_then(connection, last) if last else []
        runs = runs_between(connection, month, _last_day(month), finished=False)
        neighbours = _neighbours(runs_between(connection, finished=False), month)
        if last is not None:
            with open_stored(home, settings, engine, last) as stored:
                coverage = arrived(connection, runs, stored.calendar, settings.intake.drop_below)
                report = report.model_copy(update={"branches": _branches(stored, month, cases)})
            report = _measured(report, coverage, drill_trend(engine, month, _last_day(month)))
    place = month_page(month)
    links = Links(index="../../../index.html", json_twin=place.with_suffix(".json").name, **neighbours)
    report = report.model_copy(update={"links": links})
    if codes := staff_codes(home, settings, engine):
        report = codes.shown(report)
    write_private((home.reports / place).with_suffix(".json"), to_json(report))
    return write_private(home.reports / place, render_month(report))


def _neighbours(runs: Sequence[Run], month: date) -> dict[str, str]:
    """Find the addresses of the months before and after of which a night was run."""
    months = sorted({run.night.replace(day=1) for run in runs})
    before = max((one for one in months if one < month), default=None)
    after = min((one for one in months if one > month), default=None)
    found = {"previous": before, "next": after}
    return {name: f"../../../{month_page(one).as_posix()}" for name, one in found.items() if one is not None}


def _measured(report: MonthReport, coverage: dict[date, float], drills: Sequence[DrillDone]) -> MonthReport:
    """Set beside each night what had arrived of its rows, and what the drill of that night found."""
    recall = {drill.night: drill.recall for drill in drills}
    nights = tuple(
        night.model_copy(update={"coverage": coverage.get(night.night), "recall": recall.get(night.night)})
        for night in report.nights
    )
    floor = drills[-1].floor if drills else None
    return report.model_copy(update={"nights": nights, "recall_floor": floor})


def month_report(connection: Connection, settings: Settings, first: date) -> MonthReport:
    """Put together a month."""
    last = _last_day(first)
    runs = {run.night: run for run in runs_between(connection, first, last, finished=False)}
    told = _told(connection, first, last)
    through = max(runs, default=first)
    nights = [first + timedelta(days=offset) for offset in range((through - first).days + 1)]
    started = min(runs, default=first)
    events = _case_events(connection)
    closings = [(case_id, event) for case_id, event in events if event.kind == "closed"]
    zone = ZoneInfo(settings.bank.zone)
    in_month = [
        (case_id, event) for case_id, event in closings if first <= event.at.astimezone(zone).date() <= last
    ]
    opened_at = {case_id: event.detail.get("night") for case_id, event in events if event.kind == "opened"}
    days = [
        (event.at.astimezone(zone).date() - date.fromisoformat(opened_at[case_id])).days
        for case_id, event in in_month
        if opened_at.get(case_id)
    ]
    ended = Counter(str(event.detail.get("disposition", "")) for _, event in in_month)
    return MonthReport(
        institution=settings.bank.name or "Tellerwatch",
        classification=settings.reports.classification,
        language=settings.reports.language,
        zone=settings.bank.zone,
        links=Links(index="../../../index.html"),
        month=first,
        over=through == last,
        nights=tuple(_night(night, runs.get(night), told) for night in nights if night >= started),
        opened=sum(counts["opened"] for night, counts in told.items() if night in runs),
        closed=len(in_month),
        open_at_end=_open_at(events, last),
        close_days=float(median(days)) if days else None,
        dispositions=tuple(
            Disposition(outcome=disposition_words(code), cases=n) for code, n in sorted(ended.items())
        ),
    )


def _last_day(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _branches(stored: Stored, first: date, cases: Sequence[CaseThen]) -> tuple[UnitShare, ...]:
    """Compare the branches over the month, each with its denominator and the cases opened in it."""
    shares, _ = branch_shares(stored, first)
    staff = read_staff(stored)
    posts = [staff.post(case.employee_id, case.opened_on) for case in cases if case.opened_on >= first]
    opened = Counter(post.branch_id for post in posts if post is not None)
    return tuple(
        UnitShare(
            key=row.branch,
            unexplained=row.unexplained,
            lookups=row.lookups,
            share=row.share,
            cases=opened[row.branch],
        )
        for row in shares
    )


def _night(night: date, run: Run | None, told: dict[date, Counter[str]]) -> MonthNight:
    if run is None:
        return MonthNight(night=night, state="missing")
    counts = told.get(night, Counter())
    return MonthNight(
        night=night,
        state=_STATES.get(run.status, "failed"),
        new=counts["opened"],
        continued=counts["continued"] + counts["new_evidence"],
        reopened=counts["reopened"],
        lookups=int(run.manifest.get("lookups", 0)),
        address=night_page(night).name if run.finished or run.status == "failed" else "",
    )


def _told(connection: Connection, first: date, last: date) -> dict[date, Counter[str]]:
    """Count what each night told of cases; a night told twice, as after a re-score, counts once a case."""
    seen: dict[tuple[str, str], str] = {}
    for case_id, event in _case_events(connection):
        night = str(event.detail.get("night", ""))
        if event.actor == NIGHT and night and first.isoformat() <= night <= last.isoformat():
            seen.setdefault((case_id, night), event.kind)
    found: dict[date, Counter[str]] = {}
    for (_, night), kind in seen.items():
        found.setdefault(date.fromisoformat(night), Counter())[kind] += 1
    return found


def _case_events(connection: Connection) -> list[tuple[str, Any]]:
    query = select(case_events).order_by(case_events.c.id)
    return [(row.case_id, row) for row in connection.execute(query)]


def _open_at(events: list[tuple[str, Any]], last: date) -> int:
    state: dict[str, bool] = {}
    for case_id, event in events:
        night = str(event.detail.get("night", "")) if event.actor == NIGHT else event.at.date().isoformat()
        if night <= last.isoformat():
            if event.kind in ("opened", "reopened"):
                state[case_id] = True
            elif event.kind == "closed":
                state[case_id] = False
    return sum(state.values())


def index_report(connection: Connection, settings: Settings) -> IndexReport:
    """Put together the way in: the newest nights, then all months."""
    runs = runs_between(connection, finished=False)
    first, last = (runs[0].night, runs[-1].night) if runs else (date.min, date.min)
    told = _told(connection, first, last)
    events = _case_events(connection)
    by_month: dict[date, list[Run]] = {}
    for run in runs:
        by_month.setdefault(run.night.replace(day=1), []).append(run)
    closed = Counter(event.at.date().replace(day=1) for _, event in events if event.kind == "closed")
    latest = []
    for run in reversed(runs[-LATEST:]):
        row = _night(run.night, run, told)
        address = night_page(run.night).as_posix() if row.address else ""
        latest.append(row.model_copy(update={"address": address}))
    return IndexReport(
        institution=settings.bank.name or "Tellerwatch",
        classification=settings.reports.classification,
        language=settings.reports.language,
        zone=settings.bank.zone,
        links=Links(json_twin="index.json"),
        latest=tuple(latest),
        months=tuple(
            IndexMonth(
                month=month,
                nights=len(some),
                incomplete=sum(run.status == "incomplete" for run in some),
                failed=sum(run.status not in ("ok", "incomplete") for run in some),
                opened=sum(told.get(run.night, Counter())["opened"] for run in some),
                closed=closed[month],
                address=month_page(month).as_posix(),
            )
            for month, some in sorted(by_month.items(), reverse=True)
        ),
        open_cases=_open_at(events, last),
    )
