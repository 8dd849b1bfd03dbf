"""Facts summed over windows, as known on a night: one row a person and band of days.

Bands lie end to end, so every window is the sum of the first few of them, and everything beyond a window is
the own past without that window.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.calendar import BusinessCalendar
from pipeline.evidence.people import UNKNOWN_ROLE
from pipeline.features.catalogue import MEASURES, PEAKS
from pipeline.features.families.linkage import CLASSES, WAITING
from pipeline.features.gathering import least_gathering
from pipeline.features.scattering import FAR_PLACES, SCATTERED, scattered
from pipeline.features.spec import WINDOWS

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

BANDS = len(WINDOWS) + 1
"""One band per window (what it adds to the shorter one), and one for everything older."""

RARE_ROLE = 30
"""A role of which a part of the branches would leave fewer people than this is kept whole."""

REACH_DAYS = 380
"""Calendar days that a night looks back: 250 working days and a little of what came before."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NightFacts:
    """Everything that features of one night are computed from.

    Attributes:
        night: The night.
        people: (n,) employee ids, sorted.
        roles: (n,) role on the night.
        branches: (n,) branch on the night.
        bands: measure → (n, BANDS): what the measure came to in each band of days.
    """

    night: date
    people: NDArray[np.object_]
    roles: NDArray[np.object_]
    branches: NDArray[np.object_]
    bands: dict[str, Floats] = field(repr=False)

    def window(self, measure: str, days: int) -> Floats:
        """Return (n,) the measure over a window of `days` working days that ends with the night."""
        return self._over(measure, slice(0, WINDOWS.index(days) + 1))

    def before(self, measure: str, days: int) -> Floats:
        """Return (n,) the measure over everything before that window."""
        return self._over(measure, slice(WINDOWS.index(days) + 1, None))

    def of_branches(self, most: int) -> NightFacts:
        """Keep every few branches whole, so that about `most` people stay, and all branches with a rare role.

        Crews stay together, and each role keeps enough people to tell what is ordinary. A smaller staff stays as it is.
        """
        every = -(-len(self.people) // most)
        if every <= 1:
            return self
        names, branch = np.unique(self.branches.astype(str), return_inverse=True)
        _, role, count = np.unique(self.roles.astype(str), return_inverse=True, return_counts=True)
        kept = np.arange(len(names)) % every == 0
        kept[branch[count[role] < RARE_ROLE * every]] = True
        rows = np.flatnonzero(kept[branch])
        return NightFacts(
            self.night,
            self.people[rows],
            self.roles[rows],
            self.branches[rows],
            {name: values[rows] for name, values in self.bands.items()},
        )

    def _over(self, measure: str, bands: slice) -> Floats:
        if measure == SCATTERED:  # not a sum of the bands': it asks which units show most over all of them
            return scattered(
                np.column_stack([self.bands[place][:, bands].sum(axis=1) for place in FAR_PLACES])
            )
        part = self.bands[measure][:, bands]
        return np.asarray(part.max(axis=1) if measure in PEAKS else part.sum(axis=1))


def band_table(calendar: BusinessCalendar, nights: Sequence[date], first: date) -> ir.Table:
    """Return asked (the night), day, band: each day that a night looks back at, and the band in which it lies."""
    rows = []
    for night in nights:
        ends = night.toordinal()
        # A fixed reach, not "all there is": else a night would read differently in a long replay than by
        # itself.
        reach = min(max(first.toordinal(), ends - REACH_DAYS), ends)
        starts = [calendar.window_start(night, window).toordinal() for window in WINDOWS]
        for band, start in enumerate([*starts, reach]):
            rows += [(night, date.fromordinal(day), band) for day in range(max(start, reach), ends + 1)]
            ends = min(ends, start - 1)
    frame = pd.DataFrame(rows, columns=["asked", "day", "band"])
    return ibis.memtable(frame, schema=ibis.schema({"asked": "date", "day": "date", "band": "int64"}))


def windowed(facts: ir.Table, bands: ir.Table) -> ir.Table:
    """Sum daily facts per night asked about, person and band, using only what was known by that night.

    Args:
        facts: Rows of `daily.daily_facts`.
        bands: Rows of `band_table`.

    Returns:
        asked, person, band and one column per measure.
    """
    # By the day itself: an engine finds equal days at once, and would try every band for a span of them.
    held = facts.join(bands, "day").filter(lambda t: t.night <= t.asked)
    folded = {name: held[name].max() if name in PEAKS else held[name].sum() for name in MEASURES}
    return held.group_by("asked", "person", "band").agg(**folded)


def _derive(bands: dict[str, Floats]) -> None:
    """Add what follows from the counted measures.

    All classes together, and look-ups that wait without a trace.
    """
    for what in ("closed", "supported"):
        bands[what] = np.sum([bands[f"{what}_{kind}"] for kind in CLASSES], axis=0)
    bands["explained"] = bands["linked"] + bands["thin"]
    # A look-up of the day itself has not had a working day yet; from the second band on it has. Each class
    # waits by itself: where no reasons are stated, nobody's applications could say what is ordinary.
    for kind in CLASSES:
        extra = bands[f"pending_{kind}"].copy() if kind in WAITING else np.zeros_like(bands["pending"])
        extra[:, 0] = 0
        bands[f"untraced_{kind}"] = bands[f"unlinked_{kind}"] + extra
        bands[f"judged_{kind}"] = bands[f"closed_{kind}"] + extra
    for what in ("untraced", "judged", "fresh", "fresh_bare"):
        bands[what] = np.sum([bands[f"{what}_{kind}"] for kind in CLASSES], axis=0)
    whole = bands["fresh"][:, : WINDOWS.index(60) + 1].sum()
    waiting = bands["fresh_bare"][:, : WINDOWS.index(60) + 1].sum() / whole if whole else 0.0
    # Where much waits for its record, some of those who wait meet by chance.
    for what in ("gathered", "crowd"):
        bands[what] = np.where(bands[what] >= least_gathering(waiting), bands[what], 0.0)
    bands["fresh_traceless"] = bands["fresh_bare"] + bands["fresh_thin"]


def _positions(
    staff: pd.DataFrame, night: date, people: NDArray[np.object_]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    moment = pd.Timestamp(night)
    holds = (staff["from_day"] <= moment) & (staff["to_day"] >= moment)
    held = staff[holds].drop_duplicates("employee_id", keep="last").set_index("employee_id")
    at = held.reindex(people)
    return at["role"].fillna(UNKNOWN_ROLE).to_numpy(dtype=object), at["branch_id"].fillna("").to_numpy(
        dtype=object
    )


def staff_frame(staff: ir.Table) -> pd.DataFrame:
    """Fetch the staff's periods, dates in whole seconds (the end of time does not fit a finer unit)."""
    frame: pd.DataFrame = staff.order_by("employee_id", "from_day").to_pandas()
    for column in ("from_day", "to_day", "hired_on", "left_on"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    return frame


def positions_digest(staff: pd.DataFrame, night: date) -> str:
    """Return what changes when anybody's role or branch on a night does."""
    moment = pd.Timestamp(night)
    held = staff[(staff["from_day"] <= moment) & (staff["to_day"] >= moment)]
    text = held[["employee_id", "role", "branch_id"]].to_csv(index=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def night_facts(
    backend: Backend,
    facts: ir.Table,
    staff: pd.DataFrame,
    calendar: BusinessCalendar,
    nights: Sequence[date],
    first: date,
    chunk: int = 20,
) -> Iterable[NightFacts]:
    """Yield the windowed facts of each night, in order.

    Args:
        backend: The engine that holds `facts`.
        facts: Daily facts.
        staff: Rows of `staff_frame`.
        calendar: The bank's working days.
        nights: Nights asked about, ascending.
        first: First day with facts.
        chunk: Nights computed together; bounds the memory.
    """
    for start in range(0, len(nights), chunk):
        some = list(nights[start : start + chunk])
        frame = windowed(facts, band_table(calendar, some, first)).to_pandas()
        frame["asked"] = pd.to_datetime(frame["asked"])
        for night in some:
            rows = frame[frame["asked"] == pd.Timestamp(night)]
            people = np.array(sorted(set(rows["person"])), dtype=object)
            index = np.searchsorted(people, rows["person"].to_numpy(dtype=object))
            band = rows["band"].to_numpy()
            values: dict[str, Floats] = {}
            for name in MEASURES:
                cells = np.zeros((len(people), BANDS))
                cells[index, band] = rows[name].to_numpy(dtype=np.float64)
                values[name] = cells
            _derive(values)
            roles, branches = _positions(staff, night, people)
            yield NightFacts(night, people, roles, branches, values)
