"""What every leak has in common: who, from when to when, whose numbers, and the writing of the look-ups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.clock import working_times
from pipeline.simulate.growing import INVENTED, NONE
from pipeline.simulate.world import OUTCOME, REASON, World

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
        harm: Share of the subjects who complain.
        unsigned: Share without a consent.
        wrong: Share of numbers that the buyer got wrong, so that nobody is found.
        invents: Share with an invented business number.
        quiet_hours: Done when the others are out.
        padded: Hidden among more honest work than usual.
        local: The buyer is from around here, and so are the names.
        cities: Where the names come from.
        age: Years around which the buyer's people are; None for all ages.
    """

    world: World
    rng: np.random.Generator
    number: int
    scenario: str
    first: int = 0
    last: int = 0
    people: list[int] = field(default_factory=list)
    answers_for: int = NONE
    harm: float = 0.0
    unsigned: float = 0.0
    wrong: float = 0.0
    invents: float = 0.0
    quiet_hours: bool = False
    padded: bool = False
    local: bool = False
    cities: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    age: float | None = None

    def __post_init__(self) -> None:
        """Draw the leak's style: when at the desk, how well covered, how much harm follows."""
        rng = self.rng
        self.harm = float(rng.choice([0.0, rng.uniform(0.0, 0.06)]))
        self.unsigned = float(rng.uniform(0.3, 1.0)) if rng.random() < 0.35 else 0.0
        self.wrong = float(rng.uniform(0.02, 0.2)) if rng.random() < 0.3 else 0.0
        typed = self.world.habits.reference_typed
        self.invents = float(rng.uniform(0.3, 1.0)) if rng.random() < typed else 0.0
        self.quiet_hours = bool(rng.random() < 0.3)
        self.padded = bool(rng.random() < 0.4)
        self.local = bool(rng.random() < 0.3)
        self.cities = self.world.subjects.elsewhere(rng, int(rng.choice([1, 3, 40], p=[0.35, 0.35, 0.3])))
        self.age = float(rng.uniform(27, 50)) if rng.random() < 0.4 else None

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
        whole = np.asarray(staff.employed[:, self.first : self.last + 1].all(axis=1))
        there = np.asarray(staff.present[:, self.first : self.last + 1].any(axis=1))
        able = [int(p) for p in staff.of_role(*roles) if whole[p] and there[p] and int(p) not in taken]
        if branch is not None:
            able = [p for p in able if staff.branch[p, self.first] == branch]
        chosen = [int(p) for p in self.rng.permutation(able)[:count]]
        self.people += chosen
        return chosen

    def working_days(self, person: int) -> Ints:
        """Days within the leak on which the person is at work."""
        span = np.arange(self.first, self.last + 1)
        return np.asarray(span[self.world.staff.present[person, span]])

    def doses(self, days: Ints, low: float, high: float, idle: float = 0.1) -> Ints:
        """Repeat each day by a number of look-ups, around one dose between low and high; some days idle."""
        dose = self.rng.uniform(low, high)
        counts = np.maximum(1, self.rng.poisson(dose, len(days))) * (self.rng.random(len(days)) >= idle)
        return np.repeat(days, np.clip(counts, 0, max(1, round(1.6 * high))))

    def list_of_strangers(self, n: int) -> Ints:
        """Numbers as the buyer sends them: from one or a few far cities, from all over, or from here."""
        rng, subjects = self.rng, self.world.subjects
        age = None if self.age is None else np.clip(rng.normal(self.age, 4.0, n), 19, 80)
        city = rng.choice(self.cities, n)
        if self.local and self.people:
            branch = np.full(n, self.world.staff.branch[self.people[0], self.first])
            city = np.where(rng.random(n) < subjects.foreign[branch], city, subjects.cities[branch])
        return subjects.people(rng, subjects.county(rng, city), age)

    def times(self, person: int, days: Ints) -> Ints:
        """Times of the person's own shift; in some leaks, when the others are out."""
        at = working_times(self.world, self.rng, np.full(len(days), person), days)
        if not self.quiet_hours:
            return at
        lunch = self.rng.random(len(days)) < 0.6
        hour = np.where(
            lunch, self.rng.uniform(12.0, 13.6, len(days)), self.rng.uniform(17.4, 19.5, len(days))
        )
        return self.world.days.at(days) + (hour * 3600).astype(np.int64)

    def log_in(self, actor: int, day: Ints, at: Ints, branch: int, seat: int) -> None:
        """Write the log-in before the first act of each day."""
        order = np.lexsort((at, day))
        first = order[np.unique(day[order], return_index=True)[1]]
        before = at[first] - self.rng.integers(20, 600, len(first))
        self.world.logins.add(len(first), at=before, actor=actor, branch=branch, seat=seat)

    def pad(self, person: int) -> None:
        """Hide among more honest work than usual."""
        from pipeline.simulate.lending import Slips, cases

        days = self.working_days(person)
        days = np.repeat(days, self.rng.poisson(self.rng.uniform(1, 4), len(days)))
        own = np.full(self.world.staff.n, 0.01)
        cases(
            self.world,
            self.rng,
            Slips(own, NONE, 0, 0, 0.0),
            np.full(len(days), person),
            days,
            "loan_approval",
        )

    def write(self, actor: Ints | int, at: Ints, subject: Ints, reason: str, **more: Any) -> None:
        """Write illegitimate look-ups, and some of the harm that follows."""
        n, rng, world = len(at), self.rng, self.world
        wrong = rng.random(n) < self.wrong
        more.setdefault("outcome", np.where(wrong, OUTCOME["not_found"], OUTCOME["ok"]))
        more.setdefault("ref", np.where(rng.random(n) < self.invents, INVENTED, NONE))
        more.setdefault("unsigned", rng.random(n) < self.unsigned)
        world.lookups.add(
            n, at=at, actor=actor, subject=subject, reason=REASON[reason], plot=self.number, **more
        )
        hurt = np.flatnonzero(rng.random(n) < self.harm)
        self.complain(at[hurt], subject[hurt])

    def complain(self, at: Ints, subject: Ints) -> None:
        """Let these people complain some days after they were looked up."""
        n = len(at)
        day = self.world.days.of(at) + 1 + self.rng.gamma(1.5, 9.0, n).astype(np.int64)
        kind = self.rng.choice(4, n, p=[0.55, 0.25, 0.15, 0.05])
        self.world.complaints.add(n, day=day, subject=subject, kind=kind)

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
