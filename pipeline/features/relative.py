"""How far a person lies from peers and from their own past: surprise in nats, with the two normals beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.counts import gamma_poisson_log_tail
from detectors.group_norms import GroupNorms, group_norms
from detectors.surprise import share_surprise
from pipeline.features.families.linkage import CLASSES
from pipeline.features.spec import WINDOWS, Feature, Model
from pipeline.features.windows import NightFacts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NORM_WINDOW = 60
"""Working days over which peers' norms are taken; shorter windows of the same night only raise them (a common shock)."""
OWN_STRENGTH = {Model.SHARE: 40.0, Model.COUNT: 10.0, Model.PEAK: 1.0}
"""Trials, or active days, with which the peers' norm speaks in the own one."""
LEAST_SHARE, MOST_SHARE = 1e-4, 0.97
"""A normal is never taken as nought or as all: the past of a bank is too short to know either."""
LEAST_RHO = {False: 0.004, True: 0.03}
"""Least spread between honest people; wider for what merely shows how work is done, which changes with the work."""
CAPPED_COLLEAGUES = 3.0
"""A colleague may lift the branch's normal by at most this many beyond thrice the expected; so sellers do not hide each other."""


@dataclass(frozen=True)
class Relative:
    """One feature over one window, for everybody of a night.

    Attributes:
        feature: What was measured.
        days: The window, in working days.
        value: (n,) the numerator.
        exposure: (n,) the denominator.
        own: (n,) the value that the own past would give for this exposure; NaN without a past.
        peer: (n,) the value that peers would give.
        nats: (n,) surprise, -log of the upper tail; NaN where the denominator is too small.
    """

    feature: Feature
    days: int
    value: Floats
    exposure: Floats
    own: Floats
    peer: Floats
    nats: Floats


def indexed(names: NDArray[np.object_]) -> tuple[Ints, int]:
    """Number the groups: (n,) index, number of groups."""
    groups, index = np.unique(names.astype(str), return_inverse=True)
    return index.astype(np.int64), len(groups)


def _rates_by_class(facts: NightFacts, what: str, of: str, days: int, role: Ints, n_roles: int) -> tuple[Floats, Floats]:
    """Return (n,) expected count and dispersion, class of reasons by class: people's mixes of reasons differ."""
    expected = np.zeros(len(facts.people))
    dispersion_parts = np.zeros(len(facts.people))
    for kind in CLASSES:
        norms = group_norms(
            facts.window(f"{what}_{kind}", NORM_WINDOW), facts.window(f"{of}_{kind}", NORM_WINDOW), role, n_roles, shares=True
        )
        now = facts.window(f"{of}_{kind}", days)
        rate = _with_shock(norms, facts.window(f"{what}_{kind}", days), now, role, n_roles, shares=True)
        expected += now * rate[role]
        dispersion_parts += now * norms.dispersion[role]
    total = np.maximum(facts.window(of, days), 1e-9)
    return expected, dispersion_parts / total


def _with_shock(norms: GroupNorms, k: Floats, n: Floats, role: Ints, n_roles: int, *, shares: bool) -> Floats:
    """Raise a role's rate where the whole role is up in this very window: an outage or a campaign is nobody's doing."""
    now = group_norms(k, n, role, n_roles, shares=shares, strength=60.0)
    enough = now.n_people >= 8
    return np.where(enough, np.maximum(norms.rate, now.rate), norms.rate)


def _branch_factor(k: Floats, expected: Floats, branch: Ints, n_branches: int) -> Floats:
    """Return (n,) how much more than expected the person's colleagues in the branch show, at least 1; the person left out."""
    capped = np.minimum(k, 3 * expected + CAPPED_COLLEAGUES)
    known = np.isfinite(expected)
    k_all = np.bincount(branch[known], weights=capped[known], minlength=n_branches)
    e_all = np.bincount(branch[known], weights=expected[known], minlength=n_branches)
    others_k, others_e = k_all[branch] - np.where(known, capped, 0), e_all[branch] - np.where(known, expected, 0)
    return np.maximum(1.0, (others_k + 4.0) / (others_e + 4.0))


