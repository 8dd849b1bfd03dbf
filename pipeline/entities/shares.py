"""Whether a thing's look-ups stay unexplained more often than the people at it would let expect.

A person's own excess is a case of theirs and not the terminal's: what is told here must hold without whoever
shows most of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from detectors.group_norms import group_norms
from detectors.surprise import share_surprise

LEAST_LOOKUPS, LEAST_UNEXPLAINED, LEAST_PEOPLE = 20, 5, 2
"""Fewer judged look-ups, unexplained ones, or people with some, and nothing is said of a thing."""
TELLS_NATS = 8.5
"""Evidence from which a thing is told of: what one in 5,000 ordinary things reaches."""
WITHOUT_WORST_NATS = 4.0
"""Evidence that must be left when whoever shows most is left out."""
LEAST_RHO = 0.02
ROLE_STRENGTH = 30.0


@dataclass(frozen=True)
class Tally:
    """What one person did at one thing.

    Attributes:
        kind: branch, terminal or requester.
        key: Which.
        person: Whom the look-ups count for; for a requester, who typed them.
        role: Their role.
        lookups: Judged look-ups of the window.
        unexplained: Those without a record.
        lookups_before: Judged look-ups of the time before the window.
        unexplained_before: Those without a record.
    """

    kind: str
    key: str
    person: str
    role: str
    lookups: int
    unexplained: int
    lookups_before: int = 0
    unexplained_before: int = 0


@dataclass(frozen=True)
class Standing:
    """One thing against its peers.

    Attributes:
        kind: branch, terminal or requester.
        key: Which.
        lookups: Judged look-ups of the window.
        unexplained: Those without a record.
        expected: How many the roles of its people would let expect.
        before: Share unexplained in the time before; None where little was judged.
        nats: Evidence, -log of the chance.
        people: Those with unexplained look-ups, most first.
    """

    kind: str
    key: str
    lookups: int
    unexplained: int
    expected: float
    before: float | None
    nats: float
    people: tuple[tuple[str, int], ...]

    @property
    def tells(self) -> bool:
        """Whether it is worth an officer's eyes."""
        return self.nats >= TELLS_NATS


def _role_rates(tallies: Sequence[Tally]) -> dict[str, float]:
    """Estimate the ordinary share unexplained of each role, from its people over the whole bank."""
    people: dict[tuple[str, str], list[int]] = {}
    for one in tallies:
        sums = people.setdefault((one.role, one.person), [0, 0])
        sums[0] += one.unexplained
        sums[1] += one.lookups
    roles = sorted({role for role, _ in people})
    if not roles:
        return {}
    k, n = (np.array([sums[at] for sums in people.values()], dtype=np.float64) for at in (0, 1))
    group = np.array([roles.index(role) for role, _ in people], dtype=np.int64)
    norms = group_norms(k, n, group, len(roles), shares=True, strength=ROLE_STRENGTH)
    return {role: float(norms.rate[at]) for at, role in enumerate(roles)}


def _evidence(k: float, n: float, expected: float, rho: float) -> float:
    if n <= 0:
        return 0.0
    return float(share_surprise(k, n, np.clip(expected / n, 1e-4, 0.97), rho))


def standings(tallies: Sequence[Tally]) -> list[Standing]:
    """Set every thing against what its people's roles show elsewhere and against the things of its kind.

    Args:
        tallies: One a thing and person; all of the bank, for the norms come from them.

    Returns:
        Things with enough look-ups, worst first.
    """
    found: list[Standing] = []
    for kind in sorted({one.kind for one in tallies}):
        own = [one for one in tallies if one.kind == kind]
        rates = _role_rates(own)
        things: dict[str, list[Tally]] = {}
        for one in own:
            things.setdefault(one.key, []).append(one)
        things = {key: some for key, some in things.items() if sum(s.lookups for s in some) >= LEAST_LOOKUPS}
        if not things:
            continue
        k, n = (
            np.array([sum(getattr(s, name) for s in some) for some in things.values()], dtype=np.float64)
            for name in ("unexplained", "lookups")
        )
        everything = np.zeros(len(things), dtype=np.int64)
        spread = group_norms(k, n, everything, 1, shares=True).dispersion[0]
        found += [_standing(kind, key, some, rates, max(spread, LEAST_RHO)) for key, some in things.items()]
    return sorted(found, key=lambda one: (-one.nats, one.kind, one.key))


def _standing(kind: str, key: str, some: Sequence[Tally], rates: dict[str, float], rho: float) -> Standing:
    k, n = sum(one.unexplained for one in some), sum(one.lookups for one in some)
    expected = sum(one.lookups * rates[one.role] for one in some)
    people: dict[str, int] = {}
    for one in some:
        people[one.person] = people.get(one.person, 0) + one.unexplained
    named = tuple(sorted(((who, m) for who, m in people.items() if m), key=lambda pair: (-pair[1], pair[0])))
    nats = 0.0
    if k >= LEAST_UNEXPLAINED and len(named) >= LEAST_PEOPLE:
        others = [one for one in some if one.person != named[0][0]]
        left = _evidence(
            sum(one.unexplained for one in others),
            sum(one.lookups for one in others),
            sum(one.lookups * rates[one.role] for one in others),
            rho,
        )
        if left >= WITHOUT_WORST_NATS:
            nats = _evidence(k, n, expected, rho)
    n_before = sum(one.lookups_before for one in some)
    before = sum(one.unexplained_before for one in some) / n_before if n_before >= LEAST_LOOKUPS else None
    return Standing(kind, key, n, k, expected, before, nats, named)
