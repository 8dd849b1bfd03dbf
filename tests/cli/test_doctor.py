from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from pipeline.casebook.engine import open_casebook, writing
from pipeline.casebook.tables import runs
from pipeline.clock import now
from pipeline.contract import FEEDS
from pipeline.errors import ExitCode
from pipeline.health import State, examine
from pipeline.lock import hold_lock
from pipeline.settings import Settings


@pytest.fixture
def examined(tellerwatch, home):
    """The checks on a fresh home, by name."""
    assert tellerwatch("init").code == ExitCode.OK

    def look(at: datetime | None = None):
        return {check.name: check for check in examine(home, at or now())}

    return look


def test_a_fresh_home_has_no_failure_and_says_what_is_still_to_come(tellerwatch, examined):
    answer = tellerwatch("doctor", "--json")
    assert answer.code == ExitCode.OK
    states = {check["name"]: check["state"] for check in answer.json["checks"]}
    assert "FAIL" not in states.values()
    assert states["newest data"] == states["last night"] == "WARN"
    assert states["token key"] == states["modes"] == states["casebook"] == states["lock"] == "OK"


def test_every_line_that_is_not_ok_has_a_fix(tellerwatch, examined):
    for check in tellerwatch("doctor", "--json").json["checks"]:
        assert bool(check["fix"]) == (check["state"] != "OK"), check


def test_without_a_home_the_fix_is_the_command_that_makes_one(tellerwatch, home):
    answer = tellerwatch("doctor")
    assert answer.code == ExitCode.USAGE
    assert f"tellerwatch --home {home.root} init" in answer.out
    assert not home.root.exists()


def test_a_readable_key_is_a_failure(examined, home):
    home.token_key.chmod(0o644)
    checks = examined()
    assert checks["token key"].state is State.FAIL
    assert f"chmod 600 {home.token_key}" in checks["token key"].fix
    assert checks["modes"].state is State.FAIL


def test_a_signing_key_that_others_can_read_fails_and_a_missing_one_warns(examined, home):
    assert examined()["signing key"].state is State.OK
    key = home.token_key.with_name("signing.key")
    key.chmod(0o644)
    assert examined()["signing key"].state is State.FAIL
    key.chmod(0o600)
    key.write_text("no key")
    assert examined()["signing key"].state is State.FAIL
    key.unlink()
    assert examined()["signing key"].state is State.WARN
    assert not key.exists()  # looking makes nothing


def test_a_missing_key_is_a_failure(examined, home):
    home.token_key.unlink()
    assert examined()["token key"].state is State.FAIL


def test_a_short_key_is_a_failure_and_is_not_shown(examined, monkeypatch):
    monkeypatch.setenv("TELLERWATCH_TOKEN_KEY", "river7")
    check = examined()["token key"]
    assert check.state is State.FAIL
    assert "river7" not in check.found + check.fix


def test_an_open_lake_is_a_failure(examined, home):
    home.lake.chmod(0o755)
    check = examined()["modes"]
    assert check.state is State.FAIL
    assert str(home.lake) in check.found


def test_a_missing_folder_is_a_failure(examined, home):
    home.tmp.rmdir()
    assert examined()["folders"].state is State.FAIL


def test_a_damaged_casebook_is_a_failure(examined, home):
    home.casebook.write_bytes(b"this is no database" * 100)
    assert examined()["casebook"].state is State.FAIL


def test_a_doubtful_configuration_is_a_failure(examined, home):
    home.config.write_text("[bank]\nzone = 'Mars/Olympus'\n", encoding="utf-8")
    assert examined()["configuration"].state is State.FAIL


def test_a_clock_that_is_behind_its_own_files_is_a_failure(examined, home):
    later = (now() + timedelta(days=2)).timestamp()
    os.utime(home.config, (later, later))
    assert examined()["clock"].state is State.FAIL


def test_a_year_without_announced_holidays_is_a_failure(examined):
    check = examined(datetime(2044, 5, 1, tzinfo=UTC))["holidays"]
    assert check.state is State.FAIL
    assert "2044" in check.found


def test_a_country_without_holidays_is_a_failure(examined, home):
    home.config.write_text("[bank]\ncountry = 'XX'\n", encoding="utf-8")
    check = examined()["configuration"]
    assert check.state is State.FAIL
    assert "bank.country" in check.found


def test_a_memory_limit_beyond_the_machine_is_a_warning(examined, home):
    home.config.write_text("[engine]\nmemory_limit = '900TB'\n", encoding="utf-8")
    assert examined()["memory"].state is State.WARN
    home.config.write_text("[engine]\nmemory_limit = 'plenty'\n", encoding="utf-8")
    assert examined()["memory"].state is State.FAIL


def test_a_held_lock_is_a_warning_that_names_the_holder(examined, home):
    with hold_lock(home, "run", now()):
        check = examined()["lock"]
    assert check.state is State.WARN
    assert f"process {os.getpid()}" in check.found
    assert examined()["lock"].state is State.OK


def test_feeds_that_never_came_are_named(examined):
    found = examined()["feeds"].found
    assert all(feed in found for feed in FEEDS)


def add_run(home, night, status):
    engine = open_casebook(home, Settings())
    with writing(engine) as connection:
        connection.execute(
            insert(runs).values(
                run_id=f"{night}-a-0", night=night, config_hash="a", revision=0, code_version="0", seed=1,
                status=status, cutoff=now(), batch_horizon=0, started_at=now(), finished_at=now(), scored=1,
                new_cases=0, findings=[], manifest={},
            )
        )  # fmt: skip
    engine.dispose()


def test_a_recent_good_night_is_ok_and_an_old_one_a_warning(examined, home):
    at = now()
    add_run(home, at.date() - timedelta(days=1), "ok")
    assert examined(at)["last night"].state is State.OK
    assert examined(at + timedelta(days=10))["last night"].state is State.WARN


def test_a_failed_last_night_is_a_failure_with_the_command_that_repeats_it(examined, home):
    night = now().date() - timedelta(days=1)
    add_run(home, night, "failed")
    check = examined()["last night"]
    assert check.state is State.FAIL
    assert f"run --night {night}" in check.fix
