"""How much of what shows how something was done may speak: sheer mass by how much of it is open."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from pipeline.features.windows import WINDOWS
from pipeline.scoring.family_limits import NO_MORE_NATS, SPANS, limited, open_shares
from pipeline.scoring.scorer import Scorer
from pipeline.settings import Alerting, Detection
from tests.scoring.made_nights import LAST, later, ordinary, scorer

NIGHT = later(0)
BATCH = 7
"""Who has a great batch."""


@cache
def _watch() -> Scorer:
    """Return one scorer for all: its past is computed once."""
    return scorer()


def _batch(when: int, *, explained: bool) -> float:
    """Return the score of somebody with a batch of 400 in the given band of days, and nothing since."""

    def change(bands: dict[str, np.ndarray]) -> None:
        bands["lookups"][BATCH] = [0, 0, 0, 200, 300, 50]
        bands["lookups"][BATCH, when] += 400
        for name in ("typed", "attempts", "closed_application", "supported_application"):
            bands[name][BATCH] = bands["lookups"][BATCH]
        bands["linked"] = bands["supported_application"] * 0 + bands["lookups"]
        bands["not_assessable"] = np.zeros_like(bands["lookups"])
        if not explained:
            bands["linked"][BATCH, when] = 0
            bands["not_assessable"][BATCH, when] = 400
        bands["unlinked_application"][BATCH] = 0
        bands["hollow_application"][BATCH] = 0

    return float(_watch().score(ordinary(NIGHT, change)).score[BATCH])


def test_a_months_batch_is_open_as_far_as_it_was_that_month() -> None:
    month = WINDOWS.index(20)
    assert _batch(month, explained=True) < Alerting().open_nats < _batch(month, explained=False)


def test_how_much_is_open_is_asked_of_each_span_by_itself() -> None:
    def change(bands: dict[str, np.ndarray]) -> None:
        for name in ("linked", "far", "thin", "pending", "unlinked", "not_assessable"):
            bands[name][:] = 0
        bands["linked"][BATCH, WINDOWS.index(20)] = 90
        bands["pending"][BATCH, WINDOWS.index(5)] = 10

    facts = ordinary(LAST)
    change(facts.bands)
    assert SPANS == (5, 20)
    assert open_shares(facts)[BATCH] == pytest.approx([1.0, 0.1])


def test_however_great_a_mass_what_is_explained_of_it_stays_below_a_case() -> None:
    nats, nothing_open = np.array([0.0, 2.0, 20.0, 60.0, 1000.0]), np.zeros(5)
    settings = Detection()
    said = limited(nats, settings, nothing_open)
    assert said[:2].tolist() == [0.0, 2.0]
    assert (
        said[3]
        == said[4]
        == settings.context_nats + settings.context_beyond * (NO_MORE_NATS - settings.context_nats)
    )
    assert said[4] < Alerting().open_nats
    assert (limited(nats, settings) <= settings.context_nats).all()
    assert limited(nats, settings, nothing_open + 1)[4] > Alerting().open_nats


def _of_strangers(unsaid: str) -> tuple[float, float]:
    """Return the scores of a counter clerk and of a client manager who look up people from elsewhere.

    Args:
        unsaid: The role of whose look-ups nothing can be said.
    """
    clerk, manager = 4, 7

    def change(bands: dict[str, np.ndarray]) -> None:
        rows = np.arange(len(bands["lookups"])) % 2 == (unsaid == "client_manager")
        bands["linked"] = np.where(rows[:, None], 0, bands["lookups"])
        bands["not_assessable"] = np.where(rows[:, None], bands["lookups"], 0)
        for kind in ("closed", "unlinked", "supported", "hollow"):
            bands[f"{kind}_application"] = np.where(rows[:, None], 0, bands[f"{kind}_application"])
        for row in (clerk, manager):
            bands["far_region"][row, :3] = np.ceil(0.9 * bands["lookups"][row, :3])

    scores = _watch().score(ordinary(NIGHT, change))
    return float(scores.score[clerk]), float(scores.score[manager])


def test_in_a_role_whose_business_is_not_sent_whom_they_look_up_makes_a_case_by_itself() -> None:
    least = Alerting().open_nats
    clerk, manager = _of_strangers("counter")
    assert clerk > least > manager
    clerk, manager = _of_strangers("client_manager")
    assert manager > least > clerk
