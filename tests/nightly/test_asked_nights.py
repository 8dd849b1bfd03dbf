"""Which nights can be asked for, and what becomes of homes in which a wrong one was run."""

from __future__ import annotations

import errno
from datetime import date, timedelta

import pytest

from pipeline.calendar import cutoff_of
from pipeline.casebook.engine import writing
from pipeline.casebook.runs import Run, begin_step, finish_run, open_run, runs_between, steps_of
from pipeline.clock import now
from pipeline.errors import ExitCode, TellerwatchError, UsageError
from pipeline.home import Home
from pipeline.lake.store import Lake
from pipeline.log import LogOptions, set_up
from pipeline.nightly.asked import refuse_open_nights
from pipeline.nightly.due import last_closed_night, nights_due
from pipeline.nightly.owed import draw_owed, tell_still_owed
from pipeline.nightly.run import REPORT
from pipeline.scheduling.standing import standing
from pipeline.settings import load_settings
from tests.nightly.tiny_nights import opened, play, take_in
from tests.soak.tiny_bank import FIRST, ZONE, drop_day, first_night
from tests.soak.undisturbed import after

FUTURE = date(2230, 1, 1)


@pytest.fixture(autouse=True)
def _log_to_this_tests_stderr() -> None:
    set_up(LogOptions())


def store_as_done(home: Home, night: date) -> Run:
    """Store a night as versions before did for which there were no data: done, and its report owed."""
    settings = load_settings(home.config)
    with opened(home) as engine, writing(engine) as connection:
        run = open_run(
            connection,
            night=night,
            config_hash=settings.config_hash,
            code_version="0",
            seed=1,
            cutoff=cutoff_of(night, settings.bank.cutoff, ZONE),
            batch_horizon=99,
            at=after(first_night()),
        ).run
        begin_step(connection, run.run_id, REPORT, after(first_night()))
        return finish_run(connection, run.run_id, status="incomplete", at=after(first_night()))


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


def test_where_the_machines_clock_is_behind_nights_are_taken_as_far_as_there_are_look_ups(home: Home):
    settings, long_ago = load_settings(home.config), after(FIRST) - timedelta(days=365)
    with opened(home) as engine:
        last = Lake(home, engine).days("access_log")[-1]
        refuse_open_nights(home, engine, settings, last, long_ago)
        with pytest.raises(UsageError, match=str(last)):
            refuse_open_nights(home, engine, settings, first_night(), long_ago)


def test_a_stored_night_of_the_future_does_not_end_the_watch(home: Home):
    settings = load_settings(home.config)
    store_as_done(home, FUTURE)
    with opened(home) as engine:
        due = nights_due(home, settings, engine, after(first_night()))
        found = standing(home, settings, engine, after(first_night()))
    assert due, "nothing is due for ever"
    assert found.waiting == len(due)
    assert found.last_done is None
    store_as_done(home, first_night() - timedelta(days=1))
    with opened(home) as engine:
        assert nights_due(home, settings, engine, after(first_night())) == [first_night()]


@pytest.mark.parametrize(
    "asked",
    [
        ("--night", FIRST - timedelta(days=1)),
        ("--night", "0001-01-01"),
        ("--from", FIRST - timedelta(days=1), "--to", FIRST),
    ],
)
def test_a_night_before_the_first_look_up_is_refused_with_the_day_on_which_they_begin(
    home: Home, tellerwatch, asked
):
    answer = tellerwatch("run", *asked)
    assert answer.code == ExitCode.USAGE
    assert str(FIRST) in answer.err
    with opened(home) as engine, engine.connect() as connection:
        assert runs_between(connection, finished=False) == []


def test_a_home_in_which_a_night_before_the_data_was_run_does_its_nights_and_draws_what_it_owes(home: Home):
    before = store_as_done(home, FIRST - timedelta(days=1))
    drop_day(home.root / "drop", first_night())
    take_in(home, first_night())
    (done,) = play(home, [first_night()])
    assert done.scored > 0
    assert done.report
    with opened(home) as engine, engine.connect() as connection:
        assert [step.status for step in steps_of(connection, before.run_id)] == ["ok"]


def test_a_report_that_cannot_be_drawn_keeps_no_other_back_and_is_told_where_it_was_asked_for(home: Home):
    nights = [FIRST, FIRST + timedelta(days=1), FIRST + timedelta(days=2)]
    owed = [store_as_done(home, night) for night in nights]
    wrong = {nights[0]: TellerwatchError("gone"), nights[1]: PermissionError("closed")}
    drawn = []

    def draw(run: Run, is_last: bool) -> None:
        if run.night in wrong:
            raise wrong[run.night]
        drawn.append((run.night, is_last))

    failed = draw_owed(owed, draw)
    assert drawn == [(nights[2], True)]
    assert failed == wrong
    tell_still_owed(failed, [first_night()])
    with pytest.raises(PermissionError):
        tell_still_owed(failed, nights[1:])
    with pytest.raises(OSError, match="full"):
        tell_still_owed({nights[0]: OSError(errno.ENOSPC, "full")}, [first_night()])
