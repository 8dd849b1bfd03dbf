"""Features to scores: surprise per feature, put on the scale of past nights, joined per family, fused per person.

A night's scores are a pure function of the facts known by its cut-off: the past they are measured against is computed from the
same facts, as known on each of those past nights. Nothing is carried over from earlier runs, so a replay gives the same numbers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from detectors.evidence_scale import EvidenceScale
from detectors.fusion import covariance_of, fuse_log
from pipeline.calendar import BusinessCalendar
from pipeline.features.catalogue import FAMILIES, FEATURES
from pipeline.features.relative import Relative, relate
from pipeline.features.windows import NightFacts
from pipeline.scoring.family_limits import (
    MASS,
    NO_MORE_NATS,
    OF_SPAN,
    PATTERN,
    SPANS,
    blind_roles,
    limited,
    open_shares,
    speaks_for_itself,
)
from pipeline.scoring.role_scales import RoleScales
from pipeline.settings import Detection

Floats = NDArray[np.float64]
Names = NDArray[np.object_]
PastNight = tuple[Names, Names, Floats, Floats]
"""(n,) people, (n,) roles, (n, n_measurements) nominal nats, (n, n_spans) open shares."""

KEPT_PAST = 8
"""Past nights kept beyond those that are needed now: others near them are asked about next."""
FAMILY_SLOPE = 0.8
"""Least worth of a nat when a family's loudest measurement is scaled: its measurements have been scaled already."""


@dataclass(frozen=True)
class NightScores:
    """Scores of one night.

    Attributes:
        night: The night.
        people: (n,) employee ids, sorted.
        roles: (n,) roles.
        branches: (n,) branches.
        score: (n,) evidence in nats, calibrated; higher is more unusual.
        p_value: (n,) share of ordinary employee-nights that look at least as unusual.
        families: family → (n,) points; they add up to the score.
        relatives: What was measured, in the catalogue's order.
        surprise: (n, len(relatives)) calibrated nats of each measurement.
        calibrated: Whether there was enough past to calibrate on.
        facts: The windowed facts.
    """

    night: date
    people: NDArray[np.object_]
    roles: NDArray[np.object_]
    branches: NDArray[np.object_]
    score: Floats
    p_value: Floats
    families: dict[str, Floats]
    relatives: list[Relative]
    surprise: Floats
    calibrated: bool
    facts: NightFacts = field(repr=False)

    @property
    def rank(self) -> NDArray[np.int64]:
        """(n,) 1 for the most unusual; ties by employee id, so that the order is always the same."""
        order = np.lexsort((self.people.astype(str), -self.score))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(1, len(order) + 1)
        return rank


def _family_columns() -> dict[str, list[int]]:
    columns: dict[str, list[int]] = {}
    index = 0
    for feature in FEATURES:
        for _ in feature.windows:
            columns.setdefault(feature.family, []).append(index)
            index += 1
    return columns


FAMILY_COLUMNS = _family_columns()
MASS_COLUMNS = {
    name: [[j for j in FAMILY_COLUMNS[name] if span[j]] for span in OF_SPAN] for name in sorted(MASS)
}
WEIGHTS = np.array([feature.weight for feature in FEATURES for _ in feature.windows])


def nominal(relatives: Sequence[Relative]) -> Floats:
    """Return (n, n_relatives) the nominal nats; 0 where nothing could be assessed."""
    return np.minimum(
        np.nan_to_num(np.column_stack([relative.nats for relative in relatives])), 4 * NO_MORE_NATS
    )


@dataclass(frozen=True)
class Frozen:
    """What the past says about the scale of tonight's evidence."""

    features: list[EvidenceScale]
    families: dict[str, EvidenceScale]
    covariance: Floats
    total: RoleScales
    pattern: Callable[[Floats], Floats] | None
    rows: int
    blind: frozenset[str]


