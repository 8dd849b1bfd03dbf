"""Which nights can be asked for, and what becomes of homes in which a wrong one was run."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pipeline.calendar import cutoff_of
from pipeline.casebook.engine import writing
from pipeline.casebook.runs import finish_run, open_run, runs_between
from pipeline.clock import now
from pipeline.errors import ExitCode
from pipeline.home import Home
from pipeline.nightly.due import last_closed_night, nights_due
from pipeline.scheduling.standing import standing
from pipeline.settings import load_settings
from tests.nightly.tiny_nights import opened
from tests.soak.tiny_bank import ZONE, first_night
from tests.soak.undisturbed import after

FUTURE = date(2230, 1, 1)


def run_too_early(home: Home, night: date) -> None:
    """Store a night as versions before did that was run long before its day came."""
    settings = load_settings(home.config)
    with opened(home) as engine, writing(engine) as connection:
        run = open_run(
            connection,
            night=night,
            config_hash=settings.config_hash,
            code_version="0",
            seed=1,
            cutoff=cutoff_of(night, settings.bank.cutoff, ZONE),
            batch_horizon=1,
            at=after(first_night()),
        ).run
        finish_run(connection, run.run_id, status="incomplete", at=after(first_night()))


@pytest.mark.parametrize(
    "asked",
    [
        ("--night", FUTURE),
        ("--night", "9999-12-31"),
        ("--from", first_night(), "--to", "9999-12-31"),
        ("--from", "9999-12-30", "--to", "9999-12-31"),
    ],
)
def test_a_night_that_has_not_ended_is_refused_and_leaves_nothing_behind(home: Home, tellerwatch, asked):
    answer = tellerwatch("run", *asked)
    assert answer.code == ExitCode.USAGE
    assert str(last_closed_night(load_settings(home.config))) in answer.err
    with opened(home) as engine, engine.connect() as connection:
        assert runs_between(connection, finished=False) == []


def test_the_night_that_goes_on_now_is_refused_too(home: Home, tellerwatch):
    tonight = last_closed_night(load_settings(home.config), now()) + timedelta(days=1)
    assert tellerwatch("run", "--night", tonight).code == ExitCode.USAGE


def test_a_stored_night_of_the_future_does_not_end_the_watch(home: Home):
    settings = load_settings(home.config)
    run_too_early(home, FUTURE)
    with opened(home) as engine:
        due = nights_due(home, settings, engine, after(first_night()))
        found = standing(home, settings, engine, after(first_night()))
    assert due, "nothing is due for ever"
    assert found.waiting == len(due)
    assert found.last_done is None
    run_too_early(home, first_night() - timedelta(days=1))
    with opened(home) as engine:
        assert nights_due(home, settings, engine, after(first_night())) == [first_night()]
