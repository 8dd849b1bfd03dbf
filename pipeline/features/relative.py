"""How far a person lies from peers and from their own past: surprise in nats, with the two normals beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from detectors.counts import gamma_poisson_log_tail
from detectors.group_norms import GroupNorms, group_norms, least_spread
from detectors.surprise import share_surprise
from pipeline.features.families.linkage import CLASSES
from pipeline.features.spec import Feature, Model
from pipeline.features.windows import NightFacts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NORM_WINDOW = 60
"""Working days over which peers' norms are taken; shorter windows of the same night only raise them (a common shock)."""
HEAPED_WINDOW = 5
"""Up to this many working days, single bad days make up a window, and its own spread between people counts."""
LEAST_PEERS = 8
"""Fewer peers than this cannot show that something happened to all of them."""
OWN_STRENGTH = {Model.SHARE: 40.0, Model.COUNT: 10.0, Model.PEAK: 1.0}
"""Trials, or active days, with which the peers' norm speaks in the own one."""
LEAST_SHARE, MOST_SHARE = 1e-4, 0.97
"""A normal is never taken as nought or as all: the past of a bank is too short to know either."""
LEAST_LENT = 0.1
"""A normal that is lent by another share is never taken as less: it was not measured where it is used."""
MOOT_SHARE = 0.25
"""Share from which something is common in a role."""
LEAST_RHO_OF_WORK = 0.03
"""Least spread between honest people of what merely shows how work is done, which changes with the work."""
LEAST_DRIFT, RARE_DRIFT = 0.002, 0.1
"""Least spread between a person's own past and now, and the same as a multiple of a rare share."""
ROUNDING = 1 / 12
"""Variance that whole numbers hide: equal counts are not perfectly equal, only equal as far as one can count."""
LEAST_DOSE = 2.0
"""Fewer a day than this, and the counts are ones, which cannot vary."""
BATCH_DAYS = 20
"""Working days after which a day may come again: a month."""
EXPLAINED = "explained"
SHOCK = (1.2, 2.0)
"""Rise of all peers below which it says nothing of a person's normal, and from which it counts in full."""
LEAST_CREW, CREW_PRIOR = 3, 0.5
"""Fewer others in the same role and branch than this show no common cause; added to both sides of their ratios, as they are small."""
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


