"""One night, two machines, one PostgreSQL: it is done exactly once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select, text

from pipeline.casebook import access, case_writing, turn, upgrade
from pipeline.casebook.case_writing import hold_cases
from pipeline.casebook.engine import open_casebook
from pipeline.casebook.tables import runs, scores
from pipeline.casebook.turn import hold_turn
from pipeline.errors import LockedError
from pipeline.home import Home
from pipeline.settings import Settings
from tests.casebook.conftest import settings_for
from tests.homes import copied

NIGHT = "2026-06-18"


def engine_of(url: str, tmp_path: Path):
    return open_casebook(Home(tmp_path), settings_for(url))


@pytest.mark.postgres
def test_two_sessions_never_have_the_turn_at_once_and_a_broken_one_gives_it_back(
    postgres_casebook_url, tmp_path
):
    one, other = (engine_of(postgres_casebook_url, tmp_path) for _ in range(2))
    with hold_turn(one), pytest.raises(LockedError, match="Another machine"), hold_turn(other):
        pytest.fail("both had the turn")
    with hold_turn(other):
        pass
    with pytest.raises(ZeroDivisionError), hold_turn(one):
        raise ZeroDivisionError
    with hold_turn(other):
        pass
    one.dispose()
    other.dispose()


def test_sqlite_needs_no_turn(tmp_path):
    engine = create_engine("sqlite://")
    with hold_turn(engine), hold_turn(engine):
        pass
    assert Settings().casebook.url == ""


def exports(folder: Path) -> Path:
    """A few look-ups and the business of one small branch over two weeks."""
    folder.mkdir()
    log = ["event_id,occurred_at,employee_id,subject_id,reason,branch_id"]
    for day in range(5, 19):
        for number in range(6):
            moment = f"2026-06-{day:02d}T{9 + number:02d}:15:00+08:00"
            log.append(
                f"e{day}-{number},{moment},E{number % 3},00010119900101{day:02d}{number}X,loan_approval,B1"
            )
    (folder / "access_log.csv").write_text("\n".join(log) + "\n", encoding="utf-8")
    staff = "employee_id,name,role,branch_id\n" + "".join(
        f"E{n},Invented {n},loan_officer,B1\n" for n in range(3)
    )
    (folder / "employees.csv").write_text(staff, encoding="utf-8")
    return folder


@pytest.mark.postgres
def test_two_machines_that_run_the_same_night_do_it_exactly_once(postgres_casebook_url, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    environment = {**os.environ, "TELLERWATCH_CASEBOOK__URL": postgres_casebook_url}

    def tellerwatch(home: Path, *words: str) -> subprocess.Popen[str]:
        line = [sys.executable, "-m", "pipeline", "--home", str(home), "--json", *words]
        return subprocess.Popen(
            line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    assert tellerwatch(first, "init").wait(60) == 0
    taken = tellerwatch(first, "ingest", str(exports(tmp_path / "exports")))
    assert taken.wait(120) == 0, taken.communicate()
    copied(first, second)  # what two machines see of one shared folder

    both = [tellerwatch(home, "run", "--night", NIGHT) for home in (first, second)]
    answers = [(process.communicate(timeout=240), process.returncode) for process in both]
    codes = sorted(code for _, code in answers)
    assert set(codes) <= {0, 3, 5}, answers
    assert any(code in (0, 3) for code in codes)

    again = tellerwatch(second, "run", "--night", NIGHT)
    told = json.loads(again.communicate(timeout=240)[0])["nights"]
    engine = engine_of(postgres_casebook_url, tmp_path)
    with engine.connect() as connection:
        ledger = connection.execute(select(runs)).all()
        people = connection.execute(select(scores.c.employee_id)).scalars().all()
    engine.dispose()
    assert [run.run_id for run in ledger] == [told[0]["run_id"]]
    assert len(people) == len(set(people)) == ledger[0].scored


def test_no_two_advisory_locks_of_the_casebook_are_the_same_lock() -> None:
    """A night holds its turn while it writes cases: one number for both, and it would wait for itself."""
    locks = [access._APPEND_LOCK, case_writing._CASE_LOCK, turn._TURN_LOCK, upgrade._UPGRADE_LOCK]
    assert len(set(locks)) == len(locks)


@pytest.mark.postgres
def test_a_night_that_holds_its_turn_can_write_cases(postgres_casebook_url, tmp_path):
    engine = engine_of(postgres_casebook_url, tmp_path)
    with hold_turn(engine), engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '3s'"))
        hold_cases(connection)
    engine.dispose()
