"""What intake found out about the data, kept in the ledger, and what of it still stands on a night."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, insert, select

from pipeline.casebook.tables import batches, data_findings, files
from pipeline.intake.day_accounts import reach, read_days
from pipeline.intake.origins import day_of, occasion_of, source_of
from pipeline.intake.recognised import was_read
from pipeline.intake.result import FileResult, Finding

# How long a night looks back for what is wrong with the days before it, in days.
LOOK_BACK_DAYS = 7
# Said when a file comes, and of no use afterwards.
_PASSING = frozenset({"known_file"})
UNKNOWN_ENDING = "unknown_ending"
UNUSABLE = frozenset({"bad_manifest", "source_failed", "source_state_damaged"})
"""What tells nights nothing but that it could not be read; it is settled once it could, with or without a row."""


@dataclass(frozen=True)
class StoredFinding:
    """One finding of one file.

    Attributes:
        batch_id: The file's batch.
        feed: Its feed.
        source: Its source.
        path: Where it lay.
        sha256: The hash of its bytes.
        code: What was found.
        level: `incomplete` or `note`.
        count: Rows, or columns.
        days: Business days that it touches; empty where they are not known.
        found_at: When, aware.
    """

    batch_id: int
    feed: str
    source: str
    path: str
    sha256: str
    code: str
    level: str
    count: int
    days: tuple[date, ...]
    found_at: datetime


def write_findings(
    connection: Connection, batch_id: int, result: FileResult, findings: list[Finding], now: datetime
) -> None:
    """Keep what was found in a file, in the transaction that closes its batch."""
    named = day_of(result.path)
    rows = [
        {
            "batch_id": batch_id,
            "feed": finding.feed or result.feed,
            "source": source_of(result.path),
            "code": finding.code,
            "level": finding.level,
            "count": finding.count,
            "days": list(finding.days) or result.days or ([named.isoformat()] if named else []),
            "text": finding.text,
            "found_at": now,
        }
        for finding in findings
        if finding.code not in _PASSING
    ]
    if rows:
        connection.execute(insert(data_findings), rows)


def standing_findings(engine: Engine, night: date, horizon: int, zone: str) -> list[StoredFinding]:
    """Read the findings that concern a night's data and have not been settled since.

    A finding is settled once the same bytes were read again (with a better mapping), or once its source has
    sent as many rows for its days again; where its days are not known, once the same file has come anew. A file of
    a kind that is not read is settled by one of the same feed that its name says to be the same in another form, a
    manifest and a database once they were read without a fault.

    Args:
        engine: The casebook, which holds the ledger.
        night: The business day.
        horizon: Highest published batch that counts.
        zone: The bank's zone, in which a finding's own day counts where it names none.
    """
    known = reach(engine, horizon)
    query = (
        select(data_findings, files.c.path, files.c.sha256)
        .join(files, files.c.batch_id == data_findings.c.batch_id)
        .where(data_findings.c.batch_id <= known)
        .order_by(data_findings.c.finding_id)
    )
    first = night - timedelta(days=LOOK_BACK_DAYS - 1)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    near = [one for one in map(_stored, rows) if _concerns(one, first, night, zone)]
    if not near:
        return []
    after = _Afterwards(engine, min(one.batch_id for one in near), known, horizon)
    return [one for one in near if not after.settles(one)]


def _stored(row: Any) -> StoredFinding:
    return StoredFinding(
        row.batch_id,
        row.feed,
        row.source,
        row.path,
        row.sha256,
        row.code,
        row.level,
        row.count,
        tuple(date.fromisoformat(day) for day in row.days),
        row.found_at,
    )


def _concerns(one: StoredFinding, first: date, night: date, zone: str) -> bool:
    if one.days:
        return any(first <= day <= night for day in one.days)
    found_on = one.found_at.astimezone(ZoneInfo(zone)).date()
    return night <= found_on <= night + timedelta(days=LOOK_BACK_DAYS)


class _Afterwards:
    """What has come since."""

    def __init__(self, engine: Engine, since: int, known: int, horizon: int) -> None:
        query = (
            select(files, was_read().label("was_read"))
            .join(batches, batches.c.batch_id == files.c.batch_id)
            .where(files.c.batch_id > since, files.c.batch_id <= known, batches.c.status == "published")
        )
        with engine.connect() as connection:
            self._files = connection.execute(query).all()
        self._rows: dict[tuple[str, str], list[tuple[int, date, int]]] = defaultdict(list)
        for account in read_days(engine, horizon=horizon):
            if account.batch_id > since:
                place = (account.feed, account.source)
                self._rows[place].append((account.batch_id, account.day, account.rows))

    def settles(self, one: StoredFinding) -> bool:
        """Tell whether a finding has been dealt with."""
        later = [row for row in self._files if row.batch_id > one.batch_id and row.feed == one.feed]
        if one.code in UNUSABLE:
            return any(row.path == one.path for row in later)
        if one.code == UNKNOWN_ENDING:
            wanted = occasion_of(one.path)
            return any(
                row.sha256 == one.sha256 or occasion_of(row.path).answers(wanted)
                for row in later
                if row.sha256
            )
        for row in later:
            if not row.was_read:
                continue
            if row.sha256 == one.sha256 or (not one.days and row.accepted and row.path == one.path):
                return True
        if not one.days:
            return False
        since = [
            rows
            for batch, day, rows in self._rows[(one.feed, one.source)]
            if batch > one.batch_id and day in one.days
        ]
        return bool(since) and sum(since) >= one.count