def _joined(branches: NDArray[np.object_], roles: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.array([f"{branch}\n{role}" for branch, role in zip(branches, roles, strict=True)], dtype=object)


class RoleNorms:
    """What is ordinary for each role on one night; each question is answered once.

    Args:
        facts: Windowed facts of the night.
    """

    def __init__(self, facts: NightFacts) -> None:
        self.facts = facts
        self.role, self.n_roles = indexed(facts.roles)
        self.branch, self.n_branches = indexed(facts.branches)
        self.crew, self.n_crews = indexed(_joined(facts.branches, facts.roles))
        self._known: dict[tuple[str, str, int, bool, float], GroupNorms] = {}

    def of(
        self, numerator: str, denominator: str, days: int, *, shares: bool, strength: float = 30.0
    ) -> GroupNorms:
        """Return the norms of one measure over one window."""
        key = (numerator, denominator, days, shares, strength)
        if key not in self._known:
            k, n = self.facts.window(numerator, days), self.facts.window(denominator, days)
            k = np.minimum(k, n) if shares else k
            self._known[key] = group_norms(k, n, self.role, self.n_roles, shares=shares, strength=strength)
        return self._known[key]

    def ordinary(self, numerator: str, denominator: str, days: int) -> tuple[Floats, Floats]:
        """Return (n_roles,) the ordinary share and its spread over a window.

        Both are raised where the whole role is up in this very window: an outage or a campaign of all is nobody's doing, and
        records that come a day late come in heaps, for some more than for others.
        """
        long = self.of(numerator, denominator, NORM_WINDOW, shares=True)
        if days == NORM_WINDOW:
            return long.rate, long.dispersion
        k, n = self.facts.window(numerator, days), self.facts.window(denominator, days)
        heaped = days <= HEAPED_WINDOW
        now = group_norms(
            np.minimum(k, n),
            n,
            self.role,
            self.n_roles,
            shares=True,
            strength=60.0,
            dispersion=None if heaped else long.dispersion,
        )
        enough = now.n_people >= LEAST_PEERS
        rate = np.where(enough, np.maximum(long.rate, now.rate), long.rate)
        spread = np.where(enough, np.maximum(long.dispersion, now.dispersion), long.dispersion)
        return rate, spread if heaped else long.dispersion

    def usual(self, numerator: str, denominator: str, days: int) -> Floats:
        """Return (n_roles,) the share before this window, when the own past was made.

        What has befallen a whole role within the window, be it for months, would else look as if each of its
        people had changed alone.
        """
        long = self.of(numerator, denominator, NORM_WINDOW, shares=True)
        k, n = self.facts.before(numerator, days), self.facts.before(denominator, days)
        before = group_norms(
            np.minimum(k, n), n, self.role, self.n_roles, shares=True, dispersion=long.dispersion
        )
        return np.where(before.n_people >= LEAST_PEERS, before.rate, long.rate)


@dataclass(frozen=True)
class Expected:
    """What peers would show with a person's own exposure.

    Attributes:
        count: (n,) expected numerator in this very window.
        usual: (n,) the same in times like any other: what a person's own past is to be compared with. Not asked for, and
            nought, where the past is no excuse (`against_self`).
        dispersion: (n,) spread between honest people.
    """

    count: Floats
    usual: Floats
    dispersion: Floats


def _expected(norms: RoleNorms, feature: Feature, days: int) -> Expected:
    """Ask the norms of a person's role; class of reasons by class where they are kept apart: people's mixes differ."""
    numerator, denominator = feature.numerator, feature.denominator
    if feature.normal:
        top, base = feature.normal
        known = norms.of(top, base, NORM_WINDOW, shares=True)
        lent = norms.facts.window(denominator, days) * np.maximum(known.rate, LEAST_LENT)[norms.role]
        return Expected(lent, lent, known.dispersion[norms.role])
    by_class = f"{numerator}_application" in norms.facts.bands
    kinds = [f"_{kind}" for kind in CLASSES] if by_class else [""]
    count, usual, spread = (np.zeros(len(norms.facts.people)) for _ in range(3))
    for kind in kinds:
        measure, base = numerator + kind, denominator + kind
        now = norms.facts.window(base, days)
        rate, dispersion = norms.ordinary(measure, base, days)
        count += now * rate[norms.role]
        if not feature.against_self:
            usual += now * norms.usual(measure, base, days)[norms.role]
        spread += now * dispersion[norms.role]
    return Expected(count, usual, spread / np.maximum(norms.facts.window(denominator, days), 1e-9))


def _branch_factor(k: Floats, expected: Floats, branch: Ints, n_branches: int) -> Floats:
    """Return (n,) how much more than expected the person's colleagues in the branch show, at least 1; the person left out."""
    capped = np.minimum(k, 3 * expected + CAPPED_COLLEAGUES)
    known = np.isfinite(expected)
    k_all = np.bincount(branch[known], weights=capped[known], minlength=n_branches)
    e_all = np.bincount(branch[known], weights=expected[known], minlength=n_branches)
    others_k, others_e = (
        k_all[branch] - np.where(known, capped, 0),
        e_all[branch] - np.where(known, expected, 0),
    )
    return np.maximum(1.0, (others_k + 4.0) / (others_e + 4.0))


def _shock(lift: Floats) -> Floats:
    """Take a rise of all peers for a shock only where it is one: a few sellers move the peers' norm a little, too."""
    rise = np.maximum(lift - 1.0, 0.0)
    low, high = SHOCK
    return 1.0 + rise * np.clip((lift - low) / (high - low), 0.0, 1.0)


def _crew_factor(k: Floats, expected: Floats, crew: Ints, n_crews: int) -> Floats:
    """Return (n,) how much more than expected the middle one of the other people in the same role and branch shows, at least 1.

    A campaign or a backlog lifts the whole crew; up to half of it may be sellers before the middle one is one of them.
    """
    shown = np.flatnonzero(expected > 0)
    ratio = (k[shown] + CREW_PRIOR) / (expected[shown] + CREW_PRIOR)
    order = np.lexsort((shown, ratio, crew[shown]))
    sizes = np.bincount(crew[shown], minlength=n_crews)
    begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    place = np.empty(len(shown), dtype=np.int64)
    place[order] = np.arange(len(shown))
    own, size, begin = crew[shown], sizes[crew[shown]], begins[crew[shown]]
    middle = np.maximum(size - 2, 0) // 2  # among the others, the lower one of two
    middle = np.where(place - begin <= middle, middle + 1, middle)
    others = ratio[order][np.minimum(begin + middle, begin + size - 1)]
    factor = np.ones(len(k))
    factor[shown] = np.where(sizes[own] > LEAST_CREW, np.maximum(others, 1.0), 1.0)
    return factor


def _moot(feature: Feature, norms: RoleNorms) -> NDArray[np.bool_]:
    """Return (n,) whether what the feature would hold against a person is common in the role, for a reason that is none of theirs."""
    if feature.moot is None:
        return np.zeros(len(norms.role), dtype=bool)
    top, base = feature.moot
    common = norms.of(top, base, NORM_WINDOW, shares=True).rate >= MOOT_SHARE
    return np.asarray(common[norms.role])


def _share(feature: Feature, days: int, norms: RoleNorms) -> Relative:
    facts = norms.facts
    k, n = facts.window(feature.numerator, days), facts.window(feature.denominator, days)
    k_past, n_past = facts.before(feature.numerator, days), facts.before(feature.denominator, days)
    k = np.minimum(k, n)
    peers = _expected(norms, feature, days)
    assessable = (n >= feature.least_n) & ~_moot(feature, norms)
    peer_rate = np.divide(peers.count, n, out=np.zeros_like(n), where=n > 0)
    factor = _branch_factor(
        np.where(assessable, k, 0), np.where(assessable, peers.count, 0), norms.branch, norms.n_branches
    )
    if not feature.against_self:
        crew = _crew_factor(k, np.where(assessable, peers.count, 0), norms.crew, norms.n_crews)
        factor = np.maximum(factor, crew)
    peer_rate = np.minimum(peer_rate * np.minimum(factor, 6.0), MOST_SHARE)
    strength = OWN_STRENGTH[Model.SHARE]
    own_rate = np.where(
        n_past > 0, (np.minimum(k_past, n_past) + peer_rate * strength) / (n_past + strength), np.nan
    )
    safe_n = np.where(assessable, n, np.nan)
    least = LEAST_RHO_OF_WORK if feature.against_self else least_spread(np.maximum(peer_rate, LEAST_SHARE))
    rho = np.clip(peers.dispersion, least, 0.6)
    if feature.against_self:
        normal = np.fmax(peer_rate, own_rate)
        nats = share_surprise(k, safe_n, np.clip(normal, LEAST_SHARE, MOST_SHARE), rho)
    else:
        steady = share_surprise(k, safe_n, np.clip(peer_rate, LEAST_SHARE, MOST_SHARE), rho)
        # The own past sharpens the normal of somebody who has one, and is forgotten by half.
        prior = 1 / rho - 1
        sharper = 1 / (1 + prior + 0.5 * n_past)
        mine = np.divide(peer_rate * prior + 0.5 * np.minimum(k_past, n_past), prior + 0.5 * n_past)
        # What lifts all peers in this window lifts the person's own normal as well.
        lift = np.divide(peer_rate * n, peers.usual, out=np.ones_like(n), where=peers.usual > 0)
        mine = mine * _shock(lift)
        mine = np.clip(mine, LEAST_SHARE, MOST_SHARE)
        drift = np.maximum(np.maximum(sharper, rho / 3), np.minimum(LEAST_DRIFT, RARE_DRIFT * mine))
        change = share_surprise(k, safe_n, mine, np.minimum(drift, 0.6))
        nats = np.fmax(steady, change) - np.log(2)
    return Relative(
        feature,
        days,
        k,
        n,
        np.where(np.isnan(own_rate), np.nan, own_rate * n),
        peer_rate * n,
        np.maximum(nats, 0),
    )


def _count(feature: Feature, days: int, norms: RoleNorms) -> Relative:
    facts, role = norms.facts, norms.role
    k, n = facts.window(feature.numerator, days), facts.window(feature.denominator, days)
    k_past, n_past = facts.before(feature.numerator, days), facts.before(feature.denominator, days)
    exposure = np.where(k > 0, np.maximum(n, 1.0), n)
    ordinary = norms.of(feature.numerator, feature.denominator, NORM_WINDOW, shares=False, strength=20.0)
    strength = OWN_STRENGTH[Model.COUNT]
    own = (k_past + ordinary.rate[role] * strength) / (n_past + strength)
    # One such day as there was before may come again; the last month's cannot excuse what goes on since.
    batch = facts.before(feature.busiest, BATCH_DAYS) if feature.busiest else np.zeros(len(k))
    # How far honest people of the role stray from their own past in this window: the spread that a surge must exceed.
    ratio = group_norms(k, exposure * own, role, norms.n_roles, shares=False, strength=20.0)
    lift = np.where(ratio.n_people >= LEAST_PEERS, np.maximum(ratio.rate, 1.0), 1.0)[role]
    whole = np.where(exposure > 0, exposure, np.nan)
    normal = own * lift + np.maximum(batch - own * lift, 0.0) / whole
    nats = -gamma_poisson_log_tail(k, whole, normal, np.maximum(ratio.dispersion[role], 0.03))
    return Relative(
        feature,
        days,
        k,
        exposure,
        np.where(n_past > 0, own * exposure, np.nan),
        ordinary.rate[role] * exposure,
        np.maximum(nats, 0),
    )


def _peak(feature: Feature, days: int, norms: RoleNorms) -> Relative:
    facts, role = norms.facts, norms.role
    k, active = facts.window(feature.numerator, days), facts.window(feature.denominator, days)
    past, n_past = facts.before(feature.numerator, days), facts.before(feature.denominator, days)
    shown = (active > 0).astype(np.float64)
    now = group_norms(k, shown, role, norms.n_roles, shares=False, strength=4.0)
    peer = now.rate[role]
    seen = np.minimum(n_past / 20.0, 1.0)  # a past of a month of active days speaks for itself
    normal = np.maximum(peer, past * seen)
    nats = -gamma_poisson_log_tail(
        k, np.where(shown > 0, 1.0, np.nan), np.maximum(normal, 0.5), np.clip(now.dispersion[role], 0.05, 1.0)
    )
    return Relative(feature, days, k, active, np.where(n_past > 0, past, np.nan), peer, np.maximum(nats, 0))


def _evenness(facts: NightFacts, what: str, days: int) -> tuple[Floats, Floats, Floats]:
    """Return (n,) days with any, their variance, and the variance that chance would give them.

    Only days with any are told of, so chance is a Poisson law without its nought.
    """
    n, total = facts.window(f"{what}_days", days), facts.window(what, days)
    mean = np.divide(total, n, out=np.ones_like(n), where=n > 0)
    seen = np.divide(
        facts.window(f"{what}_squares", days) - n * mean**2, n - 1, out=np.zeros_like(n), where=n > 1
    )
    rate = mean.copy()
    for _ in range(40):
        rate = mean * -np.expm1(-rate)
    return n, np.maximum(seen, 0.0) + ROUNDING, np.maximum(mean * (1 + rate - mean), ROUNDING)


def _even(feature: Feature, days: int, norms: RoleNorms) -> Relative:
    """Measure how much less the days' counts vary than chance, the own business and the role would have them."""
    facts = norms.facts
    n, seen, chance = _evenness(facts, feature.numerator, days)
    enough = (n >= feature.least_n) & (facts.window(feature.numerator, days) >= LEAST_DOSE * n)
    n_work, seen_work, chance_work = _evenness(facts, EXPLAINED, days)
    own = np.where(n_work >= feature.least_n, chance_work / seen_work, np.nan)
    peer = np.ones(len(n))
    for role in range(norms.n_roles):
        mates = enough & (norms.role == role)
        if mates.sum() >= LEAST_PEERS:
            peer[norms.role == role] = np.median((chance / seen)[mates])
    normal = np.maximum(np.fmax(own, peer), 1.0)
    left = np.where(enough, (n - 1) / 2, np.nan)
    statistic = left * seen * normal / chance
    with np.errstate(divide="ignore"):
        nats = -np.log(np.maximum(gammainc(left, statistic), 1e-300))
    return Relative(feature, days, chance / seen, n, own, np.maximum(peer, 1.0), nats)


def relate(facts: NightFacts, features: tuple[Feature, ...]) -> list[Relative]:
    """Set every feature of a night against peers and the own past.

    Args:
        facts: Windowed facts of the night.
        features: The catalogue.

    Returns:
        One entry a feature and window, in the catalogue's order.
    """
    norms = RoleNorms(facts)
    measure = {Model.SHARE: _share, Model.COUNT: _count, Model.PEAK: _peak, Model.EVEN: _even}
    return [measure[feature.model](feature, days, norms) for feature in features for days in feature.windows]
