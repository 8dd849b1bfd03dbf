"""One bank under study: its groundwork laid for a span of nights, and any of them scored on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine

from pipeline.errors import UsageError
from pipeline.features.windows import NightFacts, night_facts, staff_frame
from pipeline.groundwork import Groundwork, lay
from pipeline.home import Home
from pipeline.lake.store import Lake
from pipeline.scoring import NightScores, Scorer
from pipeline.settings import Settings

Tell = Callable[[str], None]


class Bank:
    """A span of nights of one bank.

    Attributes:
        groundwork: Evidence and facts.
        lake: The events.
    """

    def __init__(self, backend: Any, lake: Lake, groundwork: Groundwork, settings: Settings) -> None:
        self.backend, self.lake, self.groundwork, self.settings = backend, lake, groundwork, settings
        self._staff = staff_frame(groundwork.staff)
        self._known: dict[date, NightFacts] = {}
        self.scorer = Scorer(settings.detection, groundwork.calendar, self.facts, groundwork.begins)

    def facts(self, nights: Sequence[date]) -> Iterable[NightFacts]:
        """Return the windowed facts of nights, each computed once and kept for as long as it can be asked for again."""
        missing = [night for night in nights if night not in self._known]
        for facts in night_facts(
            self.backend,
            self.groundwork.facts,
            self._staff,
            self.groundwork.calendar,
            missing,
            self.groundwork.first,
        ):
            self._known[facts.night] = facts
        return [self._known[night] for night in nights]

    def prepare(self, nights: Sequence[date]) -> None:
        """Compute the facts of many nights together, which is cheaper than one by one."""
        self.facts(nights)

    def forget(self, before: date) -> None:
        """Drop facts of nights before a day, to bound the memory."""
        for night in [night for night in self._known if night < before]:
            del self._known[night]

    def score(self, night: date) -> NightScores:
        """Score one night."""
        (facts,) = self.facts([night])
        return self.scorer.score(facts)

    def scored(self, first: date, last: date, chunk: int = 20) -> Iterator[NightScores]:
        """Score the nights from `first` to `last`, in order."""
        nights = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        for start in range(0, len(nights), chunk):
            some = nights[start : start + chunk]
            self.prepare(some)
            for night in some:
                yield self.score(night)
            self.forget(some[0] - timedelta(days=chunk))


@contextmanager
def open_bank(
    home: Home,
    settings: Settings,
    engine: Engine,
    first: date,
    last: date,
    horizon: int | None = None,
    tell: Tell | None = None,
) -> Iterator[Bank]:
    """Open the engine, lay the groundwork for the nights asked about, and close it again.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        first: First night asked about.
        last: Last night asked about.
        horizon: Highest ingest batch that counts; None takes all.
        tell: Told how the work goes.

    Raises:
        UsageError: There is no access log to read.
    """
    from pipeline.lake.engine import connect

    lake = Lake(home, engine)
    if not lake.has("access_log", horizon):
        raise UsageError(
            "No look-up has been taken in yet: the lake holds no access_log, so there is no night to run.",
            f"Take in the bank's exports first: `tellerwatch --home {home.root} ingest FOLDER`.",
        )
    backend = connect(home, settings)
    try:
        if tell:
            tell("Linking look-ups to business records")
        yield Bank(backend, lake, lay(backend, lake, settings, first, last, horizon), settings)
    finally:
        backend.disconnect()
