"""Invented customers: numbers with a right check digit and a region that does not exist.

Provinces 90–98 were never assigned, so no number made here can be a real person's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.simulate.growing import NONE, Growing

SEGMENTS = ("ordinary", "vip", "public_figure", "staff")
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECKS = np.array(list("10X98765432"))


def _columns() -> Growing:
    return Growing(
        {
            "region": ("i8", 0),
            "birth": ("i8", 0),
            "home": ("i4", NONE),
            "customer": ("?", False),
            "segment": ("i1", 0),
            "balance": ("f8", 0.0),
        }
    )


@dataclass
class Subjects:
    """Everybody who could be looked up.

    Attributes:
        cities: (branches,) four-digit prefix of each branch's own city.
        foreign: (branches,) share of its clientele that comes from elsewhere.
        today: Days since 1970 of the simulation's start; ages are reckoned from it.
    """

    cities: NDArray[np.int64]
    foreign: NDArray[np.float64]
    today: int
    table: Growing = field(default_factory=_columns)

    def people(
        self,
        rng: np.random.Generator,
        region: NDArray[np.int64],
        age: NDArray[np.float64] | None = None,
        **more: Any,
    ) -> NDArray[np.int64]:
        """Add people of given six-digit regions; ages in years default to a borrowing public's."""
        n = len(region)
        years = np.clip(rng.gamma(9.0, 4.4, n), 18.2, 88) if age is None else age
        birth = self.today - (years * 365.25).astype(np.int64) - rng.integers(0, 365, n)
        balance = np.exp(rng.normal(9.2, 1.6, n))
        return self.table.add(n, region=region, birth=birth, balance=balance, **more)

    def clientele(self, rng: np.random.Generator, branch: NDArray[Any], **more: Any) -> NDArray[np.int64]:
        """Add people who would walk into these branches: mostly local, some from elsewhere."""
        away = rng.random(len(branch)) < self.foreign[branch]
        city = np.where(away, self.elsewhere(rng, len(branch)), self.cities[branch])
        return self.people(rng, self.county(rng, city), **more)

    @staticmethod
    def elsewhere(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
        """Four-digit city prefixes from the whole country."""
        return rng.integers(90, 99, n) * 100 + rng.integers(1, 20, n)

    @staticmethod
    def county(rng: np.random.Generator, city: NDArray[np.int64]) -> NDArray[np.int64]:
        """Six-digit regions within the cities."""
        return city * 100 + rng.integers(1, 13, len(city))

    def numbers(self, rng: np.random.Generator) -> NDArray[np.str_]:
        """Give everybody an 18-digit number, all different, check digit right."""
        region, birth = self.table["region"], self.table["birth"]
        day = (np.datetime64("1970-01-01") + birth).astype("datetime64[D]")
        years = day.astype("datetime64[Y]")
        months = day.astype("datetime64[M]")
        ymd = (
            (years.astype(np.int64) + 1970) * 10_000
            + (months.astype(np.int64) % 12 + 1) * 100
            + (day - months).astype(np.int64)
            + 1
        )
        stem = (region * 100_000_000 + ymd) * 1000
        body = stem + rng.integers(1, 1000, len(stem))
        while True:
            order = np.argsort(body, kind="stable")
            twin = np.zeros(len(body), dtype=bool)
            twin[order[1:]] = body[order[1:]] == body[order[:-1]]
            if not twin.any():
                break
            body[twin] = stem[twin] + rng.integers(1, 1000, int(twin.sum()))
        digits = (body[:, None] // 10 ** np.arange(16, -1, -1)) % 10
        check = CHECKS[(digits @ WEIGHTS) % 11]
        return np.char.add(body.astype("U17"), check)
