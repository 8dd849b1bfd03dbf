"""How much of what was expected had arrived by each night's cut-off, from the ledger alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import median

from sqlalchemy import Connection, func, select

from pipeline.calendar import BusinessCalendar
from pipeline.casebook.runs import Run
from pipeline.casebook.tables import batches, lake_files
from pipeline.contract import FEEDS
from pipeline.reporting.coverage import LEAST_EXPECTED, LEAST_LIKE_DAYS, LIKE_DAYS, PARTIAL_BELOW

_BEFORE = timedelta(days=2 * LIKE_DAYS + 30)
Arrivals = Mapping[str, Mapping[date, Sequence[tuple[int, int]]]]
"""Feed → day → (batch, rows)."""


def arrived(connection: Connection, runs: Sequence[Run], calendar: BusinessCalendar) -> dict[date, float]:
    """Give each night the share of the expected rows that it could read, over all dated feeds.

    Expected is the median of like days, and a feed with enough of them counts as whole, as in the night's own table.
    Nights without enough like days before them are left out.

    Args:
        connection: The casebook.
        runs: A run a night.
        calendar: The bank's working days.
    """
    if not runs:
        return {}
    rows = _arrivals(connection, min(run.night for run in runs) - _BEFORE, max(run.night for run in runs))
    found = {}
    for run in runs:
        got = wanted = 0.0
        for days in rows.values():
            expected = _expected(days, run, calendar)
            if expected >= LEAST_EXPECTED:
                known = _known(days, run.night, run.batch_horizon)
                # Days differ: what passes for whole in the night's own table passes for whole here.
                got += expected if known >= PARTIAL_BELOW * expected else known
                wanted += expected
        if wanted:
            found[run.night] = round(got / wanted, 4)
    return found


def _arrivals(connection: Connection, first: date, last: date) -> Arrivals:
    dated = [feed for feed in FEEDS if FEEDS[feed].day]
    query = (
        select(
            lake_files.c.feed, lake_files.c.day, lake_files.c.batch_id, func.sum(lake_files.c.rows).label("n")
        )
        .join(batches, batches.c.batch_id == lake_files.c.batch_id)
        .where(
            batches.c.status == "published",
            lake_files.c.feed.in_(dated),
            lake_files.c.day >= first,
            lake_files.c.day <= last,
        )
        .group_by(lake_files.c.feed, lake_files.c.day, lake_files.c.batch_id)
    )
    found: dict[str, dict[date, list[tuple[int, int]]]] = {}
    for row in connection.execute(query):
        found.setdefault(row.feed, {}).setdefault(row.day, []).append((row.batch_id, int(row.n)))
    return found


def _expected(days: Mapping[date, Sequence[tuple[int, int]]], run: Run, calendar: BusinessCalendar) -> float:
    works, start = calendar.is_workday(run.night), min(days)
    like: list[int] = []
    day = run.night - timedelta(days=1)
    while day >= start and len(like) < LIKE_DAYS:
        if calendar.is_workday(day) == works:
            like.append(_known(days, day, run.batch_horizon))
        day -= timedelta(days=1)
    return median(like) if len(like) >= LEAST_LIKE_DAYS else 0.0


def _known(days: Mapping[date, Sequence[tuple[int, int]]], day: date, horizon: int) -> int:
    return sum(rows for batch, rows in days.get(day, ()) if batch <= horizon)
