"""The nightly overview as a document, from stored rows alone."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from pipeline.casebook.ordering import ordering_at
from pipeline.casebook.relations import relations_of_run
from pipeline.casebook.runs import Run, runs_between, steps_of
from pipeline.casebook.scores import read_reasons, read_scores
from pipeline.drill.ledger import drill_trend
from pipeline.home import Home
from pipeline.investigation.case_life import CaseThen, cases_then
from pipeline.investigation.course import read_course
from pipeline.investigation.manifest import manifest_of
from pipeline.investigation.matter_words import matters_of
from pipeline.investigation.staff import read_staff
from pipeline.investigation.stored import Stored, open_stored
from pipeline.pseudonyms import staff_codes
from pipeline.reporting.cards import MOST_CARDS, cards, clocks, order_words, watched, worst_first
from pipeline.reporting.changes import changes, findings, rules_then, suppressed
from pipeline.reporting.coverage import coverage, not_assessable
from pipeline.reporting.places import night_page
from pipeline.reporting.population import population
from pipeline.reporting.things import things
from pipeline.settings import Settings
from reports.document import BlindSpot, Drill, Links, NightReport, Population, ShortHistory, Text, Verdict
from reports.words import say

_STATES = {"ok": "complete", "incomplete": "incomplete", "failed": "failed"}
_BLIND = ("T09", "T25", "T03")
_DRILL_DAYS = 35
"""Calendar days after which an earlier drill says nothing of tonight any more."""
_BEFORE_DAYS = 60
"""Calendar days in which the night before is looked for."""


def night_report(home: Home, settings: Settings, engine: Engine, run: Run) -> NightReport:
    """Put together the overview of one run's night; nothing is scored, and nothing that came after counts.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        run: The run, ended.
    """
    with open_stored(home, settings, engine, run) as stored, engine.connect() as connection:
        drawn = _drawn(connection, stored)
    codes = staff_codes(home, settings, engine)
    return codes.shown(drawn) if codes else drawn


def bare_report(settings: Settings, engine: Engine, run: Run) -> NightReport:
    """Put together what the ledger alone knows of a night, where lake or evidence cannot be read.

    Args:
        settings: The effective configuration.
        engine: The casebook.
        run: The run, ended.
    """
    zone = ZoneInfo(settings.bank.zone)
    with engine.connect() as connection:
        standing = cases_then(connection, run)
        return NightReport(
            institution=settings.bank.name or "Tellerwatch",
            classification=settings.reports.classification,
            language=settings.reports.language,
            zone=settings.bank.zone,
            links=_links(run, run_before(connection, run)),
            night=run.night,
            run_id=run.run_id,
            cutoff=run.cutoff.astimezone(zone),
            verdict=_verdict(connection, run, []),
            coverage=(),
            findings=findings(run),
            others_open=sum(case.open for case in standing),
            blind_spots=_blind_spots(run),
            manifest=manifest_of(connection, run, zone),
        )


def run_before(connection: Connection, run: Run) -> Run | None:
    """Find the last run of an earlier night."""
    night = run.night
    earlier = runs_between(connection, night - timedelta(days=_BEFORE_DAYS), night - timedelta(days=1))
    return earlier[-1] if earlier else None


def _drawn(connection: Connection, stored: Stored) -> NightReport:
    run, settings = stored.run, stored.settings
    before = run_before(connection, run)
    scores = read_scores(connection, run.run_id)
    scored = {row.employee_id: row for row in scores}
    reasons = read_reasons(connection, run.run_id)
    order = ordering_at(connection, run.finished_at)
    standing = [case for case in cases_then(connection, run) if case.open or case.change]
    cases = worst_first(standing, reasons, order)
    together = matters_of(cases, relations_of_run(connection, run.run_id))
    calibrated = bool(run.manifest.get("calibrated", True))
    staff = read_staff(stored)
    posts = staff.posts(stored.night)
    in_case = {case.employee_id for case in cases if case.open}
    failed = run.status == "failed"
    course = read_course(connection, stored, points=2)
    earlier = {row.employee_id: row for row in read_scores(connection, before.run_id)} if before else {}
    return NightReport(
        institution=settings.bank.name or "Tellerwatch",
        classification=settings.reports.classification,
        language=settings.reports.language,
        zone=settings.bank.zone,
        links=_links(run, before),
        night=run.night,
        run_id=run.run_id,
        cutoff=stored.local(run.cutoff),
        verdict=_verdict(connection, run, cases),
        coverage=coverage(connection, stored),
        not_assessable=() if failed else not_assessable(stored),
        findings=findings(run),
        short_history=None if calibrated or failed else _short_history(run, settings),
        drill=_drill(stored, run),
        budget=settings.alerting.budget_per_1000_per_week,
        cases=cards(cases[:MOST_CARDS], scored, earlier, reasons, staff, course, stored, together),
        matters=together,
        order=order_words(order),
        others_open=sum(case.open for case in cases[MOST_CARDS:]),
        changes=changes(run, before, cases, stored.zone),
        watch=watched(scores, earlier, reasons, in_case, posts, calibrated),
        suppressions=suppressed(rules_then(connection, run), run, scores, reasons, posts),
        things=() if failed else things(stored),
        population=Population() if failed else population(stored, scores, calibrated),
        clocks=clocks(cases, stored),
        blind_spots=_blind_spots(run),
        manifest=manifest_of(connection, run, stored.zone),
    )


def _links(run: Run, before: Run | None) -> Links:
    own = night_page(run.night)
    up = "../" * (len(own.parts) - 1)
    return Links(
        index=f"{up}index.html",
        month="month.html",
        previous=f"{up}{night_page(before.night).as_posix()}" if before else "",
        json_twin=own.with_suffix(".json").name,
    )


def _verdict(connection: Connection, run: Run, cases: list[CaseThen]) -> Verdict:
    told = [case.change for case in cases]
    return Verdict(
        new=told.count("new"),
        continued=sum(case.change != "new" and case.change != "reopened" and case.open for case in cases),
        reopened=told.count("reopened"),
        data_state=_STATES.get(run.status, "failed"),
        scored=run.scored,
        lookups=int(run.manifest.get("lookups", 0)),
        failed_step=_failed_step(connection, run),
    )


def _failed_step(connection: Connection, run: Run) -> Text | None:
    if run.status != "failed":
        return None
    failed = next((step.name for step in steps_of(connection, run.run_id) if step.status != "ok"), "–")
    return say("facts.failed.step", step=failed, night=run.night)


def _drill(stored: Stored, run: Run) -> Drill | None:
    """Find the last drill that was done when the night ended; one done later belongs on later pages."""
    since = run.night - timedelta(days=_DRILL_DAYS)
    for done in reversed(drill_trend(stored.engine, since, run.night)):
        if done.recall is not None and (run.finished_at is None or done.at <= run.finished_at):
            return Drill(
                planted=done.hosts, found=done.raised, recall=done.recall, floor=done.floor, on=done.night
            )
    return None


def _short_history(run: Run, settings: Settings) -> ShortHistory:
    return ShortHistory(
        nights=int(run.manifest.get("reference_nights", 0)), needed=settings.detection.least_reference_nights
    )


def _blind_spots(run: Run) -> tuple[BlindSpot, ...]:
    spots = [BlindSpot(code=code, text=say(f"facts.blind.{code}")) for code in _BLIND]
    for item in run.findings:
        if item["code"] == "missing_feed":
            feed = str(item["feed"])
            what = say(f"facts.weakened.{feed}")
            spots.append(BlindSpot(code=feed, text=say("facts.feed.never", what=what)))
    return tuple(spots)
