"""What the nights have stored, read as of one run: acts with their evidence, and the feeds around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from pipeline.calendar import BusinessCalendar, overrides_from
from pipeline.casebook.runs import Run
from pipeline.errors import TellerwatchError
from pipeline.evidence.columns import ADDED_LATER, STORED
from pipeline.evidence.days import day_files, evidence_folder, stored_days
from pipeline.evidence.months import KEY_LETTERS, ClosedMonth, closed_months
from pipeline.home import Home
from pipeline.lake.store import Lake
from pipeline.settings import Settings
from pipeline.workdays import business_calendar

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

EVIDENCE_WORKDAYS = 250
"""Working days over which evidence is counted: the longest window of the features."""
_MOST_CALENDAR_DAYS = 420


class EvidenceMissingError(TellerwatchError):
    """The stored evidence of a night is not there, though the night was run."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act as known on a night.

    Attributes:
        state: The look-up's state on the night; None for prints, exports and what failed.
        signed_late: The consent was signed only after the look-up.
        mismatch: The typed business number is known to name somebody else.
        counted: The first look-up of this customer by this person on this day; only these are counted.
        came_later: It had no record on an earlier night, and has one now.
        record_id: The record that explains it, where it is known by the night.
    """

    event_id: str
    day: date
    entity: str
    employee_id: str
    role: str
    own_branch: str
    branch_id: str
    occurred_at: datetime
    operation: str
    data_category: str
    outcome: str
    reason: str
    rule: str
    subject_token: str
    business_ref: str
    authorization_id: str
    consent_needed: bool
    consent_bad: bool
    signed_late: bool
    terminal_id: str
    off_hours: bool
    is_lookup: bool
    state: str | None
    mismatch: bool
    counted: bool
    came_later: bool
    record_id: str
    record_kind: str
    record_is_near: bool
    record_is_hollow: bool


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

    def window_start(self, workdays: int) -> date:
        """Return the first day of the window of so many working days that ends with the night."""
        return self.calendar.window_start(self.night, workdays)

    def evidence_paths(self, first: date) -> list[str]:
        """List the evidence files from `first` to the night.

        Raises:
            EvidenceMissingError: There is none at all.
        """
        paths = [
            str(file)
            for day, folder in self.evidence_days.items()
            if day >= first
            for file in day_files(folder)
        ]
        if not paths and not self.evidence_days:
            raise EvidenceMissingError(
                f"The evidence of the night of {self.night} is not at {evidence_folder(self.home)}, "
                "so no look-up can be shown.",
                f"Restore that folder, or compute it anew: `tellerwatch run --night {self.night} --rescore`.",
            )
        return paths

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
        months, paths = self._parts(first)
        # Rows lie sorted by person: with nothing but the person asked for, the engine skips the others.
        whose = f"entity IN ({', '.join('?' * len(people))})"
        rows = self._acts_where([*(month.people for month in months), *paths], first, whose, people)
        if len(people) == 1:
            typed = [*(month.typed for month in months), *paths]
            rows += self._acts_where(typed, first, "employee_id = ? AND entity <> ?", [people[0]] * 2)
            rows.sort(key=_in_time)
        return _as_acts(rows, self.night, self.zone)

    def _parts(self, first: date) -> tuple[list[ClosedMonth], list[str]]:
        """Divide the days from `first` to the night into closed months and the files of the other days."""
        paths = self.evidence_paths(first)
        months = [month for month in self._months if month.days[-1] >= first and month.days[0] <= self.night]
        held = {str(self._all_days[day]) for month in months for day in month.days}
        return months, [path for path in paths if str(Path(path).parent) not in held]

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
        oldest, newest = (
            {name for (name,) in self.rows("SELECT name FROM parquet_schema(?)", [path])}
            for path in (paths[0], paths[-1])
        )
        columns = [
            name if name in newest or name not in ADDED_LATER else f"NULL AS {name}" for name in STORED
        ]
        # Looking into every file costs time, and is needed only while there are files of both versions.
        union = ", union_by_name = true" if (newest - oldest) & ADDED_LATER else ""
        return f"SELECT {', '.join(columns)} FROM read_parquet(?, hive_partitioning = false{union})"

    def acts_on(self, token: str) -> list[Act]:
        """Read everybody's acts on one customer as known on the night, in the order of time.

        Args:
            token: The customer's token.
        """
        months, paths = self._parts(date.min)
        if months:
            # Their days are found by the token's beginning, so that few of them have to be read.
            found = self.rows(
                "SELECT DISTINCT day FROM read_parquet(?, hive_partitioning = false) WHERE customer = ?",
                [[month.customers for month in months], token[:KEY_LETTERS]],
            )
            met = {day for (day,) in found} & self.evidence_days.keys()
            paths = sorted([*paths, *(str(path) for day in met for path in day_files(self._all_days[day]))])
        if not paths:
            return []
        sql = f"""
            {self._from(paths)}
            WHERE subject_token = ? AND night <= ? AND from_night <= ?
            ORDER BY occurred_at_local, event_id, from_night
        """
        return _as_acts(self.rows(sql, [paths, token, self.night, self.night]), self.night, self.zone)

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


_AT = {name: index for index, name in enumerate(STORED)}


def _in_time(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return row[_AT["occurred_at_local"]], row[_AT["event_id"]], row[_AT["from_night"]]


def _after(signed: Any, day: date) -> bool:
    return isinstance(signed, date) and signed > day


def _as_acts(rows: list[tuple[Any, ...]], night: date, zone: ZoneInfo) -> list[Act]:
    was_unlinked = {
        row[_AT["event_id"]]
        for row in rows
        if row[_AT["state"]] == "unlinked" and row[_AT["until_night"]] <= night
    }
    seen: set[tuple[str, str, date, date]] = set()
    acts = []
    for row in rows:
        value = dict(zip(STORED, row, strict=True))
        if value["until_night"] <= night:
            continue
        key = (value["entity"], value["subject_token"], value["day"], value["night"])
        counted = bool(value["is_lookup"]) and key not in seen
        if counted:
            seen.add(key)
        state = value["state"]
        explained = (
            state in ("linked", "thin") and value["record_from"] is not None and value["record_from"] <= night
        )
        wrong = (
            value["mismatch_from"] is not None and value["mismatch_from"] <= night < value["mismatch_until"]
        )
        acts.append(
            Act(
                event_id=value["event_id"],
                day=value["day"],
                entity=value["entity"],
                employee_id=value["employee_id"],
                role=value["role"] or "",
                own_branch=value["own_branch"] or "",
                branch_id=value["branch_id"] or "",
                occurred_at=value["occurred_at_local"].replace(tzinfo=zone),
                operation=value["operation"] or "query",
                data_category=value["data_category"] or "credit_report",
                outcome=value["outcome"] or "ok",
                reason=value["reason"] or "",
                rule=value["rule"],
                subject_token=value["subject_token"] or "",
                business_ref=value["business_ref"] or "",
                authorization_id=value["authorization_id"] or "",
                consent_needed=bool(value["consent_needed"]),
                consent_bad=bool(value["consent_bad"]),
                signed_late=_after(value["authorization_signed_on"], value["day"]),
                terminal_id=value["terminal_id"] or "",
                off_hours=bool(value["off_hours"]),
                is_lookup=bool(value["is_lookup"]),
                state=state,
                mismatch=wrong,
                counted=counted,
                came_later=state in ("linked", "thin") and value["event_id"] in was_unlinked,
                record_id=(value["record_id"] or "") if explained else "",
                record_kind=(value["record_kind"] or "") if explained else "",
                record_is_near=bool(value["record_is_near"]),
                record_is_hollow=bool(value["record_is_hollow"]),
            )
        )
    return acts
