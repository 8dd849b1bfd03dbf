"""How long a night took by itself."""

from __future__ import annotations

from sqlalchemy import Engine

from pipeline.casebook.runs import Run, steps_of


def seconds_of(engine: Engine, run: Run) -> float:
    """Add up what a night's own steps took.

    The runs of a span are all opened before its first night is scored, so a run's beginning says nothing of its length;
    nor does its end, where a report was drawn days later.

    Args:
        engine: The casebook.
        run: The night's run.
    """
    with engine.connect() as connection:
        steps = steps_of(connection, run.run_id)
    took = [(step.finished_at - step.started_at).total_seconds() for step in steps if step.finished_at]
    return round(sum(took), 3)