def _share(feature: Feature, days: int, facts: NightFacts, role: Ints, n_roles: int, branch: Ints, n_branches: int) -> Relative:
    k, n = facts.window(feature.numerator, days), facts.window(feature.denominator, days)
    k_past, n_past = facts.before(feature.numerator, days), facts.before(feature.denominator, days)
    k = np.minimum(k, n)
    if f"{feature.numerator}_application" in facts.bands:
        expected, rho = _rates_by_class(facts, feature.numerator, feature.denominator, days, role, n_roles)
    else:
        norms = group_norms(
            facts.window(feature.numerator, NORM_WINDOW), facts.window(feature.denominator, NORM_WINDOW), role, n_roles, shares=True
        )
        rate = _with_shock(norms, k, n, role, n_roles, shares=True)
        expected, rho = n * rate[role], norms.dispersion[role]
    assessable = n >= feature.least_n
    peer_rate = np.divide(expected, n, out=np.zeros_like(n), where=n > 0)
    factor = _branch_factor(np.where(assessable, k, 0), np.where(assessable, expected, 0), branch, n_branches)
    peer_rate = np.minimum(peer_rate * np.minimum(factor, 6.0), MOST_SHARE)
    strength = OWN_STRENGTH[Model.SHARE]
    own_rate = np.where(n_past > 0, (np.minimum(k_past, n_past) + peer_rate * strength) / (n_past + strength), np.nan)
    safe_n = np.where(assessable, n, np.nan)
    rho = np.clip(rho, LEAST_RHO[feature.against_self], 0.6)
    if feature.against_self:
        normal = np.fmax(peer_rate, own_rate)
        nats = share_surprise(k, safe_n, np.clip(normal, LEAST_SHARE, MOST_SHARE), rho)
    else:
        steady = share_surprise(k, safe_n, np.clip(peer_rate, LEAST_SHARE, MOST_SHARE), rho)
        # The own past sharpens the normal of somebody who has one, and is forgotten by half.
        prior = 1 / rho - 1
        sharper = 1 / (1 + prior + 0.5 * n_past)
        mine = np.divide(peer_rate * prior + 0.5 * np.minimum(k_past, n_past), prior + 0.5 * n_past)
        change = share_surprise(k, safe_n, np.clip(mine, LEAST_SHARE, MOST_SHARE), np.clip(np.maximum(sharper, rho / 3), 0.002, 0.6))
        nats = np.fmax(steady, change) - np.log(2)
    return Relative(feature, days, k, n, np.where(np.isnan(own_rate), np.nan, own_rate * n), peer_rate * n, np.maximum(nats, 0))


def _count(feature: Feature, days: int, facts: NightFacts, role: Ints, n_roles: int) -> Relative:
    k, n = facts.window(feature.numerator, days), facts.window(feature.denominator, days)
    k_past, n_past = facts.before(feature.numerator, days), facts.before(feature.denominator, days)
    exposure = np.where(k > 0, np.maximum(n, 1.0), n)
    norms = group_norms(facts.window(feature.numerator, NORM_WINDOW), facts.window(feature.denominator, NORM_WINDOW), role, n_roles, shares=False, strength=20.0)
    strength = OWN_STRENGTH[Model.COUNT]
    own = (k_past + norms.rate[role] * strength) / (n_past + strength)
    # How far honest people of the role stray from their own past in this window: the spread that a surge must exceed.
    ratio = group_norms(k, exposure * own, role, n_roles, shares=False, strength=20.0)
    lift = np.where(ratio.n_people >= 8, np.maximum(ratio.rate, 1.0), 1.0)[role]
    nats = -gamma_poisson_log_tail(k, np.where(exposure > 0, exposure, np.nan), own * lift, np.maximum(ratio.dispersion[role], 0.03))
    return Relative(
        feature, days, k, exposure, np.where(n_past > 0, own * exposure, np.nan), norms.rate[role] * exposure, np.maximum(nats, 0)
    )


def _peak(feature: Feature, days: int, facts: NightFacts, role: Ints, n_roles: int) -> Relative:
    k, active = facts.window(feature.numerator, days), facts.window(feature.denominator, days)
    past, n_past = facts.before(feature.numerator, days), facts.before(feature.denominator, days)
    shown = (active > 0).astype(np.float64)
    norms = group_norms(k, shown, role, n_roles, shares=False, strength=4.0)
    peer = norms.rate[role]
    seen = np.minimum(n_past / 20.0, 1.0)  # a past of a month of active days speaks for itself
    normal = np.maximum(peer, past * seen)
    nats = -gamma_poisson_log_tail(k, np.where(shown > 0, 1.0, np.nan), np.maximum(normal, 0.5), np.clip(norms.dispersion[role], 0.05, 1.0))
    return Relative(feature, days, k, active, np.where(n_past > 0, past, np.nan), peer, np.maximum(nats, 0))


def relate(facts: NightFacts, features: tuple[Feature, ...]) -> list[Relative]:
    """Set every feature of a night against peers and the own past.

    Args:
        facts: Windowed facts of the night.
        features: The catalogue.

    Returns:
        One entry a feature and window, in the catalogue's order.
    """
    role, n_roles = indexed(facts.roles)
    branch, n_branches = indexed(facts.branches)
    out = []
    for feature in features:
        for days in feature.windows:
            if days not in WINDOWS:
                raise ValueError(f"{feature.id} asks for a window of {days} working days, which is not kept; kept are {WINDOWS}")
            if feature.model is Model.SHARE:
                out.append(_share(feature, days, facts, role, n_roles, branch, n_branches))
            elif feature.model is Model.COUNT:
                out.append(_count(feature, days, facts, role, n_roles))
            else:
                out.append(_peak(feature, days, facts, role, n_roles))
    return out
