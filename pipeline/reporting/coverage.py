"""How much of each feed was there on the night, and what a gap means."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, func, select

from pipeline.casebook.tables import batches, files, lake_files
from pipeline.contract import FEEDS
from pipeline.intake.expected import shortfall, usual_rows
from pipeline.investigation.stored import Stored
from reports.document import CoverageRow, NotAssessable, Text
from reports.words import say

LOOK_BACK_DAYS = 120
"""Calendar days of the past from which the expected number of rows is taken."""

State = Literal["ok", "late", "missing", "partial"]


def coverage(connection: Connection, stored: Stored) -> tuple[CoverageRow, ...]:
    """Describe every feed of the contract on the night.

    Args:
        connection: The casebook.
        stored: What the run may use.
    """
    by_day = _rows_by_day(connection, stored)
    refused = _refused(connection, stored)
    whole = _whole(connection, stored)
    late = {
        str(finding["feed"]): int(finding["count"])
        for finding in stored.run.findings
        if finding["code"] == "late_rows"
    }
    return tuple(
        _dated(feed, by_day.get(feed, {}), refused.get(feed, (0, 0)), late.get(feed, 0), stored)
        if FEEDS[feed].day
        else _standing(feed, whole.get(feed, 0), refused.get(feed, (0, 0)))
        for feed in FEEDS
        if feed not in ("calendar", "bureau_findings") or whole.get(feed) or by_day.get(feed)
    )


def _rows_by_day(connection: Connection, stored: Stored) -> dict[str, dict[date, int]]:
    """Count accepted rows per feed and day of the last months, from the ledger."""
    query = (
        select(lake_files.c.feed, lake_files.c.day, func.sum(lake_files.c.rows).label("n"))
        .join(batches, batches.c.batch_id == lake_files.c.batch_id)
        .where(
            batches.c.status == "published",
            lake_files.c.batch_id <= stored.run.batch_horizon,
            lake_files.c.day <= stored.night,
            lake_files.c.day >= stored.night - timedelta(days=LOOK_BACK_DAYS),
        )
        .group_by(lake_files.c.feed, lake_files.c.day)
    )
    found: dict[str, dict[date, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.feed, {})[row.day] = int(row.n)
    return found


def _whole(connection: Connection, stored: Stored) -> dict[str, int]:
    query = (
        select(lake_files.c.feed, func.sum(lake_files.c.rows).label("n"))
        .join(batches, batches.c.batch_id == lake_files.c.batch_id)
        .where(batches.c.status == "published", lake_files.c.batch_id <= stored.run.batch_horizon)
        .group_by(lake_files.c.feed)
    )
    return {row.feed: int(row.n) for row in connection.execute(query)}


def _refused(connection: Connection, stored: Stored) -> dict[str, tuple[int, int]]:
    """Count rejected and duplicate rows of the files that brought the night's rows, or rows without a day."""
    brought = (
        select(lake_files.c.batch_id)
        .where(
            lake_files.c.batch_id <= stored.run.batch_horizon,
            lake_files.c.day.is_(None) | (lake_files.c.day == stored.night),
        )
        .distinct()
    )
    query = (
        select(
            files.c.feed, func.sum(files.c.rejected).label("bad"), func.sum(files.c.duplicate).label("twice")
        )
        .where(files.c.batch_id.in_(brought))
        .group_by(files.c.feed)
    )
    return {row.feed: (int(row.bad), int(row.twice)) for row in connection.execute(query)}


def _dated(
    feed: str, days: dict[date, int], refused: tuple[int, int], late: int, stored: Stored
) -> CoverageRow:
    night = stored.night
    received, latest = _of_the_night(feed, stored) if days.get(night) else (0, None)
    # The same custom of like days by which the run itself judges: page and verdict cannot differ.
    usual = usual_rows(days, night, stored.calendar)
    short = shortfall(usual, received, stored.settings.intake.drop_below)
    state: State = "partial" if short == "drop" else "missing" if short or not days else "ok"
    stuck = sum(
        int(item["count"])
        for item in stored.run.findings
        if item["code"] == "late_feed" and item["feed"] == feed
    )
    if state == "ok" and (late or stuck):
        state = "late"
    return CoverageRow(
        feed=feed,
        received=received,
        expected=round(usual[0]) if usual else None,
        rejected=refused[0],
        duplicate=refused[1],
        latest=latest,
        late=late,
        state=state,
        consequence=say("facts.feed.stuck", n=stuck) if stuck else _consequence(feed, state, bool(days)),
    )


def _of_the_night(feed: str, stored: Stored) -> tuple[int, datetime | None]:
    """Count the night's rows as the cut-off knew them, and find the newest."""
    time = FEEDS[feed].day
    paths = stored.feed_paths(feed, stored.night, stored.night)
    columns = {column.name: column for column in FEEDS[feed].columns}
    is_time = time is not None and columns[time].kind.name == "TIME"
    newest = f"max({time}_local)" if is_time else "NULL"
    known = "recorded_at <= ? OR recorded_at IS NULL" if "recorded_at" in columns else "? IS NOT NULL"
    cutoff = stored.run.cutoff.replace(tzinfo=None)
    sql = f"""
        SELECT count(*), {newest} FROM read_parquet(?, union_by_name = true)
        WHERE business_day = ? AND ({known})
    """
    rows: list[Any] = stored.rows(sql, [paths, stored.night, cutoff])
    count, moment = rows[0]
    return int(count), moment.replace(tzinfo=stored.zone) if moment is not None else None


def _standing(feed: str, rows: int, refused: tuple[int, int]) -> CoverageRow:
    """Describe a feed without days: what matters is whether it is there."""
    state: State = "ok" if rows else "missing"
    return CoverageRow(
        feed=feed,
        received=rows,
        rejected=refused[0],
        duplicate=refused[1],
        state=state,
        consequence=_consequence(feed, state, bool(rows)),
    )


def _consequence(feed: str, state: State, ever: bool) -> Text:
    if state == "ok":
        return say("facts.feed.fine")
    if state == "late":
        return say("facts.feed.late")
    if state == "missing" and not ever:
        return say("facts.feed.never", what=say(f"facts.weakened.{feed}"))
    # A part that is missing is not what makes look-ups unassessable: only most of it is (`evidence.coverage.LOST_BELOW`).
    partly = "_partly" if (feed, state) == ("business_records", "partial") else ""
    return say(f"facts.feed.{state}", what=say(f"facts.weakened.{feed}{partly}"))


def not_assessable(stored: Stored) -> tuple[NotAssessable, ...]:
    """Count the night's look-ups that could not be judged, by the reason whose records are missing."""
    paths = stored.evidence_paths(stored.night)
    if not paths:
        return ()
    rows = stored.rows(
        """
        SELECT rule, count(DISTINCT event_id)
        FROM read_parquet(?, hive_partitioning = false)
        WHERE state = 'not_assessable' AND is_lookup AND night <= ? AND from_night <= ? AND until_night > ?
        GROUP BY rule ORDER BY 2 DESC, 1
        """,
        [paths, stored.night, stored.night, stored.night],
    )
    return tuple(
        NotAssessable(cause=say("facts.unassessable", reason=str(rule)), lookups=int(n)) for rule, n in rows
    )
