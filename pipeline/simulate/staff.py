"""Who works at the bank: branches, roles, shifts, terminals, and who is there on which day."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.days import Days
from pipeline.simulate.habits import Habits

ROLES = (
    "client_manager",
    "sme_manager",
    "query_clerk",
    "counter_teller",
    "branch_manager",
    "card_reviewer",
    "post_loan_officer",
    "call_centre",
    "collection_officer",
    "objection_officer",
    "judicial_liaison",
    "auditor",
)
ROLE = {name: i for i, name in enumerate(ROLES)}
HEAD_OFFICE = 0
HEAD_MIX = {
    "card_reviewer": 0.3,
    "call_centre": 0.24,
    "post_loan_officer": 0.16,
    "collection_officer": 0.14,
    "auditor": 0.06,
    "objection_officer": 0.06,
    "judicial_liaison": 0.04,
}
SHIFTS = {"day": (8.5, 17.5), "early": (8.0, 15.5), "late": (13.0, 21.5), "night": (21.0, 30.0)}
SHIFT_NAMES = tuple(SHIFTS)
SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶"
    "姜谢邹喻柏窦章云苏潘葛范彭郎鲁韦马苗方任袁柳唐罗薛"
)
# Fanciful, so that nobody real is meant.
GIVEN = "一乙山川木禾石田竹米羽舟帆弦墨砚苔萤杉桐榆枫芷蘅岚霁澄汀渚陌阡屿峤垣塬砾玦琮珩璟"
CN_ABSENCE = ("annual_leave", "sick", "training", "personal")


@dataclass
class Staff:
    """People as rows; matrices are (people, days).

    Attributes:
        ids: Employee numbers.
        role: Role by day, as an index into ROLES.
        branch: Branch by day; 0 is the head office.
        present: Whether they are at work.
        employed: Between the first and the last day.
        shift: Index into SHIFT_NAMES.
        seat: Terminal they use on each day, by its number at the branch; counters share them.
        pace: Own multiple of the role's usual rate.
        sloppy: Keeps records badly, and does nothing worse.
        hired: Days since 1970.
        left: Days since 1970 of the last day, or a large number.
        manager: Row of the one who leads them, or -1.
        assignments: (person, simulated day from which, role, branch), as the employees feed tells it.
        absences: (person, first simulated day, last, kind).
    """

    ids: list[str]
    names: list[str]
    role: NDArray[np.int8]
    branch: NDArray[np.int32]
    present: NDArray[np.bool_]
    employed: NDArray[np.bool_]
    shift: NDArray[np.int8]
    seat: NDArray[np.int32]
    pace: NDArray[np.float64]
    sloppy: NDArray[np.bool_]
    hired: NDArray[np.int64]
    left: NDArray[np.int64]
    manager: NDArray[np.int32]
    branches: int
    assignments: list[tuple[int, int, int, int]] = field(default_factory=list)
    absences: list[tuple[int, int, int, str]] = field(default_factory=list)

    @property
    def n(self) -> int:
        """How many people."""
        return len(self.ids)

    def of_role(self, *roles: str) -> NDArray[np.int64]:
        """Rows of the people who hold one of the roles on most days."""
        wanted = np.isin(self.role, [ROLE[r] for r in roles]).mean(axis=1) > 0.5
        return np.flatnonzero(wanted)

    def colleagues(self, person: int, day: int) -> NDArray[np.int64]:
        """Rows of the others employed at the person's branch on that day."""
        there = (self.branch[:, day] == self.branch[person, day]) & self.employed[:, day]
        there[person] = False
        return np.flatnonzero(there)


NEVER_LEFT = 10**6


