from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from pipeline.casebook.access import access_log_of
from pipeline.casebook.chain import verify_chain
from pipeline.casebook.decisions import close
from pipeline.casebook.engine import open_casebook, reading, writing
from pipeline.casebook.record_check import verify_record
from pipeline.casebook.scores import ScoreRow, write_scores
from pipeline.casebook.tables import batches, lake_files, scores
from pipeline.installation import install
from pipeline.retention.purge import Purge
from pipeline.settings import Settings
from pipeline.whole_file import write_whole
from tests.casebook.nights import alert, done

TODAY = datetime(2026, 6, 19, 4, 0, tzinfo=UTC)
OLD, YOUNG = date(2024, 1, 5), date(2026, 6, 1)
KEEP = {"lookups_days": 500, "scores_days": 500, "reports_days": 500, "logs_days": 60}


@pytest.fixture
def casebook(home):
    install(home)
    engine = open_casebook(home, Settings())
    with writing(engine) as connection:
        opened = {"batch_id": 1, "opened_at": TODAY, "published_at": TODAY, "status": "published"}
        connection.execute(insert(batches).values(opened))
        for day in (OLD, YOUNG):
            path = f"access_log/day={day}/part.parquet"
            row = {"batch_id": 1, "feed": "access_log", "day": day, "path": path, "rows": 5}
            connection.execute(insert(lake_files).values(row))
            (home.lake / path).parent.mkdir(parents=True)
            (home.lake / path).write_bytes(b"rows")
            derived = home.derived / "evidence" / f"day={day}" / "part.parquet"
            derived.parent.mkdir(parents=True)
            derived.write_bytes(b"rows")
            run = done(connection, day)
            write_scores(connection, run.run_id, [ScoreRow("E1", 1.0, 0.5, 1, False, 0)])
    for name, age in (("old.html", 600), ("young.html", 10)):
        report = home.reports / name
        report.write_text("page", encoding="utf-8")
        moment = (TODAY - timedelta(days=age)).timestamp()
        os.utime(report, (moment, moment))
    yield engine
    engine.dispose()


def purge(home, engine, **keep) -> Purge:
    return Purge(home, Settings.model_validate({"retention": {**KEEP, **keep}}), engine, TODAY)


def counts(found) -> dict[str, tuple[int, int]]:
    return {one.kind: (one.count, one.held) for one in found if one.count or one.held}


ALL_OLD = {"look-ups": (1, 0), "derived": (1, 0), "scores": (1, 0), "reports": (1, 0)}


def left(home) -> set[str]:
    return {path.relative_to(home.root).as_posix() for path in home.root.rglob("*") if path.is_file()}


def test_a_dry_run_names_all_that_is_due_and_deletes_nothing(home, casebook):
    before = left(home)
    assert counts(purge(home, casebook).due()) == ALL_OLD
    assert left(home) == before
    with casebook.connect() as connection:
        assert access_log_of(connection) == []


def test_a_purge_deletes_what_the_dry_run_named_and_nothing_else(home, casebook):
    before = left(home)
    assert counts(purge(home, casebook).run("officer", "here")) == ALL_OLD
    assert before - left(home) == {
        f"lake/access_log/day={OLD}/part.parquet",
        f"derived/evidence/day={OLD}/part.parquet",
        "reports/old.html",
    }
    with casebook.connect() as connection:
        assert connection.scalars(select(lake_files.c.day)).all() == [YOUNG]
        assert connection.scalar(select(func.count()).select_from(scores)) == 1
    assert counts(purge(home, casebook).run("officer", "here")) == {}


def test_a_purge_proves_itself_in_the_access_record(home, casebook):
    purge(home, casebook).run("officer", "here")
    with casebook.connect() as connection:
        (entry,) = access_log_of(connection)
        assert verify_chain(connection, []).intact
    assert (entry.act, entry.actor) == ("purge", "officer")
    assert entry.detail["look-ups"] == {"count": 1, "held": 0, "before": "2025-02-04"}


def test_a_purge_names_the_cases_that_it_ends_and_the_rest_still_holds(home, casebook):
    with writing(casebook) as connection:
        for number, name in enumerate(("E7", "E8")):
            moment = TODAY - timedelta(days=900 - 890 * number)
            case_id = alert(connection, done(connection, moment.date()), name, at=moment).case_id
            words = {"disposition": "duplicate", "text": "Seen.", "actor": "officer", "at": moment}
            close(connection, case_id, **words)
    assert counts(purge(home, casebook, cases_days=500).run("officer", "here"))["cases"] == (1, 0)
    with reading(casebook) as connection:
        (entry,) = access_log_of(connection, target="retention")
        report = verify_record(connection)
    assert entry.detail["cases"]["case_ids"] == ["C-2024-0001"]
    assert (report.intact, report.cases) == (True, 1)


def test_an_open_case_keeps_what_it_rests_on(home, casebook):
    with writing(casebook) as connection:
        alert(connection, done(connection, date(2025, 1, 10)), "E7")
    found = counts(purge(home, casebook).due())
    assert (found["look-ups"], found["scores"], found["derived"]) == ((0, 1), (0, 1), (0, 1))


def test_nights_keep_what_they_look_back_on_whatever_is_configured(home, casebook):
    found = {one.kind: one for one in purge(home, casebook, lookups_days=1).due()}
    assert found["look-ups"].before == date(2026, 6, 19) - timedelta(days=400)


def test_nothing_goes_where_a_kind_is_kept_for_ever(home, casebook):
    forever = dict.fromkeys(("lookups_days", "scores_days", "reports_days", "logs_days"), 0)
    assert counts(purge(home, casebook, **forever).run("officer", "here")) == {}


def test_a_hold_keeps_its_days_until_it_is_released(home, casebook, tellerwatch, monkeypatch):
    for name, value in KEEP.items():
        monkeypatch.setenv(f"TELLERWATCH_RETENTION__{name.upper()}", str(value))
    span = ("--from", "2024-01-01", "--to", "2024-12-31")
    answer = tellerwatch("purge", "hold", *span, "--case", "PSB-7", "--reason", "police request", "--json")
    number = answer.json["number"]
    assert counts(purge(home, casebook).due())["look-ups"] == (0, 1)
    assert [one["case_no"] for one in tellerwatch("purge", "holds", "--json").json["holds"]] == ["PSB-7"]
    assert tellerwatch("purge", "release", number + 1, "--reason", "no such").code == 2
    assert tellerwatch("purge", "release", number, "--reason", "matter closed").code == 0
    assert tellerwatch("purge", "--dry-run", "--json").json["dry_run"]
    assert counts(purge(home, casebook).due())["look-ups"] == (1, 0)
    assert tellerwatch("ledger", "verify").code == 0


def test_a_purge_that_was_cut_off_is_finished_by_the_next(home, casebook):
    orphan, named = "lake/access_log/day=2023-01-01/part.parquet", f"lake/access_log/day={YOUNG}/part.parquet"
    (home.root / orphan).parent.mkdir(parents=True)
    (home.root / orphan).write_bytes(b"rows")
    write_whole(home.tmp / "purge.json", f'["{orphan}", "{named}"]')
    purge(home, casebook, **dict.fromkeys(KEEP, 0)).run("officer", "here")
    assert not (home.root / orphan).exists()
    assert (home.root / named).exists()
    assert not (home.tmp / "purge.json").exists()
