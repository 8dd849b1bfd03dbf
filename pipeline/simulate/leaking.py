"""What every leak has in common: who, from when to when, whose numbers, and the writing of the look-ups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.clock import working_times
from pipeline.simulate.growing import NONE
from pipeline.simulate.world import REASON, World

WARM_UP_DAYS = 40
Ints = NDArray[np.int64]


@dataclass
class Leak:
    """One leak in the making.

    Attributes:
        number: Its row in the truth; marks each of its look-ups.
        first: First simulated day.
        last: Last simulated day.
        people: Rows of those who leak.
        answers_for: Row of the person who is to be found when the account at the keyboard is another's.
    """

    world: World
    rng: np.random.Generator
    number: int
    scenario: str
    first: int = 0
    last: int = 0
    people: list[int] = field(default_factory=list)
    answers_for: int = NONE

    def between(self, shortest: int, longest: int) -> None:
        """Choose when: after the warm-up, for a number of calendar days."""
        n = self.world.days.n
        length = int(self.rng.integers(shortest, longest + 1))
        latest = max(WARM_UP_DAYS, n - max(5, min(length, (n - WARM_UP_DAYS) // 2)))
        self.first = int(self.rng.integers(WARM_UP_DAYS, latest + 1))
        self.last = min(n - 1, self.first + length - 1)

    def recruit(self, count: int, *roles: str, branch: int | None = None) -> list[int]:
        """Choose people who hold the roles, are employed all the while, and are in no other leak."""
        staff = self.world.staff
        taken = {person for plot in self.world.plots for person in plot["people"]} | set(self.people)
        whole = staff.employed[:, self.first : self.last + 1].all(axis=1)
        there = staff.present[:, self.first : self.last + 1].any(axis=1)
        able = [int(p) for p in staff.of_role(*roles) if whole[p] and there[p] and int(p) not in taken]
        if branch is not None:
            able = [p for p in able if staff.branch[p, self.first] == branch]
        chosen = [int(p) for p in self.rng.permutation(able)[:count]]
        self.people += chosen
        return chosen

    def working_days(self, person: int) -> Ints:
        """Days within the leak on which the person is at work."""
        span = np.arange(self.first, self.last + 1)
        return span[self.world.staff.present[person, span]]

    def doses(self, days: Ints, low: float, high: float, idle: float = 0.1) -> Ints:
        """Repeat each day by a number of look-ups drawn around one dose between low and high; some days stay idle."""
        dose = self.rng.uniform(low, high)
        counts = np.maximum(1, self.rng.poisson(dose, len(days))) * (self.rng.random(len(days)) >= idle)
        return np.repeat(days, np.clip(counts, 0, max(1, round(1.6 * high))))

    def list_of_strangers(self, n: int) -> Ints:
        """Numbers as a buyer sends them: from one or a few cities, or from all over; sometimes of one age."""
        rng, subjects = self.rng, self.world.subjects
        cities = subjects.elsewhere(rng, int(rng.choice([1, 3, 40], p=[0.35, 0.35, 0.3])))
        age = None
        if rng.random() < 0.4:
            age = np.clip(rng.normal(rng.uniform(27, 50), 4.0, n), 19, 80)
        return subjects.people(rng, subjects.county(rng, rng.choice(cities, n)), age)

    def times(self, person: int, days: Ints) -> Ints:
        """Times of the person's own shift."""
        return working_times(self.world, self.rng, np.full(len(days), person), days)

    def write(self, actor: Ints | int, at: Ints, subject: Ints, reason: str, **more: Any) -> None:
        """Write illegitimate look-ups."""
        self.world.lookups.add(
            len(at), at=at, actor=actor, subject=subject, reason=REASON[reason], plot=self.number, **more
        )

    def usual_reason(self, person: int) -> str:
        """The reason that the person's own work would carry."""
        from pipeline.simulate.staff import ROLES

        return USUAL.get(ROLES[self.world.staff.role[person, self.first]], "loan_approval")


USUAL = {
    "card_reviewer": "card_approval",
    "post_loan_officer": "post_loan",
    "call_centre": "counter_service",
    "counter_teller": "self_request",
    "collection_officer": "collection",
    "objection_officer": "objection",
    "judicial_liaison": "judicial",
    "auditor": "other",
}
LENDERS = ("client_manager", "sme_manager", "branch_manager", "query_clerk")
