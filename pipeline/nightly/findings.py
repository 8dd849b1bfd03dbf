"""What is wrong with a night's data, as named findings with counts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Engine, select

from pipeline.casebook.tables import batches, lake_files
from pipeline.contract import FEEDS
from pipeline.evidence.coverage import Gap
from pipeline.groundwork import Groundwork
from pipeline.intake.day_accounts import read_days
from pipeline.intake.expected import end_of, usual_lag_hours
from pipeline.intake.party_days import PARTIES
from pipeline.nightly.completeness import completeness
from pipeline.nightly.finding import Finding, said_first
from pipeline.nightly.unknown_staff import unknown_staff
from pipeline.settings import Settings

FEW = 0.3
"""Share of a like day's look-ups below which a night is not believed."""


def lookups_per_day(groundwork: Groundwork) -> dict[date, int]:
    """Count look-ups of people per day, as the day's own night knew them: what was recorded later is not there yet."""
    acts = groundwork.acts
    frame = (
        acts.filter(acts.is_lookup & (acts.night <= acts.day))
        .group_by("day")
        .agg(n=lambda t: t.count())
        .to_pandas()
    )
    return {pd.Timestamp(day).date(): int(n) for day, n in frame.itertuples(index=False)}


def unassessable_per_day(groundwork: Groundwork, night: date) -> dict[date, int]:
    """Count look-ups that could not be judged as of a night, per day."""
    states = groundwork.states
    held = states.filter(
        (states.state == "not_assessable") & (states.from_night <= night) & (states.until_night > night)
    )
    acts = groundwork.acts.select("event_id", "day")
    frame = held.join(acts, "event_id").group_by("day").agg(n=lambda t: t.count()).to_pandas()
    return {pd.Timestamp(day).date(): int(n) for day, n in frame.itertuples(index=False)}


def _volume(night: date, counts: dict[date, int], groundwork: Groundwork) -> list[Finding]:
    if not groundwork.calendar.is_workday(night):
        return []
    found = counts.get(night, 0)
    like = [n for day, n in counts.items() if day < night and groundwork.calendar.is_workday(day)][-20:]
    if not found:
        return [Finding("no_lookups", "access_log", 0, {})]
    if len(like) >= 5 and found < FEW * float(np.median(like)):
        return [Finding("few_lookups", "access_log", found, {"expected": int(np.median(like))})]
    return []


def _late_business(night: date, groundwork: Groundwork) -> list[Finding]:
    gaps = groundwork.gaps[groundwork.gaps["gap"] == Gap.LOST.value]
    open_gaps = gaps[(gaps["day"] <= night) & (gaps["from_night"] <= night) & (gaps["until_night"] > night)]
    if open_gaps.empty:
        return []
    stuck = unassessable_per_day(groundwork, night)
    lost = sorted({day for day in open_gaps["day"] if (night - day).days < 7 and stuck.get(day)})
    never = sorted(set(open_gaps["rule"].unique()) if "business_records" not in groundwork.feeds else set())
    if never:
        return []  # the feed is not sent at all: named as missing, not as late
    touched = sum(stuck.get(day, 0) for day in lost)
    return (
        [Finding("late_feed", "business_records", touched, {"days": [day.isoformat() for day in lost]})]
        if lost
        else []
    )


def late_rows(engine: Engine, night: date, since_batch: int, horizon: int, zone: str) -> list[Finding]:
    """Find rows that came since an earlier run and belong to days before this night: they re-open those days.

    What comes no later than its feed usually does re-opens its days too, and is nothing to be told.
    """
    query = (
        select(lake_files.c.feed, lake_files.c.day, lake_files.c.rows, batches.c.opened_at)
        .join(batches, batches.c.batch_id == lake_files.c.batch_id)
        .where(
            lake_files.c.batch_id > since_batch, lake_files.c.batch_id <= horizon, lake_files.c.day < night
        )
    )
    with engine.connect() as connection:
        rows = [(row.feed, row.day, row.rows, row.opened_at) for row in connection.execute(query)]
    # Who is party to a record comes in files without a day: it belongs to the days of the records.
    rows += [
        (PARTIES, one.day, one.rows, one.came_at)
        for one in read_days(engine, last=night - timedelta(days=1), feed=PARTIES, horizon=horizon)
        if one.batch_id > since_batch and one.came_at is not None
    ]
    found = []
    for feed in sorted({feed for feed, *_ in rows}):
        lag = usual_lag_hours(read_days(engine, feed=feed, horizon=horizon), zone)
        mine = [
            (day, count)
            for name, day, count, came_at in rows
            if name == feed and not _as_usual(came_at, day, lag, zone)
        ]
        days = sorted({day.isoformat() for day, _ in mine})
        if mine:
            found.append(Finding("late_rows", feed, sum(count for _, count in mine), {"days": days}))
    return found


def _as_usual(came_at: datetime, day: date, lag: float | None, zone: str) -> bool:
    return lag is not None and came_at <= end_of(day, zone) + timedelta(hours=lag)


def findings_of(
    night: date,
    groundwork: Groundwork,
    counts: dict[date, int],
    engine: Engine,
    settings: Settings,
    since_batch: int | None,
    horizon: int,
    calibrated: bool,
    at: datetime,
) -> list[Finding]:
    """Collect everything that the reader of a night must know about its data.

    Args:
        night: The night.
        groundwork: Its evidence and facts.
        counts: Look-ups per day.
        engine: The casebook.
        settings: The effective configuration.
        since_batch: Horizon of the run before; None when there was none.
        horizon: Horizon of this run.
        calibrated: Whether there was enough past to calibrate on.
        at: The moment of the run, aware.

    Returns:
        What makes the night incomplete first.
    """
    found = _volume(night, counts, groundwork) + _late_business(night, groundwork)
    found += unknown_staff(night, groundwork)
    found += completeness(engine, settings, night, horizon, at, groundwork.calendar)
    if night.year in groundwork.calendar.unknown_years:
        found.append(Finding("calendar_year_unknown", "calendar", 1, {"year": night.year}))
    if since_batch is not None:
        found += late_rows(engine, night, since_batch, horizon, settings.bank.zone)
    found += [
        Finding("missing_feed", feed, 0, {})
        for feed in FEEDS
        if feed not in groundwork.feeds and feed not in ("calendar", "bureau_findings", "service_accounts")
    ]
    if not calibrated:
        found.append(Finding("short_history", "access_log", 0, {}))
    return said_first(found)
