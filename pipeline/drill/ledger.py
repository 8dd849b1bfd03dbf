"""What drills came to, in the casebook: counts by scenario, and nobody's name."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from pipeline.casebook.engine import writing
from pipeline.casebook.tables import drill_scenarios, drills

PASSED, BELOW_FLOOR, NOT_ASSESSABLE = "passed", "below_floor", "not_assessable"


@dataclass(frozen=True)
class ScenarioResult:
    """How the leaks of one scenario ended.

    Attributes:
        scenario: What was planted.
        hosts: People under whose accounts.
        raised: How many of them a night raised.
        leaked_median: Median of leaked look-ups before the raise; all of them when never raised.
        delay_median: Median of days from the first leaked look-up to the raise, of those who were raised.
    """

    scenario: str
    hosts: int
    raised: int
    leaked_median: float | None
    delay_median: float | None

    @property
    def recall(self) -> float | None:
        """Share that was raised."""
        return self.raised / self.hosts if self.hosts else None


@dataclass(frozen=True)
class DrillDone:
    """What one drill came to.

    Attributes:
        night: The last night replayed.
        seed: The drill's seed.
        config_hash: The configuration under which the nights were scored.
        code_version: The version that scored them.
        batch_horizon: The last batch that counted.
        at: When the drill was done.
        seconds: How long it took.
        status: passed, below_floor or not_assessable.
        hosts: People under whose accounts leaks were planted.
        raised: How many of them a night raised.
        leaked_median: Median of leaked look-ups before the raise, all scenarios.
        floor: Share that had to be raised.
        scenarios: The same by scenario, in alphabetical order.
        skipped: Scenario → why this bank could not have it; `""` → why nothing could be said at all.
    """

    night: date
    seed: int
    config_hash: str
    code_version: str
    batch_horizon: int
    at: datetime
    seconds: float
    status: str
    hosts: int
    raised: int
    leaked_median: float | None
    floor: float
    scenarios: tuple[ScenarioResult, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def recall(self) -> float | None:
        """Share that was raised; None where nothing could be planted or nobody could be raised."""
        return self.raised / self.hosts if self.hosts and self.status != NOT_ASSESSABLE else None


def record_drill(engine: Engine, done: DrillDone) -> None:
    """Keep a drill; one of the same night, seed and configuration takes the place of the one before."""
    columns = {name: value for name, value in vars(done).items() if name != "scenarios"}
    same = (
        (drills.c.night == done.night)
        & (drills.c.seed == done.seed)
        & (drills.c.config_hash == done.config_hash)
    )
    with writing(engine) as connection:
        for (before,) in connection.execute(select(drills.c.drill_id).where(same)).all():
            connection.execute(delete(drill_scenarios).where(drill_scenarios.c.drill_id == before))
            connection.execute(delete(drills).where(drills.c.drill_id == before))
        kept = connection.execute(insert(drills).values(**columns)).inserted_primary_key
        if kept is not None and done.scenarios:
            rows = [{"drill_id": kept[0], **vars(one)} for one in done.scenarios]
            connection.execute(insert(drill_scenarios), rows)


def drill_trend(
    engine: Engine, first: date | None = None, last: date | None = None, most: int = 400
) -> list[DrillDone]:
    """Read the drills of a span of nights, oldest first.

    Of several drills of one night the one done last speaks for it.

    Args:
        engine: The casebook.
        first: First night; None from the beginning.
        last: Last night; None to the end.
        most: Newest nights read, at most.
    """
    query = select(drills).order_by(drills.c.night.desc(), drills.c.at.desc(), drills.c.drill_id.desc())
    if first is not None:
        query = query.where(drills.c.night >= first)
    if last is not None:
        query = query.where(drills.c.night <= last)
    with engine.connect() as connection:
        newest: dict[date, Any] = {}
        for row in connection.execute(query).mappings():
            newest.setdefault(row["night"], row)
            if len(newest) > most:
                break
        found = [_done(connection, row) for row in list(newest.values())[:most]]
    return found[::-1]


def last_drill(engine: Engine, night: date | None = None) -> DrillDone | None:
    """Read the newest drill of a night not later than `night`; None where there is none."""
    found = drill_trend(engine, last=night, most=1)
    return found[0] if found else None


def pooled(done: list[DrillDone]) -> tuple[ScenarioResult, ...]:
    """Put drills together per scenario: one night's handful of hosts says little of each.

    The medians are those of the drills' medians, each drill counting once.
    """
    from statistics import median

    groups: dict[str, list[ScenarioResult]] = {}
    for drill in done:
        if drill.status != NOT_ASSESSABLE:
            for one in drill.scenarios:
                groups.setdefault(one.scenario, []).append(one)

    def middle(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return float(median(known)) if known else None

    return tuple(
        ScenarioResult(
            name,
            sum(one.hosts for one in some),
            sum(one.raised for one in some),
            middle([one.leaked_median for one in some]),
            middle([one.delay_median for one in some]),
        )
        for name, some in sorted(groups.items())
    )


def _done(connection: Connection, row: Any) -> DrillDone:
    query = (
        select(drill_scenarios)
        .where(drill_scenarios.c.drill_id == row["drill_id"])
        .order_by(drill_scenarios.c.scenario)
    )
    scenarios = tuple(
        ScenarioResult(**{name: value for name, value in one.items() if name != "drill_id"})
        for one in connection.execute(query).mappings()
    )
    columns = {name: value for name, value in row.items() if name != "drill_id"}
    return DrillDone(**columns, scenarios=scenarios)
