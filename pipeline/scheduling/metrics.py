"""Figures for Prometheus, as the text file that node_exporter picks up; no person and no customer in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path

from sqlalchemy import Engine, func, select

from pipeline.casebook.runs import latest_run
from pipeline.casebook.tables import batches, cases, drills, files, lake_files, runs
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE, Home
from pipeline.scheduling.standing import standing
from pipeline.settings import Settings
from pipeline.whole_file import write_whole

READABLE_BY_ALL = 0o644
Sample = tuple[dict[str, str], float]


def metrics_file(home: Home, settings: Settings) -> Path:
    """Return where the figures are written."""
    return Path(settings.watch.textfile) if settings.watch.textfile else home.watch / "tellerwatch.prom"


def write_metrics(home: Home, settings: Settings, engine: Engine, at: datetime) -> None:
    """Write the figures over those before, whole.

    Raises:
        OSError: The file cannot be written.
    """
    path = metrics_file(home, settings)
    inside = path.is_relative_to(home.root)
    if inside:
        path.parent.mkdir(mode=PRIVATE_DIR, exist_ok=True)
    # Outside the home the collector runs as another user, and there is nothing personal in the file.
    write_whole(path, metrics_text(home, settings, engine, at), PRIVATE_FILE if inside else READABLE_BY_ALL)


def metrics_text(home: Home, settings: Settings, engine: Engine, at: datetime) -> str:
    """Return the figures in Prometheus' text format.

    Source: Prometheus' exposition format, text version 0.0.4.
    """
    found = standing(home, settings, engine, at)
    parts = [
        _metric("heartbeat_timestamp_seconds", "Moment of the last look.", [({}, at.timestamp())]),
        _metric("nights_waiting", "Nights that are due and not done.", [({}, found.waiting)]),
        _metric("night_late", "1 when a night is late or has failed.", [({}, int(found.late))]),
    ]
    if found.last_done:
        parts.append(
            _metric(
                "last_night_timestamp_seconds",
                "Day of the last night done.",
                [({}, _seconds(found.last_done))],
            )
        )
    if found.last_good:
        help_text = "Day of the last night done on whole data."
        parts.append(
            _metric("last_good_night_timestamp_seconds", help_text, [({}, _seconds(found.last_good))])
        )
    return "".join(
        [*parts, *_night(engine, found.last_done), *_intake(engine), *_work(home, engine), *_drill(engine)]
    )


def _night(engine: Engine, night: date | None) -> Iterable[str]:
    with engine.connect() as connection:
        last = latest_run(connection, night=night) if night else None
        ended = connection.execute(select(runs.c.status, func.count()).group_by(runs.c.status)).all()
    yield _metric(
        "runs", "Runs in the ledger, by how they ended.", [({"status": row[0]}, row[1]) for row in ended]
    )
    if last is None or last.finished_at is None:
        return
    seconds = (last.finished_at - last.started_at).total_seconds()
    yield _metric("night_duration_seconds", "How long the last night took.", [({}, seconds)])
    yield _metric("night_scored", "People scored in the last night.", [({}, last.scored)])
    yield _metric("night_new_cases", "Cases that the last night opened.", [({}, last.new_cases)])
    found = {(str(one["code"]), str(one["feed"])): float(one["count"]) for one in last.findings}
    samples = [({"code": code, "feed": feed}, count) for (code, feed), count in sorted(found.items())]
    yield _metric("night_findings", "What is wrong with the last night's data.", samples)


def _intake(engine: Engine) -> Iterable[str]:
    counted = (files.c.read, files.c.accepted, files.c.duplicate, files.c.rejected)
    with engine.connect() as connection:
        taken = connection.execute(
            select(files.c.feed, *map(func.sum, counted))
            .where(files.c.feed != "")  # manifests that could not be used
            .group_by(files.c.feed)
            .order_by(files.c.feed)
        ).all()
        newest = connection.execute(
            select(lake_files.c.feed, func.max(lake_files.c.day))
            .join(batches, batches.c.batch_id == lake_files.c.batch_id)
            .where(batches.c.status == "published", lake_files.c.day.is_not(None))
            .group_by(lake_files.c.feed)
            .order_by(lake_files.c.feed)
        ).all()
    rows = [
        ({"feed": row[0], "outcome": column.name}, float(count))
        for row in taken
        for column, count in zip(counted, row[1:], strict=True)
    ]
    yield _metric("rows", "Rows taken in; rejected ones are in the quarantine.", rows)
    days = [({"feed": row[0]}, _seconds(row[1])) for row in newest]
    yield _metric("feed_newest_day_timestamp_seconds", "Newest business day of each feed.", days)


def _work(home: Home, engine: Engine) -> Iterable[str]:
    query = select(cases.c.status, cases.c.severity, func.count()).group_by(cases.c.status, cases.c.severity)
    with engine.connect() as connection:
        found = sorted(tuple(row) for row in connection.execute(query))
    samples = [({"status": status, "severity": severity}, float(count)) for status, severity, count in found]
    yield _metric("cases", "Cases in the casebook.", samples)
    boxes = [
        ({"state": state}, float(len(list((home.outbox / state).glob("*.json")))))
        for state in ("waiting", "refused")
    ]
    yield _metric("outbox_messages", "Messages that were not sent.", boxes)


def _drill(engine: Engine) -> Iterable[str]:
    query = select(drills.c.hosts, drills.c.raised, drills.c.floor, drills.c.at).where(drills.c.hosts > 0)
    with engine.connect() as connection:
        last = connection.execute(query.order_by(drills.c.at.desc(), drills.c.drill_id.desc())).first()
    if last is None:
        return
    yield _metric(
        "drill_recall", "Share of planted leakers that were raised.", [({}, last.raised / last.hosts)]
    )
    yield _metric("drill_floor", "Share that has to be raised.", [({}, last.floor)])
    yield _metric("drill_timestamp_seconds", "When the last drill was done.", [({}, last.at.timestamp())])


def _metric(name: str, help_text: str, samples: Iterable[Sample]) -> str:
    lines = [f"# HELP tellerwatch_{name} {help_text}", f"# TYPE tellerwatch_{name} gauge"]
    for labels, value in samples:
        told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(
            f"tellerwatch_{name}{{{told}}} {value:.15g}" if told else f"tellerwatch_{name} {value:.15g}"
        )
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _seconds(day: date) -> float:
    return datetime.combine(day, time(), tzinfo=UTC).timestamp()
