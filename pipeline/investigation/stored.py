"""What the nights have stored, read as of one run: acts with their evidence, and the feeds around them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from pipeline.calendar import BusinessCalendar, overrides_from
from pipeline.casebook.runs import Run
from pipeline.errors import TellerwatchError
from pipeline.evidence.columns import ADDED_LATER
from pipeline.evidence.day_keys import (
    COLUMNS,
    CUSTOMER,
    KEY_LETTERS,
    key_of,
    keyed_days,
    keys_file,
    typed_for_others,
)
from pipeline.evidence.days import day_files, evidence_folder, stored_days
from pipeline.evidence.months import ClosedMonth, closed_months
from pipeline.home import Home
from pipeline.investigation.acts import READ, as_acts, in_time
from pipeline.investigation.acts import Act as Act
from pipeline.lake.store import Lake
from pipeline.settings import Settings
from pipeline.workdays import business_calendar

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

T = TypeVar("T")
EVIDENCE_WORKDAYS = 250
"""Working days over which evidence is counted: the longest window of the features."""
_MOST_CALENDAR_DAYS = 420
AGAIN_AFTER = (0.2, 2.0)
"""Seconds to wait before reading once more what a night is just writing anew."""


class EvidenceMissingError(TellerwatchError):
    """The stored evidence of a night is not there, though the night was run."""


class Stored:
    """Everything stored, as one run of one night may use it.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        run: The run whose night and horizon bound what is read.
        connection: The engine that reads Parquet.
    """

    def __init__(
        self, home: Home, settings: Settings, engine: Engine, run: Run, connection: DuckDBPyConnection
    ) -> None:
        self.home, self.settings, self.engine, self.run = home, settings, engine, run
        self.connection = connection
        self.night = run.night
        self.zone = ZoneInfo(settings.bank.zone)
        self.lake = Lake(home, engine)

    @cached_property
    def calendar(self) -> BusinessCalendar:
        """The bank's working days, up to the night."""
        overrides = {}
        if paths := self.feed_paths("calendar"):
            sql = "SELECT day, is_workday FROM read_parquet(?) ORDER BY batch_id, file_id, line"
            rows: list[Any] = self.connection.execute(sql, [paths]).fetchall()
            overrides = overrides_from((day, bool(work)) for day, work in rows)
        first = self.night - timedelta(days=_MOST_CALENDAR_DAYS)
        return business_calendar(self.home, self.settings.bank.country, first, self.night, overrides)

    @cached_property
    def _all_days(self) -> dict[date, Path]:
        return stored_days(self.home)

    @cached_property
    def evidence_days(self) -> dict[date, Path]:
        """Days with stored evidence up to the night, ascending, with the folder of each."""
        return {day: folder for day, folder in self._all_days.items() if day <= self.night}

    @cached_property
    def _months(self) -> list[ClosedMonth]:
        """The months that may be read in place of their days."""
        return closed_months(self.home, self._all_days)

    @cached_property
    def _keyed(self) -> dict[date, Path]:
        """The days of which it is known without reading them who met whom."""
        return keyed_days(self.home, self._all_days)

    def window_start(self, workdays: int) -> date:
        """Return the first day of the window of so many working days that ends with the night."""
        return self.calendar.window_start(self.night, workdays)

    def evidence_paths(self, first: date) -> list[str]:
        """List the evidence files from `first` to the night.

        Raises:
            EvidenceMissingError: There is none at all, though there were look-ups by then.
        """
        paths = [
            str(file)
            for day, folder in self.evidence_days.items()
            if day >= first
            for file in day_files(folder)
        ]
        if not paths and not self.evidence_days and not self._before_all_lookups:
            raise EvidenceMissingError(
                f"The evidence of the night of {self.night} is not at {evidence_folder(self.home)}, "
                "so no look-up can be shown.",
                f"Restore that folder, or compute it anew: `tellerwatch run --night {self.night} --rescore`.",
            )
        return paths

    @property
    def _before_all_lookups(self) -> bool:
        """Whether the night lies before the first look-up: no evidence is what there is to show then."""
        begins = min(self.lake.days("access_log", self.run.batch_horizon), default=None)
        # Where somebody was scored there was evidence, though what it came from may be deleted since.
        return self.run.scored == 0 and begins is not None and self.night < begins

    def feed_paths(self, feed: str, first: date | None = None, last: date | None = None) -> list[str]:
        """List a feed's files that the run could read."""
        return [str(path) for path in self.lake.files(feed, first, last, self.run.batch_horizon)]

    def rows(self, sql: str, arguments: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Run one query of the engine."""
        return self.connection.execute(sql, list(arguments)).fetchall()

    def acts_of(self, people: Sequence[str], first: date | None = None) -> list[Act]:
        """Read the acts of people as known on the night, in the order of time.

        Those typed for somebody else are there for both: `entity` says whom they count for.

        Args:
            people: Employee ids.
            first: First day wanted; None takes the longest window.
        """
        first = first or self.window_start(EVIDENCE_WORKDAYS)
        months, days = self._parts(first)
        # Rows lie sorted by person: with nothing but the person asked for, the engine skips the others.
        whose = f"entity IN ({', '.join('?' * len(people))})"
        held = [path for month in months for path in month.people(people)]
        rows = self._acts_where([*held, *_files_of(days.values())], first, whose, people)
        if len(people) == 1:
            [person] = people
            typed = [path for month in months for path in month.typed(people)]
            seen = [
                folder
                for day, folder in days.items()
                if day not in self._keyed or typed_for_others(self._keyed[day], person)
            ]
            whose = "employee_id = ? AND entity <> ?"
            if more := self._acts_where([*typed, *_files_of(seen)], first, whose, [person] * 2):
                rows = sorted([*rows, *more], key=in_time)
        return as_acts(rows, self.night, self.zone)

    def _parts(self, first: date) -> tuple[list[ClosedMonth], dict[date, Path]]:
        """Divide the days from `first` to the night into closed months and the other days, with the folder of each."""
        self.evidence_paths(self.night)  # says so where there is no evidence at all
        months = [month for month in self._months if month.days[-1] >= first and month.days[0] <= self.night]
        held = {day for month in months for day in month.days}
        return months, {
            day: folder for day, folder in self.evidence_days.items() if day >= first and day not in held
        }

    def met(self, first: date, kind: str, values: Sequence[str], but: str) -> tuple[list[str], list[str]]:
        """Find who else met some terminals or customers: people, and the files in which their rows lie.

        A customer's key is a part of the token: whoever reads those rows asks for the whole one again.

        Args:
            first: The first day; the last one is the night.
            kind: `day_keys.TERMINAL` or `CUSTOMER`.
            values: Terminals, or customers' tokens.
            but: The employee who is not meant.
        """
        days = {day: folder for day, folder in self.evidence_days.items() if day >= first}
        return self._met(days, kind, values, but)

    def _met(
        self, days: dict[date, Path], kind: str, values: Sequence[str], but: str = ""
    ) -> tuple[list[str], list[str]]:
        found: list[tuple[Any, ...]] = []
        keyed = [keys_file(self._keyed[day], kind) for day in days if day in self._keyed]
        if keyed:
            keys = sorted({key_of(kind, value) for value in values})
            which = "key = ?" if len(keys) == 1 else "key IN (SELECT unnest(?))"
            found += self.rows(
                f"SELECT DISTINCT entity, day FROM read_parquet(?, hive_partitioning = false) WHERE {which}",
                [keyed, keys[0] if len(keys) == 1 else keys],
            )
        if other := _files_of(folder for day, folder in days.items() if day not in self._keyed):
            found += self.rows(
                "SELECT DISTINCT entity, day FROM read_parquet(?, hive_partitioning = false) "
                f"WHERE {COLUMNS[kind]} IN (SELECT unnest(?))",
                [other, list(values)],
            )
        others = [(person, day) for person, day in found if person != but]
        on = sorted({day for _, day in others})
        return sorted({person for person, _ in others}), _files_of(days[day] for day in on)

    def _acts_where(
        self, paths: Sequence[str], first: date, who: str, arguments: Sequence[str]
    ) -> list[tuple[Any, ...]]:
        if not paths:
            return []
        sql = f"""
            {self._from(paths)}
            WHERE {who} AND day >= ? AND day <= ? AND night <= ? AND from_night <= ?
            ORDER BY occurred_at_local, event_id, from_night
        """
        return self.rows(sql, [list(paths), *arguments, first, self.night, self.night, self.night])

    def _from(self, paths: Sequence[str]) -> str:
        """Write the start of a query of the evidence; what an earlier version did not store is unknown."""
        ends: dict[str, set[str]] = {paths[0]: set(), paths[-1]: set()}
        for path, name in self.rows("SELECT file_name, name FROM parquet_schema(?)", [list(ends)]):
            ends[path].add(name)
        oldest, newest = ends[paths[0]], ends[paths[-1]]
        columns = [name if name in newest or name not in ADDED_LATER else f"NULL AS {name}" for name in READ]
        # Looking into every file costs time, and is needed only while there are files of both versions.
        union = ", union_by_name = true" if (newest - oldest) & ADDED_LATER else ""
        return f"SELECT {', '.join(columns)} FROM read_parquet(?, hive_partitioning = false{union})"

    def customers_at(self, branches: Sequence[str], workdays: int) -> int:
        """Count the customers whom some branches' people looked up within so many working days.

        Args:
            branches: The branches.
            workdays: Working days that end with the night.
        """
        paths = self.evidence_paths(self.window_start(workdays))
        if not paths:
            return 0
        [(count,)] = self.rows(
            "SELECT count(DISTINCT subject_token) FROM read_parquet(?, hive_partitioning = false) "
            "WHERE own_branch IN (SELECT unnest(?)) AND night <= ?",
            [paths, list(branches), self.night],
        )
        return int(count)

    def acts_on(self, token: str) -> list[Act]:
        """Read everybody's acts on one customer as known on the night, in the order of time.

        Args:
            token: The customer's token.
        """
        months, days = self._parts(date.min)
        people, paths = self._met(days, CUSTOMER, [token])
        if months:
            # Found by the token's beginning, so that few files and few people's rows have to be read.
            met = self.rows(
                "SELECT DISTINCT entity FROM read_parquet(?, hive_partitioning = false) WHERE customer = ?",
                [[month.customers for month in months], token[:KEY_LETTERS]],
            )
            askers = [person for (person,) in met]
            paths = [path for month in months for path in month.people(askers)] + paths
            people = sorted({*people, *askers})
        if not paths:
            return []
        sql = f"""
            {self._from(paths)}
            WHERE entity IN ({", ".join("?" * len(people))}) AND subject_token = ? AND day <= ? AND night <= ? AND from_night <= ?
            ORDER BY occurred_at_local, event_id, from_night
        """
        rows = self.rows(sql, [paths, *people, token, self.night, self.night, self.night])
        return as_acts(rows, self.night, self.zone)

    def local(self, moment: datetime) -> datetime:
        """Put an aware moment on the bank's wall clock."""
        return moment.astimezone(self.zone)


@contextmanager
def open_stored(home: Home, settings: Settings, engine: Engine, run: Run) -> Iterator[Stored]:
    """Open what one run may use, and close it again."""
    from pipeline.lake.engine import connect_raw

    connection = connect_raw(home, settings, "UTC", [])
    try:
        yield Stored(home, settings, engine, run, connection)
    finally:
        connection.close()


def steadily(home: Home, settings: Settings, engine: Engine, run: Run, read: Callable[[Stored], T]) -> T:
    """Read what one run may use; where a night at work puts a file into another's place meanwhile, read it all once more.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        run: The run whose night and horizon bound what is read.
        read: The reading; it changes nothing.

    Raises:
        EvidenceMissingError: It cannot be read at all.
    """
    from duckdb import InvalidInputException, IOException

    for wait in AGAIN_AFTER:
        try:
            with open_stored(home, settings, engine, run) as stored:
                return read(stored)
        except (FileNotFoundError, IOException, InvalidInputException):
            time.sleep(wait)
    try:
        with open_stored(home, settings, engine, run) as stored:
            return read(stored)
    except (FileNotFoundError, IOException, InvalidInputException) as error:
        raise EvidenceMissingError(
            f"The evidence of the night of {run.night} cannot be read at {evidence_folder(home)}: {type(error).__name__}.",
            f"If no night is at work, compute it anew: `tellerwatch run --night {run.night} --rescore`.",
        ) from error


def _files_of(folders: Iterable[Path]) -> list[str]:
    return [str(file) for folder in folders for file in day_files(folder)]
