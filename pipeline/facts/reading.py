"""What bringing stored facts up to date reads: the lake as it is now, and what was stored of it before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import reduce
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from pipeline.calendar import BusinessCalendar
from pipeline.engines.tables import keep_table
from pipeline.evidence import coverage, linkage, stalled
from pipeline.evidence.weighing import configured_wide, fetched
from pipeline.facts.changes import span
from pipeline.facts.manifest import Manifest
from pipeline.facts.store import DESCRIBED, SMALL, STEPS, WRONG, FactStore
from pipeline.facts.weighed import none_like
from pipeline.home import Home
from pipeline.lake.store import Lake
from pipeline.settings import Settings

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend


COLUMNS = {STEPS: ("event_id", "state", "weakness", "place"), WRONG: ("event_id", "record_id", "kind")}
"""Texts of the steps of states, and of mismatches."""
DATES = {
    STEPS: ("from_night", "until_night", "day"),
    WRONG: ("from_night", "until_night", "held_from", "day"),
}


def within(column: ir.DateColumn, days: Iterable[date]) -> ir.BooleanColumn:
    """Tell whether a day is among some, asked as spans."""
    parts = [column.between(ibis.date(first), ibis.date(last)) for first, last in joined_spans(days)]
    return reduce(lambda one, other: one | other, parts) if parts else ibis.literal(False)


def joined_spans(days: Iterable[date]) -> list[tuple[date, date]]:
    """Put days that lie end to end together: first and last day of each span, in order."""
    found: list[tuple[date, date]] = []
    for day in sorted(set(days)):
        if found and day - found[-1][1] <= timedelta(days=1):
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found


def days_around(day: date, reach: int) -> list[date]:
    """List a day and those up to `reach` days before and after it."""
    return span(day - timedelta(days=reach), day + timedelta(days=reach))


def days_of(days: ir.Table) -> set[date]:
    """Fetch the column `day` of a few rows."""
    return {pd.Timestamp(day).date() for day in days.to_pandas()["day"]}


def as_text(table: ir.Table) -> pd.DataFrame:
    """Fetch a small table with everything as text: dates far off fit no finer unit."""
    text = table.select(**{name: table[name].cast("string").fill_null("") for name in table.columns})
    frame: pd.DataFrame = text.to_pandas()
    return frame


class Reading:
    """Reads the lake and the store of one home.

    Args:
        backend: The engine.
        lake: The events.
        home: The installation; its lock is held by the caller.
        settings: The effective configuration.
        horizon: Highest ingest batch that counts.

    Attributes:
        before: What the stored facts said of themselves; None where there are none to go on with.
        now: What they will say.
        calendar: The bank's working days.
        days: The same as a table.
        staff: Periods of the staff.
        gone: Who left.
        telling: Rows of `stalled.telling_kinds`.
        first_night: First night that will be read.
        last_night: Last night that will be read.
        first: First day that those nights read.
        from_day: First day that is stored: what the first day looks back at is stored with it.
        last: Last day that is stored.
        begins: The bank's first day with look-ups.
    """

    first_night: date
    last_night: date
    first: date
    from_day: date
    last: date
    begins: date
    before: Manifest | None
    now: Manifest
    calendar: BusinessCalendar
    days: ir.Table
    staff: ir.Table
    gone: ir.Table
    telling: ir.Table

    def __init__(self, backend: Backend, lake: Lake, home: Home, settings: Settings, horizon: int) -> None:
        self.backend, self.lake, self.home, self.settings, self.horizon = (
            backend,
            lake,
            home,
            settings,
            horizon,
        )
        self.cutoff = settings.bank.cutoff
        self.store = FactStore(home)
        self._versions: dict[str, ir.Table] = {}

    def keep(self, name: str, table: ir.Table) -> ir.Table:
        """Compute a table once."""
        return keep_table(self.backend, name, table)

    def versions(self, feed: str) -> ir.Table:
        """Return all versions of a feed's rows."""
        if feed not in self._versions:
            self._versions[feed] = self.lake.table(self.backend, feed, horizon=self.horizon)
        return self._versions[feed]

    def since(self, feed: str) -> ir.Table:
        """Return the rows of a feed that came since the facts were stored."""
        after = self.before.horizon if self.before else 0
        return self.lake.table(self.backend, feed, horizon=self.horizon, after=after)

    def came(self, *feeds: str) -> bool:
        """Tell whether anything came of feeds since the facts were stored."""
        after = self.before.horizon if self.before else 0
        return any(self.lake.files(feed, horizon=self.horizon, after=after) for feed in feeds)

    def latest(self, feed: str, days: Iterable[date]) -> ir.Table:
        """Return the newest version of the rows of some days."""
        parts = [self.lake.latest(self.backend, feed, a, b, self.horizon) for a, b in joined_spans(days)]
        return parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0]

    def history(self, feed: str, days: Iterable[date]) -> ir.Table:
        """Return all versions of the rows of some days, and of rows that corrections have moved from these days elsewhere."""
        parts = [self.lake.history(self.backend, feed, a, b, self.horizon) for a, b in joined_spans(days)]
        return parts[0].union(*parts[1:]) if len(parts) > 1 else parts[0]

    def stored(self, part: str, days: Iterable[date] | None = None) -> ir.Table | None:
        """Return stored rows of some days, as the manifest at work names them."""
        keys = None if days is None else [day.isoformat() for day in days]
        return self.store.read(self.backend, self.now, part, keys)

    def small_table(self, name: str) -> ir.Table:
        """Return a small table of all days as it was stored."""
        table = self.store.read(self.backend, self.before, SMALL, [name]) if self.before else None
        if table is None:
            raise KeyError(name)
        return table

    def small(self, name: str) -> pd.DataFrame:
        """Return the same as text."""
        return as_text(self.small_table(name))

    def gaps(self) -> pd.DataFrame:
        """Return the lost days of the business feed as the stored facts knew them."""
        return coverage.gaps(fetched(self.small_table("people")), fetched(self.small_table("made")))

    def first_steps(self) -> ir.Table:
        """Return when each application was worked on first."""
        return stalled.first_steps(self.versions("business_records"), self.days, self.cutoff)

    def wide(self, near: ir.Table) -> ir.Table:
        """Learn which kinds roles handle for the whole bank."""
        return linkage.wide_from(near, self.days, configured_wide(self.settings))

    def merged(self, name: str, new: ir.Table, days: set[date]) -> ir.Table:
        """Put new rows of some days in place of the old ones."""
        if self.before is None:
            return self.keep(f"tw_new_{name}", new)
        old = self.small_table(name)
        kept = old.filter(~within(old.day, days) & (old.day >= ibis.date(self.now.first)))
        return self.keep(f"tw_new_{name}", kept.select(*new.columns).union(new))

    def acts(self, days: Iterable[date]) -> ir.Table:
        """Return the described acts of some days."""
        found = self.stored(DESCRIBED, days)
        if found is not None:
            return found
        some = self.stored(DESCRIBED)
        return none_like(self.backend.table("tw_described") if some is None else some)

    def steps(self, part: str, days: Iterable[date]) -> ir.Table:
        """Return the steps of states, or the mismatches, of some days."""
        found = self.stored(part, days)
        if found is not None:
            return found
        schema = ibis.schema(dict.fromkeys(COLUMNS[part], "string") | dict.fromkeys(DATES[part], "date"))
        return ibis.memtable(pd.DataFrame(columns=list(schema)), schema=schema)
