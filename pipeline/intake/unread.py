"""What could not be read at all, kept in the ledger so that nights say it: files of kinds that are not read, manifests, databases.

Each is a failed batch with one file, no rows and its finding. It is kept once, however often it is looked at, and
settled as `stored_findings` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, Select, and_, select

from pipeline.casebook.tables import batches, data_findings, files
from pipeline.intake import ledger
from pipeline.intake.probe import sha256_of
from pipeline.intake.result import FileResult, Finding
from pipeline.intake.stored_findings import UNKNOWN_ENDING, UNUSABLE

_SOURCE = "source:"


def keep_unread_files(
    engine: Engine, findings: Iterable[Finding], whole: Callable[[Path], bool], now: datetime
) -> None:
    """Keep the files whose kind is not read and that may be exports.

    A file is known by its feed, name and content: at another place, or touched, it is no other. While it still
    grows it is kept without its hash, so that what is unpacked meanwhile counts as come after it.

    Args:
        engine: The casebook, which holds the ledger. The caller holds the home's lock.
        findings: What was found; notes are passed over.
        whole: Tells whether a file is written to its end.
        now: The present moment, aware.
    """
    told = [one for one in findings if one.code == UNKNOWN_ENDING and one.level == "incomplete"]
    if not told:
        return
    known = _kept(engine, UNKNOWN_ENDING)
    for finding in told:
        path = Path(finding.path)
        alike = [row for row in known if row.feed == finding.feed and Path(row.path).name == path.name]
        try:
            _keep_unread_file(engine, finding, path, alike, whole, now)
        except FileNotFoundError:
            continue  # taken away since the folder was listed


def _keep_unread_file(
    engine: Engine,
    finding: Finding,
    path: Path,
    alike: list[Any],
    whole: Callable[[Path], bool],
    now: datetime,
) -> None:
    state = path.stat()
    here = [row for row in alike if row.path == str(path.absolute())]
    touched = datetime.fromtimestamp(state.st_ctime, tz=UTC)
    if any(row.sha256 and row.size_bytes == state.st_size and row.received_at > touched for row in here):
        return  # nobody has touched it since: its bytes need not be read again
    sha256 = _hash(path) if whole(path) else ""
    if not sha256 and here:
        return
    same = (row for row in alike if row.sha256 == sha256 or (row in here and not row.sha256))
    if sha256 and (row := next(same, None)) is not None:
        ledger.keep_seen(engine, row.file_id, path, sha256, state.st_size, now)
        return
    result = FileResult(str(path), finding.feed, sha256=sha256)
    ledger.keep_unread(engine, result, state.st_size, now, [finding])


def keep_unusable(engine: Engine, finding: Finding, zone: str, now: datetime) -> None:
    """Keep a manifest that cannot be used, or a source that cannot be read: once while it is the same.

    What has no bytes to know it by, a source or a manifest that is away, is kept once a day.

    Args:
        engine: The casebook, which holds the ledger. The caller holds the home's lock.
        finding: What was found.
        zone: The bank's zone.
        now: The present moment, aware.
    """
    place, sha256 = _place(finding.path), _hash_at(finding.path)
    last = _newest(engine, finding.path, finding.feed)
    if last is not None and (last.status, last.code, last.sha256) == ("failed", finding.code, sha256):
        day = last.received_at.astimezone(ZoneInfo(zone)).date()
        if sha256 or day == now.astimezone(ZoneInfo(zone)).date():
            return
    ledger.keep_unread(engine, FileResult(place, finding.feed, sha256=sha256), 0, now, [finding])


def keep_usable(engine: Engine, shown: Iterable[str], feed: str, now: datetime) -> None:
    """Keep that manifests, or sources, were read without a fault, where they were not before.

    Args:
        engine: The casebook, which holds the ledger. The caller holds the home's lock.
        shown: How they are called.
        feed: Their feed; manifests have none.
        now: The present moment, aware.
    """
    failed = {row.path for row in _kept(engine, *UNUSABLE) if row.feed == feed}
    for place in sorted(failed & {_place(one) for one in shown}):
        last = _newest(engine, place, feed)
        if last is not None and last.status == "failed":
            ledger.keep_mended(engine, FileResult(place, feed), now)


def first_unusable(engine: Engine, shown: str) -> Any | None:
    """Return the first account of a manifest that could not be used with the bytes that it has now; None if there is none.

    Args:
        engine: The casebook, which holds the ledger.
        shown: The manifest; it has no feed.
    """
    same = and_(batches.c.status == "failed", files.c.sha256 == _hash_at(shown))
    query = _accounts(shown, "").where(same).order_by(files.c.file_id).limit(1)
    with engine.connect() as connection:
        return connection.execute(query).first()


def _newest(engine: Engine, shown: str, feed: str) -> Any | None:
    query = _accounts(shown, feed).order_by(files.c.file_id.desc()).limit(1)
    with engine.connect() as connection:
        return connection.execute(query).first()


def _accounts(shown: str, feed: str) -> Select[Any]:
    return (
        select(files, batches.c.status, data_findings.c.code)
        .join(batches, batches.c.batch_id == files.c.batch_id)
        .outerjoin(data_findings, data_findings.c.batch_id == files.c.batch_id)
        .where(files.c.path == _place(shown), files.c.feed == feed)
    )


def _kept(engine: Engine, *codes: str) -> list[Any]:
    query = (
        select(files)
        .join(data_findings, data_findings.c.batch_id == files.c.batch_id)
        .where(data_findings.c.code.in_(codes))
        .order_by(files.c.file_id)
    )
    with engine.connect() as connection:
        return list(connection.execute(query))


def _place(shown: str) -> str:
    return shown if shown.startswith(_SOURCE) else str(Path(shown).absolute())


def _hash_at(shown: str) -> str:
    return "" if shown.startswith(_SOURCE) else _hash(Path(shown))


def _hash(path: Path) -> str:
    """Hash a file's bytes; empty where there are none to be read."""
    try:
        return sha256_of(path)
    except OSError:
        return ""
