"""One leak in the making: whose, when, which customers, and the rows it leaves in the feeds.

A leaked look-up is a copy of one of the host's own honest look-ups, with another customer and another time on
it: whatever this bank's log writes (terminals, channels, clerks who type, consents, delays), it writes here too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.drill.leaks.material import SUBJECT, Host, Material

Days = Sequence[date]
LAST_SECOND = 86_370


@dataclass
class Leak:
    """One leak in the making.

    Attributes:
        scenario: Its name.
        key: Distinguishes it among all leaks of all drills; what it invents is drawn from it.
        rng: Its own generator.
        hosts: Who leaks.
        material: The bank as the leak finds it.
        rows: Feed → tables to be added to the shadow.
        looked: employee_id, occurred_at of the leaked look-ups (aware UTC), by the host they count for.
        elsewhere: Share of the customers who are strangers to the bank; the others are its own, of other branches.
        unsigned: Share without a consent, where the log has consents.
        invented: Share with an invented business number, where the log has them.
    """

    scenario: str
    key: str
    rng: np.random.Generator
    hosts: Sequence[Host]
    material: Material
    rows: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    looked: list[pd.DataFrame] = field(default_factory=list)
    elsewhere: float = 1.0
    unsigned: float = 0.0
    invented: float = 0.0
    _number: int = 0

    def __post_init__(self) -> None:
        """Draw the leak's style."""
        rng = self.rng
        self.elsewhere = float(rng.choice([1.0, rng.uniform(0.3, 0.9)]))
        self.unsigned = float(rng.uniform(0.3, 1.0)) if rng.random() < 0.35 else 0.0
        self.invented = float(rng.uniform(0.3, 1.0)) if rng.random() < 0.5 else 0.0
        shapes = self.material.strangers
        names = sorted(set(shapes["subject_city"].dropna().astype(str)))
        self._cities = [str(c) for c in rng.permutation(names)[: int(rng.choice([1, 3, 40]))]]

    def working_days(self, host: Host) -> list[date]:
        """Return the working days of the span on which the host is at the desk, from the leak's first on."""
        present = host.days_at_work
        return [day for day in self.material.work_days if day in present]

    def doses(self, days: Days, low: float, high: float, idle: float = 0.1) -> list[date]:
        """Repeat each day by a number of look-ups around one dose between low and high; some days idle."""
        dose = self.rng.uniform(low, high)
        counts = np.maximum(1, self.rng.poisson(dose, len(days))) * (self.rng.random(len(days)) >= idle)
        if len(days) and not counts.any():
            counts[0] = max(1, round(dose))
        return [day for day, count in zip(days, counts, strict=True) for _ in range(int(count))]

    def invent(self, what: str) -> str:
        """Return a token that nothing else has."""
        self._number += 1
        return hashlib.sha256(f"{self.key}:{what}:{self._number}".encode()).hexdigest()

    def victims(self, host: Host, n: int) -> pd.DataFrame:
        """Choose n people who have no business with the host: strangers, and customers of other branches."""
        rng, shapes, customers = self.rng, self.material.strangers, self.material.customers
        far = shapes[shapes["branch"] != host.branch]
        far = far if len(far) else shapes
        chosen = far[far["subject_city"].isin(self._cities)]
        far = chosen if len(chosen) else far
        people = far.iloc[rng.integers(0, len(far), n)][list(SUBJECT)].reset_index(drop=True).astype(object)
        people["subject_token"] = [self.invent("person") for _ in range(n)]
        known = customers[customers["home_branch"].fillna("") != host.branch]
        if len(known):
            own = np.flatnonzero(rng.random(n) >= self.elsewhere)
            rows = known.iloc[rng.choice(len(known), len(own), replace=len(own) > len(known))]
            for column in SUBJECT:
                people.loc[own, column] = rows[column].to_numpy(dtype=object)
        return people

    def copies(self, host: Host, days: Days) -> pd.DataFrame:
        """Copy one honest look-up of the host for each day: of that very day where there is one."""
        work = host.work
        place: dict[date, list[int]] = {}
        for row, day in enumerate(work["business_day"]):
            place.setdefault(day, []).append(row)
        every = list(range(len(work)))
        chosen = [int(self.rng.choice(place.get(day, every))) for day in days]
        return work.iloc[chosen].reset_index(drop=True)

    def office_hours(self, copied: pd.DataFrame) -> NDArray[np.int64]:
        """Return (n,) seconds of the day: the copied ones', some minutes earlier or later."""
        local = pd.to_datetime(copied["occurred_at_local"])
        second = local.dt.hour * 3600 + local.dt.minute * 60 + local.dt.second
        moved = second.to_numpy(dtype=np.float64) + self.rng.normal(0, 1200, len(copied))
        return np.clip(moved, 30, LAST_SECOND).astype(np.int64)

    def look_up(
        self,
        host: Host,
        days: Days,
        victims: pd.DataFrame,
        second: NDArray[np.int64] | None = None,
        **columns: Any,
    ) -> pd.DataFrame:
        """Write look-ups that nobody needed, and return them.

        Args:
            host: Whose account.
            days: (n,) the day of each.
            victims: (n,) SUBJECT columns.
            second: (n,) second of the day; None keeps the host's own hours.
            columns: Columns that are not as in the host's own look-ups.
        """
        rows = self.copies(host, days)
        if not len(rows):
            return rows
        at = self.office_hours(rows) if second is None else np.clip(second, 30, LAST_SECOND)
        self._timed(rows, days, at)
        for column in SUBJECT:
            rows[column] = victims[column].to_numpy(dtype=object)
        self._papers(rows)
        for column, value in columns.items():
            rows[column] = value
        self.add("access_log", rows, "event_id")
        self._count(host, rows)
        return rows

    def copy_out(
        self, own: pd.DataFrame, host: Host, second: NDArray[np.int64], how: NDArray[np.str_]
    ) -> None:
        """Write paper or file copies of what the host has looked up.

        Args:
            own: (n,) the host's own look-ups.
            host: Whose account.
            second: (n,) second of the day.
            how: (n,) `print` or `export`.
        """
        rows = own.reset_index(drop=True)
        self._timed(rows, list(rows["business_day"]), np.clip(second, 30, LAST_SECOND))
        rows["operation"] = how
        self.add("access_log", rows, "event_id")
        self._count(host, rows)

    def _count(self, host: Host, rows: pd.DataFrame) -> None:
        at = pd.to_datetime(rows["occurred_at"]).dt.tz_localize("UTC")
        self.looked.append(pd.DataFrame({"employee_id": host.employee_id, "occurred_at": at}))

    def _timed(self, rows: pd.DataFrame, days: Days, second: NDArray[np.int64]) -> None:
        lag = pd.to_datetime(rows["recorded_at"]) - pd.to_datetime(rows["occurred_at"])
        utc, local = self.moments(days, second)
        rows["occurred_at"], rows["occurred_at_local"] = utc, local
        rows["business_day"] = list(days)
        lag = lag.fillna(pd.Timedelta(0)).reset_index(drop=True)
        rows["recorded_at"], rows["recorded_at_local"] = utc + lag, local + lag

    def moments(self, days: Days, second: NDArray[np.int64]) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Return (n,) moments in UTC and on the bank's clock, both naive as the lake holds them."""
        local = pd.to_datetime(pd.Series(list(days), dtype="datetime64[us]"))
        local = local + pd.to_timedelta(second, unit="s")
        aware = local.dt.tz_localize(self.material.zone, ambiguous=False, nonexistent="shift_forward")
        return aware.dt.tz_convert("UTC").dt.tz_localize(None), aware.dt.tz_localize(None)

    def _papers(self, rows: pd.DataFrame) -> None:
        """Invent consents and business numbers where the copied look-ups have them; theirs belong to others."""
        n, rng = len(rows), self.rng
        had = rows["business_ref"].fillna("").ne("").to_numpy() & (rng.random(n) < self.invented)
        rows["business_ref"] = [self.invent("number")[:14].upper() if wanted else None for wanted in had]
        signed = rows["authorization_id"].fillna("").ne("").to_numpy() & (rng.random(n) >= self.unsigned)
        rows["authorization_id"] = [self.invent("consent")[:12] if wanted else None for wanted in signed]
        for column, ahead in (("authorization_signed_on", 0), ("authorization_expires_on", 90)):
            dated = rows[column].notna().to_numpy() & signed
            rows[column] = [
                day + timedelta(days=ahead) if wanted else None
                for day, wanted in zip(rows["business_day"], dated, strict=True)
            ]

    def add(self, feed: str, rows: pd.DataFrame, identity: str | None = None) -> None:
        """Add rows to a feed of the shadow, under numbers of their own."""
        rows = rows.copy()
        if identity:
            rows[identity] = [self.invent(identity) for _ in range(len(rows))]
        rows["batch_id"], rows["file_id"], rows["line"] = self.material.batch, 0, np.arange(len(rows))
        rows["row_hash"] = [self.invent("row") for _ in range(len(rows))]
        self.rows.setdefault(feed, []).append(rows)
