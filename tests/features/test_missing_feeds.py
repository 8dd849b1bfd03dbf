"""With the access log alone: what can be measured is, and nothing that needs another feed says anything at all."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np

from pipeline.features.catalogue import FEATURES
from pipeline.features.relative import relate
from pipeline.features.windows import NightFacts
from tests.features.staged_bank import START, as_came, fresh_bank

NIGHT = START + timedelta(days=46)
COIN = np.log(2)
"""Nats of a toss of a coin: what a count of nought, where nought is expected, comes to at most."""
NEED_BUSINESS = {
    "bare_today",
    "unlinked",
    "hollow",
    "long_open",
    "far_record",
    "scattered_records",
    "untraced",
    "watched_unlinked",
    "gathered",
    "family_unlinked",
    "mismatch",
    "unknown_number",
    "unknown_today",
    "even_doses",
}
NEED_OTHERS = {
    "other_home": "customers",
    "no_customer": "customers",
    "wealthy": "customers",
    "watched": "customers",
    "woken_account": "employees",
    "absent": "absences",
    "after_left": "employees",
    "login_fails": "logins",
    "later_victims": "complaints",
    "bureau_listed": "bureau_findings",
}
"""Features → the feed without which they have nothing to say."""


@cache
def facts() -> NightFacts:
    bank = fresh_bank()
    bank.take({"access_log": as_came(NIGHT)["access_log"]})
    _, (night,) = bank.facts([NIGHT])
    return night


def test_every_look_up_is_not_assessable_and_none_is_unlinked() -> None:
    night = facts()
    assert night.window("not_assessable", 60).sum() > 0
    for state in ("linked", "thin", "unlinked", "pending"):
        assert night.window(state, 60).sum() == 0, state


def test_what_needs_another_feed_says_nothing() -> None:
    for relative in relate(facts(), FEATURES):
        if relative.feature.id in NEED_BUSINESS | set(NEED_OTHERS):
            loud = np.nan_to_num(relative.nats)
            assert (loud <= COIN).all(), (
                f"{relative.feature.id} over {relative.days} days spoke without its feed"
            )


def test_everything_else_is_measured() -> None:
    shown = {
        relative.feature.id
        for relative in relate(facts(), FEATURES)
        if np.isfinite(relative.nats).any() and relative.exposure.sum() > 0
    }
    asked = {feature.id for feature in FEATURES} - NEED_BUSINESS - set(NEED_OTHERS)
    assert asked <= shown, sorted(asked - shown)
