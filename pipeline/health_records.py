"""What the casebook tells of the nights so far: is it there, do data come, when was the last good night."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, or_, select

from pipeline.casebook.engine import open_casebook
from pipeline.casebook.tables import batches, files, lake_files, runs
from pipeline.casebook.upgrade import stored_revision
from pipeline.contract import FEEDS
from pipeline.errors import TellerwatchError
from pipeline.health import Check, State
from pipeline.home import Home
from pipeline.intake.recognised import was_read
from pipeline.scheduling.heartbeat import read_heartbeat
from pipeline.settings import Settings

# A log that was written over a weekend arrives on Monday; after four days somebody should ask.
SILENT_AFTER = timedelta(days=4)


def examine_records(home: Home, settings: Settings, at: datetime) -> list[Check]:
    """Check the casebook, the newest data of each feed and the last good night.

    Args:
        home: The installation.
        settings: The effective configuration.
        at: The present moment.
    """
    try:
        engine = open_casebook(home, settings)
    except TellerwatchError as error:
        return [Check("casebook", State.FAIL, error.what, error.todo)]
    try:
        today = at.astimezone(ZoneInfo(settings.bank.zone)).date()
        name = engine.url.render_as_string(hide_password=True)
        found = f"{name}, schema revision {stored_revision(engine)}"
        return [
            Check("casebook", State.OK, found),
            _newest_data(engine, today),
            _missing_feeds(engine),
            _last_night(engine, today),
            _scheduler(home, settings, at),
            _outbox(home),
        ]
    finally:
        engine.dispose()


def _newest_data(engine: Engine, today: date) -> Check:
    name = "newest data"
    with engine.connect() as connection:
        rows = connection.execute(
            select(lake_files.c.feed, func.max(lake_files.c.day).label("day"))
            .join(batches, batches.c.batch_id == lake_files.c.batch_id)
            .where(batches.c.status == "published")
            .group_by(lake_files.c.feed)
            .order_by(lake_files.c.feed)
        ).all()
    newest: dict[str, date | None] = {row.feed: row.day for row in rows}
    found = ", ".join(f"{feed} {day}" for feed, day in newest.items() if day)
    if undated := ", ".join(feed for feed, day in newest.items() if not day):
        found = f"{found}; kept without a day: {undated}".lstrip("; ")
    log_day = newest.get("access_log")
    if "access_log" not in newest:
        return Check(name, State.WARN, found or "nothing has been taken in yet", "tellerwatch ingest FOLDER")
    if log_day is not None and today - log_day > SILENT_AFTER:
        fix = "Ask the source for the missing days, then `tellerwatch ingest` them and `run --catch-up`."
        return Check(name, State.WARN, f"{found}: the access log is {(today - log_day).days} days old", fix)
    return Check(name, State.OK, found)


def _missing_feeds(engine: Engine) -> Check:
    with engine.connect() as connection:
        # What could not be read at all is no delivery.
        came = select(files.c.feed).join(batches, batches.c.batch_id == files.c.batch_id)
        came = came.where(or_(batches.c.status == "published", files.c.read > 0, was_read()))
        there = set(connection.scalars(came.distinct()))
    missing = [feed for feed in FEEDS if feed not in there]
    if not missing:
        return Check("feeds", State.OK, "every feed of the contract has been delivered")
    fix = "Connect them where the bank has them; what rests on them is reported as not assessable."
    return Check("feeds", State.WARN, f"never delivered: {', '.join(missing)}", fix)


def _last_night(engine: Engine, today: date) -> Check:
    name = "last night"
    with engine.connect() as connection:
        good = connection.scalar(select(func.max(runs.c.night)).where(runs.c.status == "ok"))
        last = connection.execute(
            select(runs.c.night, runs.c.status).order_by(runs.c.started_at.desc()).limit(1)
        ).one_or_none()
    if last is None:
        return Check(name, State.WARN, "no night has been run yet", "tellerwatch run --catch-up")
    found = f"last good night {good or 'none'}; last run: {last.night}, {last.status}"
    if last.status == "failed":
        return Check(name, State.FAIL, found, f"tellerwatch run --night {last.night} -v")
    if good is None or today - good > SILENT_AFTER:
        return Check(name, State.WARN, found, "tellerwatch run --catch-up")
    return Check(name, State.OK, found)


def _scheduler(home: Home, settings: Settings, at: datetime) -> Check:
    name = "scheduler"
    beat = read_heartbeat(home)
    fix = f"tellerwatch --home {home.root} schedule"
    if beat is None:
        return Check(
            name, State.WARN, "none has ever run in this home", f"{fix} (or wake the nights otherwise)"
        )
    if beat.stopped_at is not None:
        return Check(name, State.WARN, f"stopped in order at {beat.stopped_at:%Y-%m-%d %H:%M} UTC", fix)
    age = (at - beat.at).total_seconds()
    found = f"last heartbeat {age:.0f} s ago, process {beat.pid} on {beat.host}"
    if abs(age) > 5 * settings.schedule.heartbeat_seconds:
        return Check(name, State.FAIL, found, f"It is dead or hung: end that process, then {fix}")
    return Check(name, State.OK, found)


def _outbox(home: Home) -> Check:
    refused = len(list((home.outbox / "refused").glob("*.json")))
    if refused:
        fix = "See to the mail server or webhook, then: tellerwatch notify --retry"
        return Check("messages", State.WARN, f"{refused} were given up and never reached anybody", fix)
    waiting = len(list((home.outbox / "waiting").glob("*.json")))
    return Check("messages", State.OK, f"{waiting} waiting to be sent")