def _posts(
    rng: np.random.Generator, n: int, habits: Habits
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Role and branch of each person at the start, and the number of branches with the head office."""
    head = max(6, round(n * float(rng.uniform(0.2, 0.35))))
    mix = {r: w for r, w in HEAD_MIX.items() if habits.has_card_centre or r != "card_reviewer"}
    share = np.array(list(mix.values())) / sum(mix.values())
    posts = list(mix)[:6]
    posts += list(rng.choice(list(mix), size=head - len(posts), p=share))
    roles = [ROLE[p] for p in posts]
    branches = [HEAD_OFFICE] * head
    count = max(1, round((n - head) / habits.branch_size))
    per = np.full(count, (n - head) // count)
    per[: (n - head) % count] += 1
    for b, size in enumerate(per, start=1):
        crew = ["branch_manager", "counter_teller", "client_manager", "sme_manager"]
        if habits.has_clerks:
            crew.append("query_clerk")
        rest = rng.choice(
            ["client_manager", "sme_manager", "counter_teller"],
            size=max(0, size - len(crew)),
            p=[0.6, 0.15, 0.25],
        )
        crew = (crew + list(rest))[:size]
        roles += [ROLE[c] for c in crew]
        branches += [b] * len(crew)
    return np.array(roles), np.array(branches), count + 1


def _absences(rng: np.random.Generator, n: int, days: Days, a_year: float) -> list[tuple[int, int, int, str]]:
    found = []
    for person, times in enumerate(rng.poisson(a_year * days.n / 365, n)):
        taken: set[int] = set()
        for _ in range(times):
            first = int(rng.integers(0, days.n))
            last = min(days.n - 1, first + int(rng.geometric(0.3)) - 1)
            if taken.isdisjoint(range(first, last + 1)):
                taken.update(range(first, last + 1))
                found.append((person, first, last, str(rng.choice(CN_ABSENCE, p=[0.5, 0.25, 0.15, 0.1]))))
    return found


def _moves(rng: np.random.Generator, staff: Staff, days: Days, habits: Habits) -> None:
    """Transfers for good, and acting appointments that end."""
    years = days.n / 365
    managers = staff.of_role("client_manager", "sme_manager", "counter_teller")
    for person in managers:
        home, role = int(staff.branch[person, 0]), int(staff.role[person, 0])
        away = [b for b in range(1, staff.branches) if b != home]
        if not away or days.n < 30:
            continue
        if rng.random() < habits.transfers * years:
            day, to = int(rng.integers(10, days.n - 5)), int(rng.choice(away))
            swap = {ROLE["client_manager"]: ROLE["sme_manager"], ROLE["sme_manager"]: ROLE["client_manager"]}
            new = swap.get(role, role) if rng.random() < 0.3 else role
            staff.branch[person, day:], staff.role[person, day:] = to, new
            staff.assignments.append((int(person), day, new, to))
        elif rng.random() < habits.acting * years:
            day = int(rng.integers(5, days.n - 20))
            back, to = min(days.n - 1, day + int(rng.integers(10, 40))), int(rng.choice(away))
            staff.branch[person, day:back] = to
            staff.assignments += [(int(person), day, role, to), (int(person), back, role, home)]


def _sit(rng: np.random.Generator, staff: Staff, habits: Habits) -> None:
    """Give those who moved a terminal at the new branch, and now and then everybody another's desk."""
    away = staff.branch != staff.branch[:, :1]
    staff.seat[away] = 30 + staff.seat[away] % 20
    desk = rng.random(staff.seat.shape) < habits.hot_desks
    staff.seat[desk] = rng.integers(1, 60, int(desk.sum()))


def hire(rng: np.random.Generator, n: int, days: Days, habits: Habits) -> Staff:
    """Fill the bank with n people, and lay out who is there on which day."""
    role, branch, branches = _posts(rng, n, habits)
    order = rng.permutation(n)  # numbers must not follow branch or role
    numbers = np.sort(rng.choice(np.arange(10_000, 10_000 + 9 * n), n, replace=False))
    ids = [""] * n
    for person, number in zip(order, numbers, strict=True):
        ids[person] = f"E{number}"
    names = ["".join([rng.choice(list(SURNAMES)), *rng.choice(list(GIVEN), 2)]) for _ in range(n)]

    hired = days.first - rng.integers(60, 6000, n)
    left = np.full(n, NEVER_LEFT)
    chance = rng.random(n)
    joins = chance < habits.joiners * days.n / 365
    leaves = ~joins & (chance > 1 - habits.leavers * days.n / 365)
    hired[joins] = days.first + rng.integers(1, max(2, days.n - 5), int(joins.sum()))
    left[leaves] = days.first + rng.integers(5, max(6, days.n - 1), int(leaves.sum()))
    span = days.first + np.arange(days.n)
    employed = (span >= hired[:, None]) & (span <= left[:, None])

    shift = np.zeros(n, dtype=np.int8)
    phones = np.isin(role, [ROLE["card_reviewer"], ROLE["call_centre"]])
    shift[phones] = rng.choice(4, int(phones.sum()), p=[0.55, 0.2, 0.2, 0.05])
    seat = np.zeros(n, dtype=np.int32)
    for b in range(branches):
        crew = np.flatnonzero(branch == b)
        seat[crew] = np.arange(1, len(crew) + 1)
        counter = crew[role[crew] == ROLE["counter_teller"]]
        seat[counter] = 60 + np.arange(len(counter)) // habits.counters_shared
    manager = np.full(n, -1, dtype=np.int32)
    for b in range(1, branches):
        chief = np.flatnonzero((branch == b) & (role == ROLE["branch_manager"]))
        if len(chief):
            manager[(branch == b) & (np.arange(n) != chief[0])] = chief[0]

    staff = Staff(
        ids, names,
        np.repeat(role[:, None], days.n, axis=1).astype(np.int8),
        np.repeat(branch[:, None], days.n, axis=1).astype(np.int32),
        np.zeros((n, days.n), dtype=bool), employed, shift, np.repeat(seat[:, None], days.n, axis=1),
        np.exp(rng.normal(-habits.rate_spread**2 / 2, habits.rate_spread, n)),
        rng.random(n) < habits.sloppy,
        hired.astype(np.int64), left.astype(np.int64), manager, branches,
        assignments=[(p, NONE_DAY, int(role[p]), int(branch[p])) for p in range(n)],
    )  # fmt: skip
    _moves(rng, staff, days, habits)
    _sit(rng, staff, habits)
    staff.absences = [a for a in _absences(rng, n, days, habits.absences_a_year) if employed[a[0], a[1]]]
    opens = rng.random(branches) < habits.saturday_branches
    opens[HEAD_OFFICE] = True
    on_saturday = days.saturday & opens[staff.branch] & (rng.random((n, days.n)) < habits.saturday_load)
    rota = np.isin(staff.role, [ROLE["card_reviewer"], ROLE["call_centre"]]) & (rng.random((n, days.n)) < 0.3)
    overtime = np.isin(staff.role, [ROLE["client_manager"], ROLE["sme_manager"]])
    overtime &= ~days.workday & (rng.random((n, days.n)) < habits.overtime)
    staff.present = employed & (overtime | days.workday | on_saturday | (rota & ~days.workday))
    for person, first, last, _ in staff.absences:
        staff.present[person, first : last + 1] = False
    return staff


NONE_DAY = -1  # an assignment that already held when the simulation began
