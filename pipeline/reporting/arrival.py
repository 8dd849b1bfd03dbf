"""How much of what was expected had arrived by each night's cut-off, from the ledger alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from pipeline.calendar import BusinessCalendar
from pipeline.casebook.runs import Run
from pipeline.casebook.tables import batches, lake_files
from pipeline.contract import FEEDS
from pipeline.intake.expected import LEAST_EXPECTED, shortfall, usual_rows
from pipeline.reporting.coverage import LOOK_BACK_DAYS

_BEFORE = timedelta(days=LOOK_BACK_DAYS)
Arrivals = Mapping[str, Mapping[date, Sequence[tuple[int, int]]]]
"""Feed → day → (batch, rows)."""


def arrived(
    connection: Connection, runs: Sequence[Run], calendar: BusinessCalendar, drop_below: float
) -> dict[date, float]:
    """Give each night the share of the expected rows that it could read, over all dated feeds.

    Expected is the median of like days, and a feed within what such days vary counts as whole, as in the night's own
    table.
    Nights without enough like days before them are left out.

    Args:
        connection: The casebook.
        runs: A run a night.
        calendar: The bank's working days.
        drop_below: Share of the usual below which a day has dropped.
    """
    if not runs:
        return {}
    rows = _arrivals(connection, min(run.night for run in runs) - _BEFORE, max(run.night for run in runs))
    found = {}
    for run in runs:
        got = wanted = 0.0
        for days in rows.values():
            counts = {day: _known(days, day, run.batch_horizon) for day in days}
            usual = usual_rows(counts, run.night, calendar)
            if usual is not None and usual[0] >= LEAST_EXPECTED:
                known = counts.get(run.night, 0)
                # Days differ: what passes for whole in the night's own table passes for whole here.
                got += min(known, usual[0]) if shortfall(usual, known, drop_below) else usual[0]
                wanted += usual[0]
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


def _known(days: Mapping[date, Sequence[tuple[int, int]]], day: date, horizon: int) -> int:
    return sum(rows for batch, rows in days.get(day, ()) if batch <= horizon)
