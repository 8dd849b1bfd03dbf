"""The contract's figures (section 5) of one replay or of several together, with intervals.

Intervals are percentile bootstraps: over campaigns for what is said of campaigns, over employees for what is
said of cases and rankings. Several banks are pooled: campaigns and cases are put together; average precision
is the mean of the banks'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.backtest.outcomes import Clock, Outcome, outcomes, within
from pipeline.backtest.ranked_precision import average_precision
from pipeline.backtest.tally import Tally
from pipeline.backtest.truth import Campaign

Floats = NDArray[np.float64]
FIGURES = ("recall", "delay", "leaked", "under25", "cases", "false", "precision", "ap")
SERIOUS = 25
"""Records obtained on duty from which an offence counts as serious (contract, section 6)."""
LEVEL = 0.95


@dataclass(frozen=True)
class Figure:
    """A number and the interval it may lie in; None where it cannot be said."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Replayed:
    """One bank's replay, ready to be measured.

    Attributes:
        outcomes: Its campaigns.
        employees: (n,) people, sorted.
        hits: (n,) new cases that found a leaker in their leak.
        misses: (n,) new cases that did not.
        mean_worst: (n,) mean of the ten highest scores.
        leaks: (n,) scenarios of each person; empty for the honest.
        hits_by_scenario: scenario → (n,) hits of its campaigns.
        employee_weeks: Thousands of employees times weeks.
        left_out: Campaigns that do not begin within the replay.
    """

    outcomes: tuple[Outcome, ...]
    employees: tuple[str, ...]
    hits: Floats
    misses: Floats
    mean_worst: Floats
    leaks: tuple[frozenset[str], ...]
    hits_by_scenario: dict[str, Floats]
    employee_weeks: float
    left_out: int

    @property
    def scenarios(self) -> frozenset[str]:
        """Kinds of leaks that begin within the replay."""
        return frozenset(outcome.scenario for outcome in self.outcomes)


def replayed(tally: Tally, truth: Sequence[Campaign], clock: Clock) -> Replayed:
    """Hold a replay against the truth."""
    seen = [leak for leak in truth if leak.starts <= tally.last and leak.ends >= tally.first]
    people, mean_worst = tally.mean_worst()
    # A leaker whom no ranking names stands below everybody.
    unseen = sorted({leak.employee_id for leak in seen} - set(people))
    people, mean_worst = people + unseen, np.append(mean_worst, np.full(len(unseen), -np.inf))
    row = {name: index for index, name in enumerate(people)}
    followed = outcomes(tally, truth, clock)
    by_person: dict[str, list[Campaign]] = {}
    for leak in truth:
        by_person.setdefault(leak.employee_id, []).append(leak)
    hits, misses = np.zeros(len(people)), np.zeros(len(people))
    by_scenario = {outcome.scenario: np.zeros(len(people)) for outcome in followed}
    for employee, night in tally.new_cases():
        found = {leak.scenario for leak in by_person.get(employee, ()) if within(leak, night)}
        (hits if found else misses)[row[employee]] += 1
        for scenario in found & by_scenario.keys():
            by_scenario[scenario][row[employee]] += 1
    leaks = {
        name: frozenset(leak.scenario for leak in seen if leak.employee_id == name) for name in by_person
    }
    return Replayed(
        tuple(followed),
        tuple(people),
        hits,
        misses,
        mean_worst,
        tuple(leaks.get(name, frozenset()) for name in people),
        by_scenario,
        tally.employee_weeks,
        len(truth) - len(followed),
    )


