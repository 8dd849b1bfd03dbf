"""The ledger of what was taken in: every file, its counts and its batch, in the casebook's tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    case,
    delete,
    insert,
    or_,
    select,
    update,
)

from pipeline.casebook.engine import writing
from pipeline.casebook.tables import batches, files, lake_files, manifest_entries, rejected_rows
from pipeline.intake.day_accounts import DayAccount, write_days
from pipeline.intake.errors import PASSING_CODES
from pipeline.intake.origins import source_of
from pipeline.intake.recognised import was_read
from pipeline.intake.result import FileResult, Finding
from pipeline.intake.stored_findings import write_findings

MAX_REJECTED_KEPT = 10_000
ENGINE_FAILED = "engine_failed"
MANIFEST_MISMATCH = "manifest_mismatch"
_TRIED_AGAIN = (ENGINE_FAILED, *sorted(PASSING_CODES))
MOST_TRIES = 40
"""Times that a dropped file is tried at which the engine itself fails: ten hours of looks, by default."""


@dataclass(frozen=True)
class Rejected:
    """One rejected row, as the quarantine keeps it."""

    line: int
    column: str | None
    code: str
    detail: str | None


@dataclass(frozen=True)
class Published:
    """One Parquet file of a batch."""

    path: str
    day: date | None
    rows: int


def open_batch(engine: Engine, result: FileResult, size_bytes: int, now: datetime) -> tuple[int, int]:
    """Open a batch for one file; readers do not see it.

    Returns:
        The batch's number and the file's.
    """
    with writing(engine) as connection:
        return _insert_batch(connection, result, size_bytes, now, {"status": "open"})


def keep_unread(
    engine: Engine, result: FileResult, size_bytes: int, now: datetime, findings: list[Finding]
) -> None:
    """Keep that something was not read at all, in one transaction: a failed batch without rows, and why.

    Unlike a file that was refused it has nothing in the quarantine, and nothing takes it for a file that is known.

    Args:
        engine: The casebook.
        result: What was not read: its path, its feed, and its hash where there is one.
        size_bytes: Its size; 0 where it has none.
        now: The present moment, aware.
        findings: What was found about it.
    """
    with writing(engine) as connection:
        batch_id, _ = _insert_batch(connection, result, size_bytes, now, {"status": "failed"})
        write_findings(connection, batch_id, result, findings, now)


def keep_mended(engine: Engine, result: FileResult, now: datetime) -> None:
    """Keep that what was not read before could be read now: a batch without rows, from which on nights know it."""
    with writing(engine) as connection:
        _insert_batch(connection, result, 0, now, {"status": "published", "published_at": now})


def keep_seen(engine: Engine, file_id: int, path: Path, sha256: str, size_bytes: int, now: datetime) -> None:
    """Keep where a file that was not read lies now, what it holds and when it was looked at last."""
    seen = {"path": str(path.absolute()), "sha256": sha256, "size_bytes": size_bytes, "received_at": now}
    with writing(engine) as connection:
        connection.execute(update(files).where(files.c.file_id == file_id).values(**seen))


def _insert_batch(
    connection: Connection, result: FileResult, size_bytes: int, now: datetime, state: dict[str, object]
) -> tuple[int, int]:
    batch_id = connection.execute(insert(batches).values(opened_at=now, **state)).inserted_primary_key
    assert batch_id is not None  # noqa: S101  # both databases return the key of a single insert
    file_id = connection.execute(
        insert(files).values(
            batch_id=batch_id[0],
            path=_where(result.path),
            sha256=result.sha256,
            size_bytes=size_bytes,
            feed=result.feed,
            mapping=result.mapping,
            encoding=result.encoding,
            received_at=now,
            **_counts(FileResult(result.path, result.feed)),
        )
    ).inserted_primary_key
    assert file_id is not None  # noqa: S101
    return int(batch_id[0]), int(file_id[0])


def publish(
    engine: Engine,
    batch_id: int,
    file_id: int,
    result: FileResult,
    parts: list[Published],
    rejected: list[Rejected],
    now: datetime,
    findings: list[Finding],
    days: list[DayAccount],
) -> None:
    """Make a batch visible, with its files, its account and what was found in it, in one transaction."""
    _close(engine, batch_id, file_id, result, parts, rejected, "published", now, findings, days)


def refuse(
    engine: Engine,
    batch_id: int,
    file_id: int,
    result: FileResult,
    rejected: list[Rejected],
    now: datetime,
    findings: list[Finding],
) -> None:
    """Keep the account of a file that was refused whole; its batch never becomes visible."""
    _close(engine, batch_id, file_id, result, [], rejected, "failed", now, findings, [])


def known_file(engine: Engine, sha256: str, feed: str, mapping: str | None) -> FileResult | None:
    """Return the newest account of the same file, read before with the same mapping; None when it is new."""
    query = (
        select(files)
        .join(batches, batches.c.batch_id == files.c.batch_id)
        .where(
            batches.c.status == "published",
            files.c.sha256 == sha256,
            files.c.feed == feed,
            files.c.mapping.is_(None) if mapping is None else files.c.mapping == mapping,
        )
        .order_by(was_read().desc(), case((was_read(), -files.c.file_id), else_=files.c.file_id))
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    if row is None:
        return None
    return FileResult(
        row.path,
        row.feed,
        row.encoding,
        row.read,
        row.accepted,
        row.duplicate,
        row.rejected,
        dict(row.reasons),
        row.mapping,
        row.sha256,
        row.batch_id,
    )


def accounted(engine: Engine, sha256: str, feed: str, mapping: str | None) -> bool:
    """Tell whether a file of these bytes was taken in, or refused, with the same mapping."""
    query = _finished(feed, mapping).where(files.c.sha256 == sha256).limit(1)
    stopped = _tried(feed, mapping, and_(batches.c.status == "failed", _refused(for_good=False)))
    with engine.connect() as connection:
        if connection.execute(query).first() is not None:
            return True
        tries = connection.execute(stopped.where(files.c.sha256 == sha256).limit(MOST_TRIES)).all()
    return len(tries) >= MOST_TRIES


def accounted_since(
    engine: Engine, path: Path, size_bytes: int, changed: float, feed: str, mapping: str | None
) -> bool:
    """Tell whether the file at a place was taken in, or refused, after it was last touched.

    Args:
        engine: The casebook.
        path: Where it lies.
        size_bytes: Its size now.
        changed: Time of its last change of state, in seconds since 1970.
        feed: Its feed.
        mapping: Name and version of its mapping.
    """
    touched = datetime.fromtimestamp(changed, tz=UTC)
    query = _finished(feed, mapping).where(
        files.c.path == str(path.absolute()), files.c.size_bytes == size_bytes, files.c.received_at > touched
    )
    with engine.connect() as connection:
        return connection.execute(query.limit(1)).first() is not None


def _finished(feed: str, mapping: str | None) -> Select[tuple[int]]:
    refused = and_(batches.c.status == "failed", _refused(for_good=True))
    return _tried(feed, mapping, or_(batches.c.status == "published", refused))


def _refused(*, for_good: bool) -> ColumnElement[bool]:
    """Tell a file that was refused for what it is from one at which the engine stopped, as on a full disk.

    One whose bytes are not those of its manifest was refused for what the manifest said: another one may
    say better, and then it is tried once more.
    """
    code = rejected_rows.c.code
    corrected = and_(code == MANIFEST_MISMATCH, _promised_since())
    which = and_(code.not_in(_TRIED_AGAIN), ~corrected) if for_good else code.in_(_TRIED_AGAIN)
    return select(rejected_rows.c.id).where(rejected_rows.c.file_id == files.c.file_id, which).exists()


def _promised_since() -> ColumnElement[bool]:
    """Tell whether a manifest has named the file since it came; by the end of its path, as SQL can."""
    told = manifest_entries.c
    return (
        select(told.id)
        .where(
            told.feed == files.c.feed,
            files.c.path.endswith(told.file_name),
            told.told_at > files.c.received_at,
        )
        .exists()
    )


def _tried(feed: str, mapping: str | None, ended: ColumnElement[bool]) -> Select[tuple[int]]:
    return (
        select(files.c.file_id)
        .join(batches, batches.c.batch_id == files.c.batch_id)
        .where(
            ended,
            files.c.feed == feed,
            files.c.mapping.is_(None) if mapping is None else files.c.mapping == mapping,
        )
    )


def fail_unfinished(engine: Engine) -> list[int]:
    """Mark batches that a crash left open as failed; only for the holder of the home's lock."""
    with writing(engine) as connection:
        left = list(connection.scalars(select(batches.c.batch_id).where(batches.c.status == "open")))
        if left:
            connection.execute(update(batches).where(batches.c.batch_id.in_(left)).values(status="failed"))
            connection.execute(delete(lake_files).where(lake_files.c.batch_id.in_(left)))
    return left


