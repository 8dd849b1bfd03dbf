"""The month's page: what had arrived, what drills found, its neighbours; a past month is closed once."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert

from pipeline.calendar import BusinessCalendar, days_between
from pipeline.casebook import runs
from pipeline.casebook.engine import init_casebook, open_casebook, writing
from pipeline.casebook.tables import batches, lake_files
from pipeline.drill.ledger import DrillDone, record_drill
from pipeline.home import Home
from pipeline.reporting.arrival import arrived
from pipeline.reporting.trend import write_trend
from pipeline.settings import Settings
from tests.conftest import Answer

AT = datetime(2026, 6, 19, 19, tzinfo=UTC)


@pytest.fixture
def engine(home: Home) -> Engine:
    home.make()
    home.config.touch(mode=0o600)
    (home.derived / "evidence" / "day=2026-01-01").mkdir(parents=True)  # evidence is stored, of other months
    init_casebook(home, Settings()).dispose()
    return open_casebook(home, Settings())


def ended(engine: Engine, night: date, horizon: int = 9) -> runs.Run:
    """Put a night into the ledger."""
    with writing(engine) as connection:
        opened = runs.open_run(
            connection,
            night=night,
            config_hash="0" * 12,
            code_version="0",
            seed=1,
            cutoff=AT,
            batch_horizon=horizon,
            at=AT,
        )
        return runs.finish_run(connection, opened.run.run_id, status="ok", at=AT, findings=[], manifest={})


def came(engine: Engine, batch: int, feed: str, rows: dict[date, int]) -> None:
    """Put the files of one batch into the ledger."""
    with writing(engine) as connection:
        batch_row = {"batch_id": batch, "opened_at": AT, "published_at": AT, "status": "published"}
        connection.execute(insert(batches).values(**batch_row))
        listed = [
            {"batch_id": batch, "feed": feed, "day": day, "path": f"{batch}-{feed}-{day}", "rows": count}
            for day, count in rows.items()
        ]
        connection.execute(insert(lake_files), listed)


def test_what_came_after_the_night_does_not_count_for_it(engine: Engine) -> None:
    first, night = date(2026, 5, 18), date(2026, 6, 18)
    calendar = BusinessCalendar("CN", first, night)
    work = [day for day in days_between(first, night) if calendar.is_workday(day)]
    came(engine, 1, "access_log", {**dict.fromkeys(work, 100), night: 40})
    came(engine, 2, "access_log", {night: 60})
    with engine.connect() as connection:
        assert arrived(connection, [ended(engine, night, horizon=1)], calendar, 0.5) == {night: 0.4}
        later = ended(engine, night - timedelta(days=1), horizon=2)
        assert arrived(connection, [later], calendar, 0.5) == {night - timedelta(days=1): 1.0}


def test_a_rest_day_counts_as_whole_within_what_rest_days_vary(engine: Engine) -> None:
    first, night = date(2026, 4, 18), date(2026, 6, 20)  # a Saturday
    calendar = BusinessCalendar("CN", first, night)
    rest = [day for day in days_between(first, night) if not calendar.is_workday(day)]
    counts = {day: 30 + 20 * (index % 4) for index, day in enumerate(rest)}
    came(engine, 1, "business_records", {**counts, night: 29})
    with engine.connect() as connection:
        assert arrived(connection, [ended(engine, night)], calendar, 0.5) == {night: 1.0}


def test_a_night_with_nothing_to_compare_with_has_no_coverage(engine: Engine) -> None:
    night = date(2026, 6, 18)
    came(engine, 1, "access_log", {night: 40})
    with engine.connect() as connection:
        run = ended(engine, night)
        assert arrived(connection, [run], BusinessCalendar("CN", night, night), 0.5) == {}


def test_the_first_night_of_a_month_closes_the_one_before_and_no_later_night_writes_it_again(
    engine: Engine, home: Home
) -> None:
    may, june = home.reports / "nights/2026/05/month.html", home.reports / "nights/2026/06/month.html"
    write_trend(home, Settings(), engine, ended(engine, date(2026, 5, 31)))
    assert "2026/06/month.html" not in may.read_text("utf-8")
    write_trend(home, Settings(), engine, ended(engine, date(2026, 6, 1)))
    assert "2026/06/month.html" in may.read_text("utf-8")
    assert "2026/05/month.html" in june.read_text("utf-8")
    may.unlink()
    write_trend(home, Settings(), engine, ended(engine, date(2026, 6, 2)))
    assert not may.exists()


def test_the_month_shows_what_its_drills_found_and_has_a_twin(engine: Engine, home: Home) -> None:
    night = date(2026, 6, 2)
    drill = DrillDone(night, 1, "0" * 12, "0", 1, AT, 1.0, "passed", 20, 17, 5.0, 0.6)
    record_drill(engine, drill)
    write_trend(home, Settings(), engine, ended(engine, night))
    twin = json.loads((home.reports / "nights/2026/06/month.json").read_text("utf-8"))
    assert (twin["recall_floor"], twin["nights"][0]["recall"]) == (0.6, 0.85)
    assert "85.0%" in (home.reports / "nights/2026/06/month.html").read_text("utf-8")


def test_a_month_is_written_again_on_demand_and_one_without_nights_is_refused(
    engine: Engine, home: Home, tellerwatch: Callable[..., Answer]
) -> None:
    write_trend(home, Settings(), engine, ended(engine, date(2026, 5, 31)))
    page = home.reports / "nights/2026/05/month.html"
    before = page.read_bytes()
    page.unlink()
    assert tellerwatch("month", "2026-05", "--json").json["path"] == str(page)
    assert page.read_bytes() == before
    assert tellerwatch("month", "2026-04").code == 2
