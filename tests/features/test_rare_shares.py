"""Rare things: a handful among a hundred is much where next to none are usual, and one or two are not."""

from __future__ import annotations

import numpy as np

from pipeline.features.catalogue import FEATURE_OF
from pipeline.features.relative import relate
from tests.scoring.made_nights import NIGHT, PEOPLE, ordinary

SELLER = 7


def complaints(bands: dict[str, np.ndarray]) -> None:
    """Let two customers in a thousand complain, and five of the seller's hundred; there is a month of past."""
    bands["lookups"] = bands["lookups"] * (np.arange(bands["lookups"].shape[1]) < 3)
    rng = np.random.default_rng(5)
    bands["victims"] = rng.binomial(bands["lookups"].astype(int), 0.002).astype(float)
    bands["victims"][SELLER] = 0.0
    bands["victims"][SELLER, 2] = 5.0


def test_a_handful_of_victims_where_next_to_none_are_usual_is_much() -> None:
    facts = ordinary(NIGHT, complaints)
    relative = next(one for one in relate(facts, (FEATURE_OF["later_victims"],)) if one.days == 20)
    assert 100 < relative.exposure[SELLER] < 120
    assert relative.peer[SELLER] < 0.5
    assert relative.nats[SELLER] > 8
    others = np.delete(np.arange(PEOPLE), SELLER)
    assert relative.nats[others].max() < 6


def test_chance_gives_honest_people_no_more_than_chance_would() -> None:
    nats = []
    for seed in range(40):

        def chance(bands: dict[str, np.ndarray], seed: int = seed) -> None:
            rng = np.random.default_rng(seed)
            bands["victims"] = rng.binomial(bands["lookups"].astype(int), 0.004).astype(float)

        nats.append(relate(ordinary(NIGHT, chance), (FEATURE_OF["later_victims"],))[1].nats)
    found = np.concatenate(nats)
    for line in (3, 5, 7):
        assert (found >= line).mean() <= np.exp(-line) + 2 / len(found)
