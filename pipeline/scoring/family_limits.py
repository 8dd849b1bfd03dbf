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
"""Context that tells whom, with whose leave and what was carried away: the nearest to business where no records of it are sent."""
BLIND = 0.95
"""Share of a quarter's look-ups that nothing can be said of, from which a role's business is taken not to be sent at all."""
LEAST_BLIND = 20
"""So few look-ups of a role in a quarter show nothing of what is sent of its business."""

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


def blind_roles(facts: NightFacts) -> frozenset[str]:
    """Name the roles of whose look-ups nothing that is sent could explain any, be it now or in the quarter before.

    A bank that sends no records has only such roles, one that leaves a department out has some.
    """
    names, role = np.unique(facts.roles.astype(str), return_inverse=True)

    def counted(states: tuple[str, ...]) -> Floats:
        looked = np.sum([facts.window(state, 60) for state in states], axis=0)
        return np.asarray(np.bincount(role, weights=looked, minlength=len(names)), dtype=np.float64)

    unsaid = counted(("not_assessable",))
    whole = unsaid + counted(("linked", "thin", "pending", "unlinked"))
    blind = (unsaid >= BLIND * whole) & (unsaid >= LEAST_BLIND)
    if unsaid.sum() > 0 and unsaid.sum() >= BLIND * whole.sum():
        blind[:] = True
    return frozenset(names[blind].tolist())


def speaks_for_itself(name: str, roles: NDArray[np.object_], blind: frozenset[str]) -> NDArray[np.bool_]:
    """Return (n,) whether a family may make a case by itself: where no records are sent, what comes nearest to them may."""
    if name not in CONTEXT:
        return np.ones(len(roles), dtype=bool)
    if name not in STAND_IN:
        return np.zeros(len(roles), dtype=bool)
    return np.isin(roles.astype(str), sorted(blind))


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
