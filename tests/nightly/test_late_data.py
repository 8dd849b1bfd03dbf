"""Data that come late re-open the nights that lacked them, and the next report says what changed."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from pipeline.casebook.runs import latest_run
from pipeline.casebook.scores import read_scores
from pipeline.home import Home
from pipeline.lake.store import Lake
from pipeline.nightly.findings import late_rows
from pipeline.nightly.rescoring import nights_with_late_data
from pipeline.settings import load_settings
from tests.homes import copied
from tests.nightly.tiny_nights import opened, play, take_in
from tests.soak.plan import BUSINESS
from tests.soak.tiny_bank import SELLER, day_of, drop_day, first_night

FIRST = first_night()
SECOND = FIRST + timedelta(days=1)


def scores_of(home: Home) -> dict[object, list[object]]:
    found = {}
    with opened(home) as engine, engine.connect() as connection:
        for night in (FIRST, SECOND):
            run = latest_run(connection, night=night)
            assert run is not None
            found[night] = [
                (row.employee_id, row.score, row.alert, row.unexplained, row.families)
                for row in read_scores(connection, run.run_id)
            ]
    return found


def test_parties_alone_that_come_late_re_open_the_days_of_their_records(home: Home) -> None:
    drop_day(home.root / "drop", FIRST, ("access_log", "business_records"))
    take_in(home, FIRST)
    play(home, [FIRST])
    drop_day(home.root / "drop", FIRST, ("record_parties",))
    take_in(home, SECOND)
    settings = load_settings(home.config)
    with opened(home) as engine:
        horizon = Lake(home, engine).horizon()
        assert nights_with_late_data(engine, settings, horizon, SECOND) == [FIRST]
        with engine.connect() as connection:
            run = latest_run(connection, night=FIRST)
        (late,) = late_rows(engine, SECOND, run.batch_horizon, horizon, settings.bank.zone)
    assert (late.feed, late.detail["days"]) == ("record_parties", [FIRST.isoformat()])
    assert late.count == len(day_of(FIRST)["record_parties"])


def test_a_night_whose_business_came_late_is_scored_again_and_the_next_report_lists_what_changed(
    home: Home, tmp_path: Path
) -> None:
    punctual = Home(copied(home.root, tmp_path / "punctual"))
    drop_day(home.root / "drop", FIRST, ("access_log",))
    take_in(home, FIRST)
    (blind,) = play(home, [FIRST])
    assert (blind.status, blind.revision) == ("incomplete", 0)

    drop_day(home.root / "drop", FIRST, BUSINESS)
    drop_day(home.root / "drop", SECOND)
    take_in(home, SECOND)
    settings = load_settings(home.config)
    never = settings.model_copy(update={"schedule": settings.schedule.model_copy(update={"rescore_days": 0})})
    with opened(home) as engine:
        horizon = Lake(home, engine).horizon()
        assert nights_with_late_data(engine, settings, horizon, SECOND) == [FIRST]
        assert nights_with_late_data(engine, never, horizon, SECOND) == []
        week_later = FIRST + timedelta(days=settings.schedule.rescore_days + 1)
        assert nights_with_late_data(engine, settings, horizon, week_later) == []
    again, second = play(home, [SECOND], late_too=True)
    assert (again.night, again.revision, second.night, second.revision) == (FIRST, 1, SECOND, 0)
    with opened(home) as engine:
        assert nights_with_late_data(engine, settings, horizon, SECOND) == []  # once is enough

    for day in (FIRST, SECOND):
        drop_day(punctual.root / "drop", day)
    take_in(punctual, SECOND)
    play(punctual, [FIRST, SECOND])
    assert scores_of(home) == scores_of(punctual)

    page = json.loads(Path(second.report).with_suffix(".json").read_text(encoding="utf-8"))
    (told,) = [one["text"]["en"] for one in page["changes"] if "was scored again" in one["text"]["en"]]
    assert str(FIRST) in told
    assert "business_records" in told
    with opened(home) as engine, engine.connect() as connection:
        (change,) = latest_run(connection, night=SECOND).manifest["rescored"]
    # While the business was away nobody could be accused; now the seller's look-ups stand without any.
    assert change["unexplained"][0] < change["unexplained"][1]
    assert SELLER in change["raised"] or change["people"] > 0
