"""Nights whose data came late: which are scored again by themselves, and what that changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from pipeline.casebook.runs import FINISHED, Run, runs_between
from pipeline.casebook.scores import ScoreRow, read_scores
from pipeline.casebook.tables import runs
from pipeline.nightly.finding import Finding
from pipeline.nightly.findings import late_rows
from pipeline.settings import Settings

_SAME = 1e-9
"""Nats by which two scores may differ and still be the same figure."""


def nights_with_late_data(engine: Engine, settings: Settings, horizon: int, before: date) -> list[date]:
    """List the nights that are done and for whose last days something has come since, in order.

    What comes no later than its feed usually does was expected: it re-opens its days, but no night. Nights of
    another configuration are left as they were.

    Args:
        engine: The casebook.
        settings: The effective configuration: `schedule.rescore_days`, the bank's zone.
        horizon: The last batch that counts.
        before: Only nights before this one.
    """
    days = settings.schedule.rescore_days
    if not days:
        return []
    with engine.connect() as connection:
        done = runs_between(
            connection,
            before - timedelta(days=days),
            before - timedelta(days=1),
            config_hash=settings.config_hash,
        )
    return [run.night for run in done if _late(engine, settings, run, run.batch_horizon, horizon)]


def _late(engine: Engine, settings: Settings, run: Run, since: int, horizon: int) -> list[Finding]:
    """Find what came late for the days up to a night, as far back as nights are scored again."""
    oldest = (run.night - timedelta(days=settings.schedule.rescore_days)).isoformat()
    found = late_rows(engine, run.night + timedelta(days=1), since, horizon, settings.bank.zone)
    return [one for one in found if max(one.detail["days"]) > oldest]


def first_horizon(connection: Connection, night: date) -> int | None:
    """Return the last batch that a night's first finished run knew; None where it was never done.

    A night that was scored again knows more than its first report said: what is new is measured from that.
    """
    query = select(func.min(runs.c.batch_horizon)).where(runs.c.night == night, runs.c.status.in_(FINISHED))
    found: int | None = connection.scalar(query)
    return found


def change_by(engine: Engine, settings: Settings, run: Run, new_cases: int) -> dict[str, Any]:
    """Say what scoring a night again has changed against its run before; kept in the run's manifest.

    Args:
        engine: The casebook.
        settings: The effective configuration.
        run: The run of a later revision, its scores written.
        new_cases: Cases that it opened.
    """
    with engine.connect() as connection:
        query = (
            select(runs.c.run_id, runs.c.batch_horizon)
            .where(
                runs.c.night == run.night,
                runs.c.config_hash == run.config_hash,
                runs.c.revision < run.revision,
                runs.c.status.in_(FINISHED),
            )
            .order_by(runs.c.revision.desc())
            .limit(1)
        )
        earlier = connection.execute(query).one()
        then = {row.employee_id: row for row in read_scores(connection, earlier.run_id)}
        now = {row.employee_id: row for row in read_scores(connection, run.run_id)}
    late = late_rows(
        engine,
        run.night + timedelta(days=1),
        earlier.batch_horizon,
        run.batch_horizon,
        settings.bank.zone,
    )
    raised_then, raised_now = (
        {row.employee_id for row in rows.values() if row.alert} for rows in (then, now)
    )
    return {
        "night": run.night.isoformat(),
        "run": run.run_id,
        "before": earlier.run_id,
        "late": {one.feed: one.count for one in late},
        "people": sum(not _same(then.get(who), now.get(who)) for who in {*then, *now}),
        "unexplained": [sum(row.unexplained for row in rows.values()) for rows in (then, now)],
        "raised": sorted(raised_now - raised_then),
        "no_longer": sorted(raised_then - raised_now),
        "new_cases": new_cases,
    }


def _same(one: ScoreRow | None, other: ScoreRow | None) -> bool:
    if one is None or other is None:
        return False
    return abs(one.score - other.score) <= _SAME and one.unexplained == other.unexplained


def changes_since(connection: Connection, run: Run, since: int | None) -> Sequence[dict[str, Any]]:
    """List what was changed by scoring earlier nights again since the night before was first done.

    Args:
        connection: An open connection.
        run: The night that reports it.
        since: The last batch that the night before knew at first.
    """
    if since is None or run.revision:
        return []
    earlier = runs_between(connection, run.night - timedelta(days=60), run.night - timedelta(days=1))
    return [
        one.manifest["changed"]
        for one in earlier
        if "changed" in one.manifest and since < one.batch_horizon <= run.batch_horizon
    ]