class Scorer:
    """Scores nights, given a way to get the facts of any of them.

    Args:
        settings: The section `[detection]`.
        calendar: The bank's working days.
        facts_of: Nights → their facts, in the same order; asked for the past too.
        first_day: First day with look-ups: there is no past before it.

    Attributes:
        past: Past night → (n,) people, (n, n_measurements) nominal nats, (n, n_spans) open shares; what is put in need not be
            computed.
    """

    def __init__(
        self,
        settings: Detection,
        calendar: BusinessCalendar,
        facts_of: Callable[[Sequence[date]], Iterable[NightFacts]],
        first_day: date,
    ) -> None:
        self.settings, self.calendar, self.facts_of, self.first_day = settings, calendar, facts_of, first_day
        self.past: OrderedDict[date, PastNight] = OrderedDict()
        self._frozen: tuple[tuple[tuple[date, ...], frozenset[str]], Frozen] | None = None

    def reference_nights(self, night: date) -> tuple[date, ...]:
        """List the past nights that tonight is measured against: every few working days of the last months, on a fixed raster."""
        start = max(self.calendar.window_start(night, self.settings.reference_workdays), self.first_day)
        warm = date.fromordinal(self.first_day.toordinal() + self.settings.warm_up_days)
        nights = []
        day = start
        while day < night:
            if day >= warm and self._on_raster(day):
                nights.append(day)
            day = date.fromordinal(day.toordinal() + 1)
        return tuple(nights)

    def _on_raster(self, day: date) -> bool:
        """Tell whether a night can be a reference: by the calendar, not the span at hand, so every replay takes the same."""
        return day.toordinal() % self.settings.reference_every == 0 and self.calendar.is_workday(day)

    def score(self, facts: NightFacts) -> NightScores:
        """Score one night."""
        nights = self.reference_nights(facts.night)
        frozen = self._freeze(nights, blind_roles(facts))
        relatives = relate(facts, FEATURES)
        raw = nominal(relatives)
        # Later nights are measured against this one; of a great staff's, against whole branches of it by themselves.
        if self._on_raster(facts.night) and len(raw) <= self.settings.most_reference_rows:
            self._remember(facts, raw)
        surprise = np.column_stack([scale(raw[:, j]) for j, scale in enumerate(frozen.features)])
        families = self._heard(
            surprise, self._loudest(surprise, frozen), facts.roles, open_shares(facts), frozen
        )
        fused = self._fuse(families, frozen.covariance)
        total = frozen.total.nats(facts.roles, fused)
        points = self._points(total, families)
        calibrated = (
            len(nights) >= self.settings.least_reference_nights
            and frozen.rows >= self.settings.least_reference_rows
        )
        return NightScores(
            facts.night,
            facts.people,
            facts.roles,
            facts.branches,
            total,
            frozen.total.p_values(facts.roles, fused),
            points,
            relatives,
            surprise,
            calibrated,
            facts,
        )

    def _remember(self, facts: NightFacts, raw: Floats) -> None:
        """Keep a night as past: of more people than are ever used, an even part, so that memory does not grow with the staff."""
        whole = (facts.people, facts.roles, raw, open_shares(facts))
        most = self.settings.most_reference_rows
        if len(raw) > most:
            even = np.linspace(0, len(raw) - 1, most).astype(np.int64)
            whole = (whole[0][even], whole[1][even], raw[even], whole[3][even])
        self.past[facts.night] = whole

    def _raw(self, nights: Sequence[date]) -> tuple[Names, Names, Floats, Floats]:
        """Return (n,) people, (n,) roles, (n, n_measurements) nominal nats and (n, n_spans) open shares of past employee-nights.

        Where there are too many they are thinned evenly.
        """
        missing = [night for night in nights if night not in self.past]
        for whole in self.facts_of(missing):
            facts = whole.of_branches(self.settings.most_reference_rows)
            some = len(facts.people) > 0
            raw = nominal(relate(facts, FEATURES)) if some else np.zeros((0, len(WEIGHTS)))
            self._remember(facts, raw)
        needed = frozenset(nights)
        for night in [night for night in self.past if night not in needed][: -KEPT_PAST or None]:
            del self.past[night]
        if not nights:
            nobody = np.zeros(0, dtype=object)
            return nobody, nobody, np.zeros((0, len(WEIGHTS))), np.zeros((0, len(SPANS)))
        people, roles, past, share = (
            np.concatenate(parts) for parts in zip(*(self.past[night] for night in nights), strict=True)
        )
        keep = np.linspace(0, len(past) - 1, min(len(past), self.settings.most_reference_rows)).astype(
            np.int64
        )
        return people[keep], roles[keep], past[keep], share[keep]

    def _freeze(self, nights: tuple[date, ...], blind: frozenset[str]) -> Frozen:
        if self._frozen is not None and self._frozen[0] == (nights, blind):
            return self._frozen[1]
        people, roles, past, share = self._raw(nights)
        features = [EvidenceScale.fit(past[:, j]) for j in range(past.shape[1])]
        surprise = (
            np.column_stack([scale(past[:, j]) for j, scale in enumerate(features)]) if len(past) else past
        )
        pattern = self._pattern(surprise)
        nobody = RoleScales({}, EvidenceScale.fit(np.zeros(0)), None)
        bare = Frozen(features, {}, np.zeros((0, 0)), nobody, pattern, len(past), blind)
        loud = self._loudest(surprise, bare)
        scales = {name: EvidenceScale.fit(values, least_slope=FAMILY_SLOPE) for name, values in loud.items()}
        scaled = replace(bare, families=scales)
        families = self._heard(surprise, loud, roles, share, scaled)
        covariance = (
            covariance_of(-np.column_stack(list(families.values())))
            if len(past)
            else np.eye(len(families)) * 4.0
        )
        fused = self._fuse(families, covariance)
        total = RoleScales.fit(people, roles, fused, len(nights), self.settings.least_slope)
        frozen = replace(scaled, covariance=covariance, total=total)
        self._frozen = ((nights, blind), frozen)
        return frozen

    def _pattern(self, past: Floats) -> Callable[[Floats], Floats] | None:
        if len(past) < self.settings.least_reference_rows or not self.settings.detectors:
            return None
        from pipeline.scoring.pattern import fit_pattern

        return fit_pattern(past, self.settings)

    def _loudest(self, surprise: Floats, frozen: Frozen) -> dict[str, Floats]:
        """Return per family the loudest of its measurements: they overlap, so they are not added."""
        weighted = surprise * WEIGHTS
        families = {name: weighted[:, FAMILY_COLUMNS[name]].max(axis=1, initial=0.0) for name in FAMILIES}
        if frozen.pattern is not None:
            families[PATTERN] = frozen.pattern(surprise) if len(surprise) else np.zeros(0)
        return families

    def _loudest_mass(self, surprise: Floats) -> dict[str, list[Floats]]:
        """Return per family of sheer mass the loudest of its measurements of each span."""
        return {
            name: [(surprise[:, columns] * WEIGHTS[columns]).max(axis=1, initial=0.0) for columns in spans]
            for name, spans in MASS_COLUMNS.items()
        }

    def _heard(
        self, surprise: Floats, loud: dict[str, Floats], roles: Names, share: Floats, frozen: Frozen
    ) -> dict[str, Floats]:
        """Return per family how much of its loudest measurement may speak, on the family's scale."""
        mass = self._loudest_mass(surprise)
        heard = {}
        for name, values in loud.items():
            scale = frozen.families[name]
            free = speaks_for_itself(name, roles, frozen.blind)
            scaled = scale(values)
            bounded = self._bounded(scaled, [scale(nats) for nats in mass.get(name, [])], share)
            heard[name] = np.where(free, np.minimum(scaled, NO_MORE_NATS), bounded)
        return heard

    def _bounded(self, scaled: Floats, mass: list[Floats], share: Floats) -> Floats:
        if not mass:
            return limited(scaled, self.settings)
        spans = [limited(nats, self.settings, share[:, n]) for n, nats in enumerate(mass)]
        return np.asarray(np.max(spans, axis=0))

    def _fuse(self, families: dict[str, Floats], covariance: Floats) -> Floats:
        """Fuse so that one loud family is enough and many quiet ones add up."""
        matrix = np.column_stack(list(families.values()))
        if not len(matrix):
            return np.zeros(0)
        together = -fuse_log(-matrix, "fisher", covariance=covariance)
        loudest = matrix.max(axis=1) - np.log(matrix.shape[1])
        return np.asarray(np.maximum(np.maximum(together, loudest) - np.log(2), 0.0), dtype=np.float64)

    @staticmethod
    def _points(total: Floats, families: dict[str, Floats]) -> dict[str, Floats]:
        """Share the score among the families in the proportion of what each says beyond the ordinary."""
        beyond = {name: np.maximum(values - 1.0, 0.0) for name, values in families.items()}
        whole = np.sum(list(beyond.values()), axis=0)
        share = np.divide(total, whole, out=np.zeros_like(total), where=whole > 0)
        return {name: values * share for name, values in beyond.items()}
