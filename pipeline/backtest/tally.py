"""What the figures need of a replay: it grows with the alerts and the staff, not with the nights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

WORST_NIGHTS = 10
QUIET_DAYS = 14
"""A person raised again within as many days is the same case (contract, section 5)."""


@dataclass
class Tally:
    """Alerts and worst nights of everybody in a span of nights.

    Attributes:
        first: First night.
        last: Last night.
        raised: employee → the nights on which they were raised.
        worst: employee → up to ten highest scores.
        rows: Rows counted.
    """

    first: date
    last: date
    raised: dict[str, list[date]] = field(default_factory=dict)
    worst: dict[str, list[float]] = field(default_factory=dict)
    rows: int = 0

    def add(
        self,
        night: date,
        people: Iterable[str],
        scores: NDArray[np.float64],
        alerts: NDArray[np.bool_],
    ) -> None:
        """Count one night's rows.

        Args:
            night: The night.
            people: (n,) employee ids.
            scores: (n,) higher is more suspicious.
            alerts: (n,) raised or not.
        """
        self.rows += len(scores)
        for employee, score, alert in zip(people, scores.tolist(), alerts.tolist(), strict=True):
            kept = self.worst.setdefault(employee, [])
            if len(kept) < WORST_NIGHTS:
                kept.append(score)
            elif score > (least := min(kept)):
                kept[kept.index(least)] = score
            if alert:
                self.raised.setdefault(employee, []).append(night)

    @property
    def employees(self) -> int:
        """How many people the rankings name."""
        return len(self.worst)

    @property
    def nights(self) -> int:
        """How many nights the span has."""
        return (self.last - self.first).days + 1

    @property
    def employee_weeks(self) -> float:
        """Thousands of employees times weeks: what numbers of cases are divided by."""
        return self.employees / 1000 * self.nights / 7

    def new_cases(self) -> list[tuple[str, date]]:
        """List who was raised on a night and on none of the fourteen days before, by person and night."""
        found = []
        for employee, nights in sorted(self.raised.items()):
            before: date | None = None
            for night in sorted(nights):
                if before is None or night - before > timedelta(days=QUIET_DAYS):
                    found.append((employee, night))
                before = night
        return found

    def mean_worst(self) -> tuple[list[str], NDArray[np.float64]]:
        """Return the people, sorted, and the mean of each one's ten highest scores, or of all if fewer."""
        people = sorted(self.worst)
        return people, np.array(
            [float(np.mean(sorted(self.worst[name]))) for name in people], dtype=np.float64
        )
