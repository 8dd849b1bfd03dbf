"""What a night is said to have taken."""

from __future__ import annotations

from datetime import timedelta

from pipeline.casebook.engine import writing
from pipeline.casebook.runs import begin_step, end_step, open_run
from pipeline.home import Home
from pipeline.nightly.duration import seconds_of
from tests.nightly.tiny_nights import opened
from tests.soak.tiny_bank import FIRST
from tests.soak.undisturbed import after


def test_a_night_of_a_span_took_what_its_own_steps_took_and_not_what_the_nights_before_it_did(home: Home):
    at = after(FIRST)
    nights = []
    with opened(home) as engine:
        for place in range(2):
            with writing(engine) as connection:
                run = open_run(
                    connection,
                    night=FIRST + timedelta(days=place),
                    config_hash="a",
                    code_version="0",
                    seed=1,
                    cutoff=at,
                    batch_horizon=1,
                    at=at,
                ).run
                begun = at + timedelta(minutes=place)
                step = begin_step(connection, run.run_id, "score", begun)
                end_step(connection, run.run_id, step, status="ok", at=begun + timedelta(seconds=4))
            nights.append(run)
        assert [seconds_of(engine, run) for run in nights] == [4.0, 4.0]
