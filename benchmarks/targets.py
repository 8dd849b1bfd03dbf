"""The figures to reach, computed from replays of simulated banks, with the interval each may lie in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from pipeline.backtest.figures import SERIOUS, Figure, Replayed, measure
from pipeline.backtest.outcomes import Outcome
from pipeline.backtest.replay import ReplayedNight
from pipeline.calendar import BusinessCalendar

STEALTH = frozenset({"to_order", "slow_drip", "hollow", "borrowed_ref", "post_loan_pretext", "ring"})
LOUD = frozenset({"stolen_account", "absent_account", "crawler"})
STEALTH_WORKDAYS = 15
LOUD_MULTIPLE = 2.0
LOUD_LEAST = 10
RARE_P = 0.001


@dataclass
class Watched:
    """What a replay shows beside its alerts.

    Attributes:
        leakers: Everybody who leaks at some time.
        usual: (employee, night) → look-ups on an ordinary day before it, where a leak starts.
        nights: role → clean employee-nights.
        rare: role → those of them with p at most 0.001.
    """

    leakers: frozenset[str]
    starts: frozenset[tuple[str, date]]
    usual: dict[tuple[str, date], float] = field(default_factory=dict)
    nights: dict[str, int] = field(default_factory=dict)
    rare: dict[str, int] = field(default_factory=dict)

    def __call__(self, night: ReplayedNight) -> None:
        scores = night.scores
        facts = scores.facts
        before = facts.window("lookups", 60) - facts.window("lookups", 1)
        days = np.maximum(facts.window("active", 60) - facts.window("active", 1), 1)
        for row in night.ranked.tolist():
            person = str(scores.people[row])
            if (person, scores.night) in self.starts:
                self.usual[person, scores.night] = float(before[row] / days[row])
            if person in self.leakers or not scores.calibrated:
                continue
            role = str(scores.roles[row])
            self.nights[role] = self.nights.get(role, 0) + 1
            self.rare[role] = self.rare.get(role, 0) + int(scores.p_value[row] <= RARE_P)


@dataclass(frozen=True)
class BankResult:
    """One simulated bank, replayed and measured."""

    seed: int
    replayed: Replayed
    watched: Watched
    calendar: BusinessCalendar


@dataclass(frozen=True)
class Target:
    """A figure to reach."""

    what: str
    least: str
    figure: Figure
    of: int


def workdays_to(bank: BankResult, outcome: Outcome) -> int | None:
    """Working days after the first illegitimate look-up until the night of the raise."""
    if outcome.caught_on is None:
        return None
    return bank.calendar.workdays_between(outcome.starts, outcome.caught_on) - int(
        bank.calendar.is_workday(outcome.starts)
    )


def is_loud(bank: BankResult, outcome: Outcome) -> bool:
    """Loud by its kind, or the first day alone is twice the person's own ordinary day."""
    usual = bank.watched.usual.get((outcome.employee_id, outcome.starts))
    first = outcome.first_day or 0
    twice = usual is not None and first >= max(LOUD_LEAST, LOUD_MULTIPLE * usual)
    return outcome.scenario in LOUD or twice


def share(
    banks: Sequence[BankResult],
    counts: Callable[[BankResult, Outcome], bool],
    hit: Callable[[BankResult, Outcome], bool],
    seed: int,
    draws: int,
) -> tuple[Figure, int]:
    """The share of the campaigns that count which are a hit, with a bootstrap interval over campaigns."""
    hits = np.array(
        [hit(bank, o) for bank in banks for o in bank.replayed.outcomes if counts(bank, o)], dtype=float
    )
    if not len(hits):
        return Figure(None), 0
    rng = np.random.default_rng(seed)
    drawn = hits[rng.integers(0, len(hits), (max(draws, 1), len(hits)))].mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Figure(float(hits.mean()), float(low), float(high)), len(hits)


def targets(banks: Sequence[BankResult], quiet: Sequence[BankResult], seed: int, draws: int) -> list[Target]:
    """Compute every figure to reach, in the order of the table."""
    figures = measure([bank.replayed for bank in banks], seed=seed, draws=draws)
    campaigns = sum(len(bank.replayed.outcomes) for bank in banks)
    cases = int(sum(bank.replayed.hits.sum() + bank.replayed.misses.sum() for bank in banks))
    stealth, of_stealth = share(
        banks,
        lambda _, o: o.scenario in STEALTH,
        lambda bank, o: (days := workdays_to(bank, o)) is not None and days <= STEALTH_WORKDAYS,
        seed,
        draws,
    )
    early, of_early = share(
        banks,
        lambda _, o: o.first_day is not None and o.first_day <= SERIOUS,
        lambda _, o: o.caught_on is not None and o.leaked is not None and o.leaked < SERIOUS,
        seed,
        draws,
    )
    loud, of_loud = share(banks, is_loud, lambda _, o: o.delay_days == 0, seed, draws)
    rows = [
        Target("recall, all scenarios", "0.93", figures["recall"], campaigns),
        Target("… false new cases per 1,000 employees and week", "≤ 0.8", figures["false"], cases),
        Target("precision of the new cases", "0.6", figures["precision"], cases),
        Target("stealth: caught within 15 working days", "0.8", stealth, of_stealth),
        Target("raised before the 25th (first day alone ≤ 25)", "0.6", early, of_early),
        Target("loud: the same night", "0.95", loud, of_loud),
        Target("look-ups made before the raise, median", "≤ 20", figures["leaked"], campaigns),
        Target("average precision", "–", figures["ap"], len(banks)),
    ]
    if quiet:
        calm = measure([bank.replayed for bank in quiet], seed=seed, draws=draws)
        rows.append(Target("quiet bank: new cases per 1,000 and week", "≤ 0.4", calm["cases"], len(quiet)))
    return rows + rare_by_role([*banks, *quiet])


def rare_by_role(banks: Sequence[BankResult]) -> list[Target]:
    """The share of clean employee-nights with p at most 0.001, per role."""
    nights: dict[str, int] = {}
    rare: dict[str, int] = {}
    for bank in banks:
        for role, number in bank.watched.nights.items():
            nights[role] = nights.get(role, 0) + number
            rare[role] = rare.get(role, 0) + bank.watched.rare[role]
    told = {"all roles": (sum(rare.values()), sum(nights.values()))}
    told |= {role: (rare[role], number) for role, number in sorted(nights.items())}
    return [
        Target(f"p ≤ {RARE_P:g}, clean, {role}", "0.0005 … 0.002", Figure(few / number), number)
        for role, (few, number) in told.items()
        if number
    ]
