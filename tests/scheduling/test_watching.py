from __future__ import annotations

import re
import stat
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from pipeline.casebook.engine import open_casebook, writing
from pipeline.casebook.runs import finish_run, open_run
from pipeline.casebook.tables import batches, files, lake_files
from pipeline.drill.ledger import DrillDone, record_drill
from pipeline.health import State, examine
from pipeline.scheduling.clock_watch import ClockWatch
from pipeline.scheduling.heartbeat import (
    Heartbeat,
    JobState,
    heartbeat_file,
    push,
    read_heartbeat,
    write_heartbeat,
)
from pipeline.scheduling.metrics import metrics_file, metrics_text, write_metrics
from pipeline.scheduling.pulse import Pulse
from pipeline.scheduling.standing import standing
from pipeline.settings import Settings

NIGHT = date(2026, 6, 18)
MORNING = datetime(2026, 6, 19, 1, 0, tzinfo=UTC)  # 09:00 in the bank's zone
SAMPLE = re.compile(
    r'tellerwatch_[a-z_]+(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? -?[0-9.]+(e[+-]?[0-9]+)?'
)


@pytest.fixture
def casebook(ready):
    engine = open_casebook(ready, Settings())
    yield engine
    engine.dispose()


def night(engine, day: date, status: str = "ok", findings=()):
    with writing(engine) as connection:
        run = open_run(
            connection,
            night=day,
            config_hash="a",
            code_version="0",
            seed=1,
            cutoff=MORNING,
            batch_horizon=1,
            at=MORNING - timedelta(minutes=10),
        ).run
        if status != "running":
            finish_run(
                connection,
                run.run_id,
                status=status,
                at=MORNING - timedelta(minutes=5),
                scored=60,
                new_cases=2,
                findings=list(findings),
            )


def delivered(engine, *days: date):
    with writing(engine) as connection:
        connection.execute(
            insert(batches).values(batch_id=1, opened_at=MORNING, published_at=MORNING, status="published")
        )
        connection.execute(
            insert(files).values(
                file_id=1,
                batch_id=1,
                path="a.csv",
                sha256="0" * 64,
                size_bytes=1,
                feed="access_log",
                encoding="utf-8",
                read=12,
                accepted=9,
                duplicate=1,
                rejected=2,
                reasons={},
                received_at=MORNING,
            )
        )
        for day in days:
            connection.execute(
                insert(lake_files).values(batch_id=1, feed="access_log", day=day, path=f"{day}", rows=9)
            )


def test_a_heartbeat_is_read_as_it_was_written_and_by_its_owner_alone(ready):
    jobs = (JobState("nightly", next_run=MORNING, verdict="done", exit_code=0), JobState("tell"))
    beat = Heartbeat(MORNING, 12, "here", MORNING - timedelta(hours=1), None, jobs)
    write_heartbeat(ready, beat)
    assert read_heartbeat(ready) == beat
    assert stat.S_IMODE(heartbeat_file(ready).stat().st_mode) == 0o600
    assert [path.name for path in ready.watch.iterdir()] == ["heartbeat.json"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"at": 1, "jobs": 3}', '{"jobs": [{"nom": 1}]}'])
def test_a_heartbeat_that_cannot_be_read_counts_as_none(ready, text):
    heartbeat_file(ready).write_text(text, encoding="utf-8")
    assert read_heartbeat(ready) is None


def test_the_switch_is_called_and_a_refusal_is_told(web):
    assert push(web.url, 5) == ""
    web.status = 500
    assert "HTTPError" in push(web.url, 5)
    assert [(method, path) for method, path, _, _ in web.calls] == [("GET", "/hook"), ("GET", "/hook")]
    assert push("http://127.0.0.1:1/", 1) != ""
    assert "no http" in push("file:///etc/hostname", 1)


def test_the_switch_is_called_while_all_is_well_and_not_when_a_night_is_late(ready, casebook, web):
    delivered(casebook, NIGHT)
    settings = Settings.model_validate({"watch": {"push_url": web.url}})
    night(casebook, NIGHT)
    Pulse(ready, settings, lambda: MORNING).look()
    assert len(web.calls) == 1
    Pulse(ready, settings, lambda: MORNING + timedelta(days=3)).look()
    assert len(web.calls) == 1


def test_the_switch_is_not_called_when_the_casebook_is_gone(ready, web):
    ready.casebook.unlink()
    Pulse(ready, Settings.model_validate({"watch": {"push_url": web.url}}), lambda: MORNING).look()
    assert web.calls == []