def published_paths(engine: Engine) -> frozenset[Path]:
    """Return the paths, relative to the lake, of all files that belong to a published batch."""
    query = (
        select(lake_files.c.path)
        .join(batches, batches.c.batch_id == lake_files.c.batch_id)
        .where(batches.c.status == "published")
    )
    with engine.connect() as connection:
        return frozenset(Path(path) for path in connection.scalars(query))


def _where(path: str) -> str:
    """Keep a file's whole path, so that it is found again; standard input and databases have none."""
    return str(Path(path).absolute()) if Path(path).exists() else path


def _counts(result: FileResult) -> dict[str, object]:
    return {
        "read": result.read,
        "accepted": result.accepted,
        "duplicate": result.duplicate,
        "rejected": result.rejected,
        "reasons": result.reasons,
    }


def _close(
    engine: Engine,
    batch_id: int,
    file_id: int,
    result: FileResult,
    parts: list[Published],
    rejected: list[Rejected],
    status: str,
    now: datetime,
    findings: list[Finding],
    days: list[DayAccount],
) -> None:
    with writing(engine) as connection:
        connection.execute(
            update(files)
            .where(files.c.file_id == file_id)
            .values(encoding=result.encoding, **_counts(result))
        )
        if parts:
            connection.execute(
                insert(lake_files),
                [
                    {
                        "batch_id": batch_id,
                        "feed": result.feed,
                        "day": part.day,
                        "path": part.path,
                        "rows": part.rows,
                    }
                    for part in parts
                ],
            )
        if rejected:
            connection.execute(
                insert(rejected_rows),
                [
                    {
                        "file_id": file_id,
                        "line": row.line,
                        "column_name": row.column,
                        "code": row.code,
                        "detail": row.detail,
                    }
                    for row in rejected[:MAX_REJECTED_KEPT]
                ],
            )
        write_findings(connection, batch_id, result, findings, now)
        write_days(connection, batch_id, result.feed, source_of(result.path), days)
        done = {"status": status} | ({"published_at": now} if status == "published" else {})
        connection.execute(update(batches).where(batches.c.batch_id == batch_id).values(**done))
