"""What tonight's evidence is worth in each role: on the scale of the role's own past nights, and as a share of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from detectors.calibration import ConformalCalibrator
from detectors.evidence_scale import OUTER, EvidenceScale

Floats = NDArray[np.float64]
Names = NDArray[np.object_]

LEAST_P = 1e-6
"""No bank's past can vouch for less; the score keeps the order beyond."""
HOT_NATS, MOST_HOT = 9.0, 0.02
"""Past people above this are set aside when the scale is fitted, the hottest first, up to this share of all."""
HANDFUL, PAIR = 5, 2
"""So many of a small bank, and so many of each role, are set aside however few their share allows: in a role of six, a seller
and his partner would else be the yardstick of what they do."""
GRAVE_NATS = 15.0
"""Past nights above this were cases whatever the bank: they do not count among the ordinary ones that a p-value counts."""
LEAST_ROLE_ROWS = 60
"""Past nights of a role that let it have p-values of its own; smaller ones have the whole bank's."""
BANK_PEOPLE = 15
"""People of the whole bank who are counted with each role when its scale is fitted: small roles lean on them."""


@dataclass(frozen=True)
class RoleScales:
    """What the past says about fused evidence, role by role.

    Attributes:
        roles: Role → its scale.
        bank: The whole bank's, for roles that the past does not know.
        ordinary: Past nights that were no cases, to count p-values on; None without a past.
    """

    roles: dict[str, EvidenceScale]
    bank: EvidenceScale
    ordinary: ConformalCalibrator | None

    @classmethod
    def fit(cls, people: Names, roles: Names, fused: Floats, nights: int, least_slope: float) -> Self:
        """Freeze the scales of past employee-nights.

        The scale, from which the score comes, sets the hottest people aside, a few at most: a seller must not lift the role that he
        hides in. The p-values set only grave nights aside: whoever has a strange but honest way of working is ordinary.

        Args:
            people: (n,) whose night.
            roles: (n,) in which role.
            fused: (n,) nominal nats.
            nights: Number of different nights.
            least_slope: Evidence is never discounted more than this.
        """
        names = roles.astype(str)
        keep = ~np.isin(people.astype(str), _hottest(people.astype(str), names, fused))
        cool, cool_names = fused[keep], names[keep]

        def fitted(values: Floats) -> EvidenceScale:
            return EvidenceScale.fit(values, least_slope=least_slope, points=OUTER)

        most = min(len(cool), BANK_PEOPLE * max(nights, 1))
        lent = np.sort(cool)[np.linspace(0, len(cool) - 1, most).astype(np.int64)]
        scales = {
            str(role): fitted(np.concatenate([cool[cool_names == role], lent]))
            for role in np.unique(cool_names)
        }
        scaled = cls(scales, fitted(cool), None)
        grave = scaled.nats(roles, fused) >= GRAVE_NATS
        if grave.all():
            return scaled
        counted = ConformalCalibrator(LEAST_ROLE_ROWS).fit(fused, names.tolist(), exclude=grave)
        return cls(scaled.roles, scaled.bank, counted)

    def nats(self, roles: Names, fused: Floats) -> Floats:
        """Return (n,) calibrated nats, each on the scale of their own role."""
        total = self.bank(fused)
        for role in np.unique(roles.astype(str)):
            if role in self.roles:
                total = np.where(roles == role, self.roles[role](fused), total)
        return np.asarray(total)

    def p_values(self, roles: Names, fused: Floats) -> Floats:
        """Return (n,) the share of the role's ordinary past nights with as much evidence; without a past, what the score claims."""
        if self.ordinary is None or not len(fused):
            return np.maximum(np.exp(-self.nats(roles, fused)), LEAST_P)
        log_p = self.ordinary.calibrate(fused, roles.astype(str).tolist()).log_p
        return np.clip(np.exp(log_p), LEAST_P, 1.0)


def _hottest(people: NDArray[np.str_], roles: NDArray[np.str_], fused: Floats) -> NDArray[np.str_]:
    """Name those whose evidence would raise them anyway: the hottest of the bank and of each role."""
    if not len(fused):
        return people
    names, first, index = np.unique(people, return_index=True, return_inverse=True)
    peak = np.zeros(len(names))
    np.maximum.at(peak, index, fused)
    order = np.argsort(-peak, kind="stable")
    order = order[EvidenceScale.fit(fused)(peak[order]) >= HOT_NATS]
    most = max(int(np.ceil(MOST_HOT * len(names))), HANDFUL)
    role = roles[first][order]
    place = np.array([np.count_nonzero(role[:at] == one) for at, one in enumerate(role)], dtype=np.int64)
    return names[order[(np.arange(len(order)) < most) | (place < PAIR)]]
