"""Whom the nights before have raised, as the ledger has it."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Engine, select

from pipeline.casebook.runs import runs_between
from pipeline.casebook.tables import runs, scores
from pipeline.scoring.alerting import AlertHistory


def alert_history(engine: Engine, night: date, config_hash: str, days: int) -> AlertHistory:
    """Read from the ledger whom the nights before raised; of a night that was scored again, the last run counts.

    Args:
        engine: The casebook.
        night: The night that is about to raise.
        config_hash: The configuration by which it and they were run.
        days: Days for which somebody who was raised is not counted anew.
    """
    first, last = night - timedelta(days=2 * days), night - timedelta(days=1)
    history = AlertHistory()
    with engine.connect() as connection:
        speaking = [run.run_id for run in runs_between(connection, first, last, config_hash=config_hash)]
        query = (
            select(runs.c.night, scores.c.employee_id)
            .join(scores, scores.c.run_id == runs.c.run_id)
            .where(runs.c.run_id.in_(speaking), scores.c.alert.is_(True))
            .order_by(runs.c.night, scores.c.employee_id)
        )
        for on, employee in connection.execute(query):
            raised = history.last_raised.get(employee)
            if raised is None or (on - raised).days > days:
                history.opened.append(on)
            history.last_raised[employee] = on
    return history
