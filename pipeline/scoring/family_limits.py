"""How much each family may say: what shows how something was done, not that it had no business, may say less.

Alone it stays below a case. Only sheer mass may say more, and the more of what was looked up is open, the more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.features.catalogue import FEATURES
from pipeline.features.scattering import SCATTERED
from pipeline.features.windows import NightFacts
from pipeline.settings import Detection

Floats = NDArray[np.float64]

PATTERN = "pattern"
"""The family of the PyOD detectors: an unusual mix of many small things."""

CONTEXT = frozenset(
    {
        "volume",
        "burst",
        "hours",
        "distant",
        "breadth",
        "targets",
        "copies",
        "errors",
        "conduct",
        "consent",
        "requests",
        "access",
        "sharing",
        PATTERN,
    }
)
"""Families that show how something was done, not that it had no business: alone they stay below a case."""

MASS = frozenset({"volume", "burst"})
"""Context that no change of desk, shift or task explains when it is overwhelming."""

STAND_IN = frozenset({"breadth", "consent", "copies"})
"""Context that tells whom, with whose leave and what was carried away: the nearest to business where a bank sends no records."""
BLIND = 0.95
"""Share of a quarter's look-ups that nothing can be said of, from which a bank is taken to send no records of business."""

NO_MORE_NATS = 60.0
MASS_OPEN = 0.6
"""Worth of a nat of sheer mass beyond the limit when none of it is explained; a batch that is all explained has the least."""
FAR_OPEN = 0.25
"""How open a look-up is that only a record of another desk explains."""

SPANS = (5, 20)
"""Working days over which it is asked how much is open: of a month's mass, over that month. A day's own records are not there yet."""
_WINDOWS = np.array([days for feature in FEATURES for days in feature.windows])
OF_SPAN = (SPANS[0] >= _WINDOWS, SPANS[0] < _WINDOWS)
"""(n_measurements,) per span: which measurements it is for."""


def open_shares(facts: NightFacts) -> Floats:
    """Return (n, n_spans) the share of each span's look-ups that business does not explain.

    Records of another unit's customer explain in part: a portfolio that was taken over looks like this, and so does a raid on one.
    Those of many units explain nothing: whoever takes customers as they come meets them by chance.
    A person nothing is known of has everything open.
    """
    return np.column_stack([_open_share(facts, days) for days in SPANS])


def _open_share(facts: NightFacts, days: int) -> Floats:
    shut, far = facts.window("linked", days), facts.window("far", days) - facts.window(SCATTERED, days)
    others = (facts.window(state, days) for state in ("thin", "pending", "unlinked", "not_assessable"))
    whole = shut + np.sum(list(others), axis=0)
    shut = shut + (1 - FAR_OPEN) * far
    return np.asarray(
        1.0 - np.divide(np.minimum(shut, whole), whole, out=np.zeros_like(whole), where=whole > 0)
    )


def is_blind(facts: NightFacts) -> bool:
    """Tell whether the bank sends nothing that could explain a look-up, be it now or in the quarter before."""
    unsaid = facts.window("not_assessable", 60).sum()
    said = sum(facts.window(state, 60).sum() for state in ("linked", "thin", "pending", "unlinked"))
    return bool(unsaid > 0 and unsaid >= BLIND * (unsaid + said))


def speaks_for_itself(name: str, blind: bool) -> bool:
    """Tell whether a family may make a case by itself: where a bank sends no records, what comes nearest to them may."""
    return name not in CONTEXT or (blind and name in STAND_IN)


def limited(nats: Floats, settings: Detection, share: Floats | None = None) -> Floats:
    """Keep context below a case.

    Args:
        nats: (n,) what a family says.
        settings: The section `[detection]`.
        share: (n,) how much of it is open, for sheer mass; other context says nothing beyond the limit.

    Returns:
        (n,) nats. However great a mass is, of one that is all explained no more than some nats are left.
    """
    nats = np.minimum(nats, NO_MORE_NATS)
    most, least = settings.context_nats, settings.context_beyond
    beyond = 0.0 if share is None else least + (MASS_OPEN - least) * share
    return np.asarray(np.where(nats > most, most + (nats - most) * beyond, nats))
