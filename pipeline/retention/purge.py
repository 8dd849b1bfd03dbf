"""What is past its retention: listed first, then deleted, with an entry in the access record that says what.

Never purged: the access record, the ledger of nights and of files (without rows), what an open case rests
on, and what a hold covers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, delete, func, select

from pipeline.casebook.access import append_within
from pipeline.casebook.case_writing import hold_cases
from pipeline.casebook.digests import PURGE
from pipeline.casebook.engine import writing
from pipeline.casebook.tables import (
    case_events,
    case_nights,
    case_relations,
    cases,
    files,
    lake_files,
    reasons,
    rejected_rows,
    run_figures,
    runs,
    scores,
)
from pipeline.home import Home
from pipeline.retention.holds import Hold, holds_in_force
from pipeline.settings import Settings
from pipeline.whole_file import write_whole

LOOK_BACK = timedelta(days=400)
"""What an open case rests on: the features' longest window with its reference, before it was opened."""
FEW = 500


@dataclass(frozen=True)
class Due:
    """What is due of one kind.

    Attributes:
        kind: Which data.
        before: Everything older than this day; None where this kind is kept for ever.
        count: How many: rows, files or cases.
        held: How many more would be due, were they not held or needed by an open case.
        oldest: The oldest day among what is due.
    """

    kind: str
    before: date | None
    count: int
    held: int
    oldest: date | None


@dataclass(frozen=True)
class _Kind:
    name: str
    days: int
    items: list[tuple[date, Any]]
    drop: Callable[[Connection, list[Any]], list[Path]]


class Purge:
    """One purge of one home.

    Args:
        home: The installation; its lock is held by the caller.
        settings: The effective configuration.
        engine: The casebook.
        at: The present moment, aware.
    """

    def __init__(self, home: Home, settings: Settings, engine: Engine, at: datetime) -> None:
        self.home, self.settings, self.engine, self.at = home, settings, engine, at
        self.today = at.astimezone(ZoneInfo(settings.bank.zone)).date()

    def due(self) -> list[Due]:
        """List what would be deleted, and delete nothing."""
        with self.engine.connect() as connection:
            holds, needed = holds_in_force(connection), self._needed_from(connection)
            return [self._split(kind, holds, needed)[0] for kind in self._kinds(connection)]

    def run(self, actor: str, host: str) -> list[Due]:
        """Delete what is due.

        The casebook's rows and the entry in the access record stand or fall together; files go after that.
        Which files is written down before, so that a purge that was cut off is finished by the next one.

        Args:
            actor: The operating-system user.
            host: The machine.
        """
        self._finish()
        paths: list[Path] = []
        done: list[Due] = []
        ended: list[str] = []
        with writing(self.engine) as connection:
            hold_cases(connection)
            holds, needed = holds_in_force(connection), self._needed_from(connection)
            for kind in self._kinds(connection):
                told, items = self._split(kind, holds, needed)
                done.append(told)
                if items:
                    paths += kind.drop(connection, items)
                ended += items if kind.name == "cases" else ()
            if any(told.count for told in done):
                self._record(connection, done, ended, actor, host)
                names = [path.relative_to(self.home.root).as_posix() for path in paths]
                write_whole(self._list, json.dumps(names))
        self._finish()
        return done

    @property
    def _list(self) -> Path:
        return self.home.tmp / "purge.json"

    def _finish(self) -> None:
        """Delete the files of a purge that is on record, be it this one or one that was cut off."""
        if not self._list.is_file():
            return
        with self.engine.connect() as connection:
            named = {f"lake/{path}" for path in connection.scalars(select(lake_files.c.path))}
        for name in json.loads(self._list.read_text(encoding="utf-8")):
            # What the ledger still names was not purged: that transaction never came to its end.
            if name not in named:
                (self.home.root / name).unlink(missing_ok=True)
                _drop_empty((self.home.root / name).parent)
        self._list.unlink()

    def _record(
        self, connection: Connection, done: list[Due], ended: list[str], actor: str, host: str
    ) -> None:
        detail: dict[str, dict[str, Any]] = {
            told.kind: {"count": told.count, "held": told.held, "before": told.before.isoformat()}
            for told in done
            if told.before and told.count
        }
        if ended:
            # By their numbers, so that nobody can take a case away and say that its time was over.
            detail["cases"]["case_ids"] = sorted(ended)
        append_within(
            connection,
            at=self.at,
            actor=actor,
            host=host,
            act=PURGE,
            target_kind="casebook",
            target="retention",
            detail=detail,
        )

    def _needed_from(self, connection: Connection) -> date | None:
        first: date | None = connection.scalar(
            select(func.min(cases.c.opened_on)).where(cases.c.status != "closed")
        )
        return None if first is None else first - LOOK_BACK

    def _split(self, kind: _Kind, holds: list[Hold], needed: date | None) -> tuple[Due, list[Any]]:
        if not kind.days:
            return Due(kind.name, None, 0, 0, None), []
        before = self.today - timedelta(days=kind.days)
        old = [(day, item) for day, item in kind.items if day < before]
        free = [(day, item) for day, item in old if not self._kept(kind, day, holds, needed)]
        oldest = min((day for day, _ in free), default=None)
        return Due(kind.name, before, len(free), len(old) - len(free), oldest), [item for _, item in free]

    def _kept(self, kind: _Kind, day: date, holds: list[Hold], needed: date | None) -> bool:
        if kind.name != "logs" and needed is not None and day >= needed:
            return True
        return any(hold.covers(day) for hold in holds)

    def _kinds(self, connection: Connection) -> Iterable[_Kind]:
        keep = self.settings.retention
        lookups = max(keep.lookups_days, keep.least_days) if keep.lookups_days else 0
        lake = connection.execute(
            select(lake_files.c.day, lake_files.c.lake_file_id).where(lake_files.c.day.is_not(None))
        )
        yield _Kind("look-ups", lookups, [(row[0], row[1]) for row in lake], self._drop_lake)
        yield _Kind("derived", lookups, _by_day(self.home.derived), _drop_nothing_else)
        scored = connection.execute(
            select(runs.c.night, runs.c.run_id).where(runs.c.run_id.in_(select(scores.c.run_id)))
        )
        yield _Kind("scores", keep.scores_days, [(row[0], row[1]) for row in scored], _drop_scores)
        refused = connection.execute(
            select(files.c.received_at, files.c.file_id).where(
                files.c.file_id.in_(select(rejected_rows.c.file_id))
            )
        )
        yield _Kind(
            "quarantine", keep.quarantine_days, [(row[0].date(), row[1]) for row in refused], _drop_rejected
        )
        yield _Kind("cases", keep.cases_days, _closed_cases(connection), _drop_cases)
        yield _Kind("reports", keep.reports_days, _by_age(self.home.reports), _drop_nothing_else)
        # A message's key is what keeps it from being sent again, for as long as its night may be told.
        logs = max(keep.logs_days, self.settings.tell.nights_back + 30) if keep.logs_days else 0
        yield _Kind(
            "logs", logs, [*_by_age(self.home.logs), *_by_age(self.home.outbox / "sent")], _drop_nothing_else
        )

    def _drop_lake(self, connection: Connection, found: list[Any]) -> list[Path]:
        paths: list[Path] = []
        for some in _few(found):
            named = lake_files.c.lake_file_id.in_(some)
            paths += [
                self.home.lake / path for path in connection.scalars(select(lake_files.c.path).where(named))
            ]
            connection.execute(delete(lake_files).where(named))
        return paths


