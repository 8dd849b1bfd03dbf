"""When the scheduler runs the drill."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.home import Home
from pipeline.scheduling.plan import plan
from pipeline.settings import Settings


def moments(home: Home, **sections: dict[str, object]) -> list[datetime]:
    """The drill's next three moments; none where it is not planned."""
    jobs = {one.name: one for one in plan(home, Settings.model_validate(sections))}
    if "drill" not in jobs:
        return []
    assert jobs["drill"].steps == (("drill",),)
    found: list[datetime] = []
    now = datetime(2026, 6, 18, 12, tzinfo=UTC)
    for _ in range(3):
        now = jobs["drill"].trigger.get_next_fire_time(None, now)
        found.append(now)
        now += timedelta(minutes=1)
    return found


@pytest.mark.parametrize(("day", "apart"), [("every", 1), ("sun", 7)])
def test_the_drill_follows_each_night_or_one_a_week(home: Home, day: str, apart: int) -> None:
    first, second, third = moments(home, schedule={"drill_day": day})
    assert second - first == third - second == timedelta(days=apart)


def test_without_a_day_or_switched_off_there_is_no_drill(home: Home) -> None:
    assert moments(home) == []
    assert moments(home, schedule={"drill_day": "every"}, drill={"enabled": False}) == []