def test_a_night_is_late_only_after_its_time_and_the_grace(ready, casebook):
    delivered(casebook, NIGHT)
    settings = Settings()  # cut-off 02:00 in Shanghai, 30 minutes of delay, 6 hours of grace
    due = datetime(2026, 6, 18, 18, 30, tzinfo=UTC)
    assert not standing(ready, settings, casebook, due + timedelta(hours=5, minutes=59)).late
    found = standing(ready, settings, casebook, due + timedelta(hours=6, minutes=1))
    assert (found.late, found.expected, found.last_done, found.waiting) == (True, NIGHT, None, 1)
    night(casebook, NIGHT, "incomplete")
    found = standing(ready, settings, casebook, due + timedelta(hours=6, minutes=1))
    assert (found.late, found.last_done, found.last_good, found.waiting) == (False, NIGHT, None, 0)


def test_a_failed_night_counts_as_late_until_it_is_done(ready, casebook):
    delivered(casebook, NIGHT)
    night(casebook, NIGHT, "failed")
    found = standing(ready, Settings(), casebook, datetime(2026, 6, 18, 18, 40, tzinfo=UTC))
    assert (found.late, found.failed) == (True, (NIGHT,))
    night(casebook, NIGHT)
    assert not standing(ready, Settings(), casebook, MORNING).late


def test_a_home_without_data_is_not_late(ready, casebook):
    assert not standing(ready, Settings(), casebook, MORNING).late


def test_the_metrics_are_in_prometheus_form_and_say_what_the_ledger_says(ready, casebook):
    delivered(casebook, NIGHT)
    night(casebook, NIGHT, findings=[{"code": "late_feed", "feed": "business_records", "count": 74}])
    text = metrics_text(ready, Settings(), casebook, MORNING)
    samples = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in samples)
    declared = re.findall(r"^# TYPE (\w+) gauge$", text, re.MULTILINE)
    assert len(declared) == len(set(declared))
    assert {line.partition("{")[0].split()[0] for line in samples} <= set(declared)
    assert 'tellerwatch_rows{feed="access_log",outcome="rejected"} 2' in samples
    assert 'tellerwatch_night_findings{code="late_feed",feed="business_records"} 74' in samples
    assert "tellerwatch_night_duration_seconds 300" in samples
    assert (
        f"tellerwatch_last_good_night_timestamp_seconds {datetime(2026, 6, 18, tzinfo=UTC).timestamp():.15g}"
        in samples
    )


def test_the_metrics_say_what_share_of_planted_leakers_the_last_drill_raised(ready, casebook):
    assert "drill_recall" not in metrics_text(ready, Settings(), casebook, MORNING)
    for days, raised in ((7, 9), (0, 6)):
        at = MORNING - timedelta(days=days)
        record_drill(
            casebook,
            DrillDone(NIGHT - timedelta(days=days), 1, "c", "0", 1, at, 9.0, "passed", 12, raised, 8.0, 0.5),
        )
    samples = metrics_text(ready, Settings(), casebook, MORNING).splitlines()
    assert "tellerwatch_drill_recall 0.5" in samples
    assert "tellerwatch_drill_floor 0.5" in samples
    assert f"tellerwatch_drill_timestamp_seconds {MORNING.timestamp():.15g}" in samples


def test_the_metrics_lie_in_the_home_or_where_the_collector_reads_them(ready, casebook, tmp_path):
    write_metrics(ready, Settings(), casebook, MORNING)
    assert stat.S_IMODE((ready.watch / "tellerwatch.prom").stat().st_mode) == 0o600
    elsewhere = Settings.model_validate({"watch": {"textfile": str(tmp_path / "collected.prom")}})
    write_metrics(ready, elsewhere, casebook, MORNING)
    assert stat.S_IMODE(metrics_file(ready, elsewhere).stat().st_mode) == 0o644
    assert [path.name for path in tmp_path.glob("*.new")] == []


def test_a_set_clock_is_noticed_once_and_a_drifting_one_not_at_all():
    wall, steady, jumps = [1000.0], [5.0], []
    watch = ClockWatch(lambda: wall[0], lambda: steady[0], jumps.append)
    for ahead in (0.5, 0.5, 20.0):  # it drifts a little, as clocks do
        wall[0], steady[0] = wall[0] + 60 + ahead, steady[0] + 60
        watch.look()
    assert jumps == []
    wall[0] -= 3600
    watch.look()
    watch.look()
    assert [round(jump) for jump in jumps] == [-3579]


def test_the_doctor_fails_loudly_on_a_scheduler_that_died_without_a_word(ready):
    def found(at: datetime):
        return {check.name: check for check in examine(ready, at)}["scheduler"]

    assert found(MORNING).state is State.WARN
    write_heartbeat(ready, Heartbeat(MORNING, 12, "here", MORNING, None, ()))
    assert found(MORNING + timedelta(minutes=2)).state is State.OK
    dead = found(MORNING + timedelta(minutes=10))
    assert (dead.state, "schedule" in dead.fix) == (State.FAIL, True)
    write_heartbeat(ready, Heartbeat(MORNING, 12, "here", MORNING, MORNING, ()))
    assert found(MORNING + timedelta(minutes=10)).state is State.WARN