def _drop_scores(connection: Connection, run_ids: list[Any]) -> list[Path]:
    for some in _few(run_ids):
        for table in (reasons, run_figures, scores):
            connection.execute(delete(table).where(table.c.run_id.in_(some)))
    return []


def _drop_rejected(connection: Connection, file_ids: list[Any]) -> list[Path]:
    for some in _few(file_ids):
        connection.execute(delete(rejected_rows).where(rejected_rows.c.file_id.in_(some)))
    return []


def _drop_cases(connection: Connection, case_ids: list[Any]) -> list[Path]:
    for some in _few(case_ids):
        connection.execute(delete(case_relations).where(case_relations.c.other_id.in_(some)))
        for table in (case_relations, case_events, case_nights, cases):
            connection.execute(delete(table).where(table.c.case_id.in_(some)))
    return []


def _drop_nothing_else(_connection: Connection, paths: list[Any]) -> list[Path]:
    return paths


def _closed_cases(connection: Connection) -> list[tuple[date, Any]]:
    closed = (
        select(case_events.c.case_id, func.max(case_events.c.at))
        .join(cases, cases.c.case_id == case_events.c.case_id)
        .where(cases.c.status == "closed")
        .group_by(case_events.c.case_id)
    )
    return [(row[1].date(), row[0]) for row in connection.execute(closed)]


def _by_age(folder: Path) -> list[tuple[date, Any]]:
    found = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    return [(datetime.fromtimestamp(path.stat().st_mtime, UTC).date(), path) for path in found]


def _by_day(folder: Path) -> list[tuple[date, Any]]:
    found: list[tuple[date, Any]] = []
    for path in sorted(folder.rglob("*")):
        days = [part.removeprefix("day=") for part in path.parts if part.startswith("day=")]
        if days and path.is_file():
            found.append((date.fromisoformat(days[-1][:10]), path))
    return found


def _drop_empty(folder: Path) -> None:
    try:
        os.rmdir(folder)  # noqa: PTH106  # only an empty folder goes
    except OSError:
        return


def _few(items: list[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(items), FEW):
        yield items[start : start + FEW]
