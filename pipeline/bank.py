"""One bank under study: its groundwork laid for a span of nights, and any of them scored on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Engine

from pipeline.engines.tables import is_spark
from pipeline.errors import UsageError
from pipeline.facts.past import Past
from pipeline.features.catalogue import MEASURES
from pipeline.features.windows import BANDS, NightFacts, night_facts, positions_digest, staff_frame
from pipeline.groundwork import Groundwork, lay
from pipeline.home import Home
from pipeline.lake.store import Lake
from pipeline.scoring.scorer import NightScores, Scorer
from pipeline.settings import Settings

Tell = Callable[[str], None]

MOST_NIGHTS = 20
"""More nights than this are not computed together: it saves nothing more."""
MOST_CELLS = 40_000_000
"""Numbers of windowed facts that are held at once, eight bytes each."""


class Bank:
    """A span of nights of one bank.

    Attributes:
        groundwork: Evidence and facts.
        lake: The events.
    """

    def __init__(
        self,
        backend: Any,
        lake: Lake,
        groundwork: Groundwork,
        settings: Settings,
        past: Past | None = None,
    ) -> None:
        self.backend, self.lake, self.groundwork, self.settings = backend, lake, groundwork, settings
        self._past = past
        self._staff = staff_frame(groundwork.staff)
        self._known: dict[date, NightFacts] = {}
        self.scorer = Scorer(settings.detection, groundwork.calendar, self.facts, groundwork.begins)

    def facts(self, nights: Sequence[date]) -> Iterator[NightFacts]:
        """Yield the windowed facts of nights, in order; what was prepared is read, the rest is computed."""
        missing = [night for night in nights if night not in self._known]
        fresh = self._computed(missing)
        for night in nights:
            yield self._known[night] if night in self._known else next(fresh)

    def _computed(self, nights: Sequence[date]) -> Iterator[NightFacts]:
        laid = self.groundwork
        return iter(
            night_facts(
                self.backend, laid.facts, self._staff, laid.calendar, nights, laid.first, self.at_once
            )
        )

    @cached_property
    def at_once(self) -> int:
        """Nights whose facts are computed, and held, together: as many as keep within the bound on cells."""
        people = int(self.groundwork.facts.person.nunique().to_pyarrow().as_py() or 0)
        return max(1, min(MOST_NIGHTS, MOST_CELLS // max(1, people * BANDS * len(MEASURES))))

    def prepare(self, nights: Sequence[date]) -> None:
        """Compute the facts of some nights together, which is cheaper than one by one, and hold them.

        Only the first `at_once` of them are held; the others are computed when they are asked for.
        """
        missing = [night for night in nights if night not in self._known]
        for facts in self._computed(missing[: max(0, self.at_once - len(self._known))]):
            self._known[facts.night] = facts

    def forget(self, before: date) -> None:
        """Drop facts of nights before a day, to bound the memory."""
        for night in [night for night in self._known if night < before]:
            del self._known[night]

    def score(self, night: date) -> NightScores:
        """Score one night."""
        fresh = self._recall(night)
        (facts,) = self.facts([night])
        scores = self.scorer.score(facts)
        self._remember(night, fresh)
        return scores

    def _recall(self, night: date) -> set[date]:
        """Hand the scorer what is kept of the past nights, and return those of which nothing is."""
        if self._past is None:
            return set()
        missing = {one for one in self.scorer.reference_nights(night) if one not in self.scorer.past}
        for one in sorted(missing):
            if kept := self._past.read(one, positions_digest(self._staff, one)):
                self.scorer.past[one] = kept
                missing.discard(one)
        return missing

    def _remember(self, night: date, fresh: set[date]) -> None:
        if self._past is None:
            return
        for one in sorted(fresh):
            if one in self.scorer.past:
                self._past.write(one, positions_digest(self._staff, one), self.scorer.past[one])
        self._past.prune(night)

    def scored(self, first: date, last: date) -> Iterator[NightScores]:
        """Score the nights from `first` to `last`, in order."""
        nights = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
        for start in range(0, len(nights), self.at_once):
            some = nights[start : start + self.at_once]
            self.prepare(some)
            for night in some:
                yield self.score(night)
                self.forget(night + timedelta(days=1))


@contextmanager
def open_bank(
    home: Home,
    settings: Settings,
    engine: Engine,
    first: date,
    last: date,
    horizon: int | None = None,
    tell: Tell | None = None,
    stored: bool = False,
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
        stored: Read what is stored of earlier nights, and store what is new; only for the holder of the home's lock.

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
        groundwork = None
        if stored and not is_spark(backend):
            from pipeline.facts.kept import Keeper

            counted = lake.horizon() if horizon is None else horizon
            groundwork = Keeper(backend, lake, home, settings, first, last, counted).groundwork()
        if groundwork is not None:
            yield Bank(backend, lake, groundwork, settings, Past(home, settings))
        else:
            yield Bank(backend, lake, lay(backend, lake, settings, first, last, horizon), settings)
    finally:
        backend.disconnect()