def _of_campaigns(followed: Sequence[Outcome]) -> Callable[[NDArray[np.int64]], dict[str, float | None]]:
    """Return the figures of campaigns as a function of which rows are drawn."""
    caught = np.array([outcome.caught_on is not None for outcome in followed], dtype=bool)
    delay = np.array([np.nan if outcome.delay_days is None else outcome.delay_days for outcome in followed])
    leaked = np.array([np.nan if outcome.leaked is None else outcome.leaked for outcome in followed])
    early = caught & (leaked < SERIOUS)

    def figures(rows: NDArray[np.int64]) -> dict[str, float | None]:
        delays, leaks = delay[rows][caught[rows]], leaked[rows]
        known = bool(len(leaks)) and not bool(np.isnan(leaks).any())
        return {
            "recall": float(caught[rows].mean()) if len(rows) else None,
            "delay": float(np.median(delays)) if len(delays) else None,
            "leaked": float(np.median(leaks)) if known else None,
            "under25": float(early[rows].mean()) if known else None,
        }

    return figures


def _of_cases(
    bank: Replayed, hits: Floats, scenario: str | None
) -> Callable[[Floats], tuple[float, float, float | None]]:
    """Return hits, misses and average precision of a bank as a function of how often each person is drawn."""
    guilty = np.array(
        [bool(leaks) if scenario is None else scenario in leaks for leaks in bank.leaks], dtype=bool
    )
    # Leakers of other kinds are neither right nor wrong for this one, so they leave its ranking.
    in_ranking = guilty | ~np.array([bool(leaks) for leaks in bank.leaks], dtype=bool)
    precise = average_precision(bank.mean_worst[in_ranking], guilty[in_ranking])

    def figures(drawn: Floats) -> tuple[float, float, float | None]:
        return float(hits @ drawn), float(bank.misses @ drawn), precise(drawn[in_ranking])

    return figures


def _together(
    parts: Sequence[tuple[float, float, float | None]], weeks: float, scenario: str | None
) -> dict[str, float | None]:
    hits, misses = sum(part[0] for part in parts), sum(part[1] for part in parts)
    precise = [part[2] for part in parts if part[2] is not None]
    cases = hits if scenario is not None else hits + misses
    return {
        "cases": cases / weeks if weeks else None,
        # A false case belongs to no scenario.
        "false": misses / weeks if weeks and scenario is None else None,
        "precision": hits / cases if scenario is None and cases else None,
        "ap": float(np.mean(precise)) if precise else None,
    }


def measure(
    banks: Sequence[Replayed], *, scenario: str | None = None, seed: int = 0, draws: int = 500
) -> dict[str, Figure]:
    """Compute the contract's figures.

    Args:
        banks: One replay, or several to be pooled.
        scenario: One kind of leak alone; None takes all.
        seed: Of the bootstrap.
        draws: Bootstrap samples; 0 gives no intervals.

    Returns:
        Figure by name, in the contract's order.
    """
    followed = [o for bank in banks for o in bank.outcomes if scenario is None or o.scenario == scenario]
    weeks = sum(bank.employee_weeks for bank in banks)
    of_campaigns = _of_campaigns(followed)
    of_cases = []
    for bank in banks:
        nothing = np.zeros(len(bank.employees))
        hits = bank.hits if scenario is None else bank.hits_by_scenario.get(scenario, nothing)
        of_cases.append((len(bank.employees), _of_cases(bank, hits, scenario)))

    values = of_campaigns(np.arange(len(followed)))
    values |= _together([figures(np.ones(n)) for n, figures in of_cases], weeks, scenario)
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {name: [] for name in FIGURES}
    for _ in range(draws):
        sample = of_campaigns(rng.integers(0, max(len(followed), 1), len(followed)))
        parts = [figures(rng.multinomial(n, np.full(n, 1 / n)).astype(float)) for n, figures in of_cases if n]
        for name, value in (sample | _together(parts, weeks, scenario)).items():
            if value is not None:
                drawn[name].append(value)
    return {name: _figure(values[name], drawn[name]) for name in FIGURES}


def _figure(value: float | None, drawn: list[float]) -> Figure:
    if value is None or not drawn:
        return Figure(value)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(value, float(low), float(high))
