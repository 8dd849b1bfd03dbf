"""Manifests: what a source says it has sent, so that a file that never came is missed by name.

A manifest is a file called `manifest.csv` or `manifest.toml` (or `NAME.manifest.csv`) beside the exports, or
one that the configuration names. Each entry tells a feed or a file, and of it the day, rows or the hash.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from pipeline.casebook.engine import writing
from pipeline.casebook.tables import batches, files, manifest_entries
from pipeline.contract import FEEDS
from pipeline.errors import UsageError
from pipeline.home import Home
from pipeline.intake.day_accounts import reach, read_days
from pipeline.intake.mapping import load_mapping
from pipeline.intake.naming import feed_of, is_manifest
from pipeline.intake.origins import day_of, named_like
from pipeline.intake.result import Finding
from pipeline.intake.unread import first_unusable, keep_unusable, keep_usable
from pipeline.settings import Settings

_FIELDS = ("feed", "day", "file", "rows", "sha256")
_FAULTS_SHOWN = 5
FeedTold = Callable[[Path], str | None]


@dataclass(frozen=True)
class Promise:
    """What a manifest says of one file, or of one feed's day.

    Attributes:
        feed: The feed.
        day: The business day, where it is told.
        file_name: The file's name; None where only the feed's day counts.
        rows: Data rows.
        sha256: Hash of the file's bytes, hex.
    """

    feed: str
    day: date | None
    file_name: str | None
    rows: int | None
    sha256: str | None


@dataclass(frozen=True)
class Fault:
    """An entry that cannot be used.

    Attributes:
        why: Which, and why not.
        file_name: The file that it names all the same; empty where it names none.
    """

    why: str
    file_name: str


@dataclass(frozen=True)
class Broken:
    """A promise that was not kept.

    Attributes:
        promise: What was promised.
        missing: Rows that are missing; 1 where a file is, and nobody told its rows.
    """

    promise: Promise
    missing: int


def manifests_near(paths: Iterable[Path]) -> list[Path]:
    """List the manifests in folders, and beside files."""
    found: set[Path] = set()
    for path in paths:
        places = path.rglob("*") if path.is_dir() else path.parent.glob("*") if path.parent.is_dir() else ()
        found.update(item for item in places if item.is_file() and is_manifest(item))
    return sorted(found)


def read_manifest(path: Path, feed_told: FeedTold = feed_of) -> tuple[list[Promise], list[Fault]]:
    """Read one manifest.

    Args:
        path: The manifest.
        feed_told: Tells the feed of a file by its name, where the entry does not.

    Returns:
        What it promises, and its other entries, which cannot be used.

    Raises:
        UsageError: It cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".toml":
            told: Sequence[dict[str, Any]] = tomllib.loads(text).get("expect", [])
        else:
            told = list(csv.DictReader(io.StringIO(text)))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, csv.Error) as error:
        raise UsageError(
            f"The manifest {path} cannot be used ({type(error).__name__}), so nobody would miss a file that it names.",
            f"Each entry has some of: {', '.join(_FIELDS)}; days are ISO dates. docs/feeds.md shows one.",
        ) from error
    promises, faults = [], []
    for number, entry in enumerate(told, 1):
        try:
            promises.append(_promise(entry, feed_told))
        except (ValueError, AttributeError) as error:
            faults.append(Fault(f"entry {number}: {error}", _file_named(entry)))
    return promises, faults


def _file_named(entry: Any) -> str:
    told = entry.items() if isinstance(entry, dict) else ()
    named = (value for key, value in told if str(key or "").strip().lower() == "file")
    return Path(str(next(named, None) or "").strip()).name


def _promise(entry: dict[str, Any], feed_told: FeedTold) -> Promise:
    told = {str(key or "").strip().lower(): value for key, value in entry.items()}
    unknown = sorted(set(told) - set(_FIELDS))
    if unknown:
        raise ValueError(f"unknown field {unknown[0]!r}")
    cell = {key: str(value).strip() for key, value in told.items() if value not in (None, "")}
    name = Path(cell["file"]).name if "file" in cell else None
    feed = cell.get("feed") or (feed_told(Path(name)) if name else None)
    if feed not in FEEDS:
        raise ValueError("it tells no feed" if feed is None else "it names a feed that there is not")
    try:
        day = date.fromisoformat(cell["day"]) if "day" in cell else day_of(name or "")
    except ValueError:
        raise ValueError("its day is no ISO date") from None
    if name is None and day is None:
        raise ValueError("it names neither file nor day")
    sha256 = cell["sha256"].lower() if "sha256" in cell else None
    if sha256 is not None and not re.fullmatch("[0-9a-f]{64}", sha256):
        raise ValueError("its sha256 is not of 64 hex digits")
    rows = cell.get("rows", "")
    # 48,211 as people and spreadsheets write it; any other mark could as well be a decimal one.
    if not re.fullmatch(r"|\d+|\d{1,3}([, ]\d{3})+", rows):
        raise ValueError("its rows are no whole number")
    return Promise(feed, day, name, int(re.sub("[, ]", "", rows)) if rows else None, sha256)


def take_manifests(
    home: Home, settings: Settings, engine: Engine, paths: Iterable[Path], now: datetime
) -> list[Finding]:
    """Read the manifests beside exports, and those that the configuration names, into the ledger.

    A manifest that cannot be used stops nothing: the files are there, and only a missing one would go unseen. It is
    kept as a finding until it could be read without a fault, or another one has named the same files and they came.

    Args:
        home: The installation.
        settings: The effective configuration: `intake.manifests` and `schedule.drop_mappings`.
        engine: The casebook, which holds the ledger.
        paths: The folders and files that are taken in.
        now: The present moment, aware.

    Returns:
        What of the manifests cannot be used.
    """

    def told(path: Path) -> str | None:
        for pattern, name in settings.schedule.drop_mappings.items():
            if named_like(path.name, pattern):
                with suppress(UsageError):  # whoever uses that mapping is told what is wrong with it
                    return load_mapping(home, name).feed.name
        return feed_of(path)

    kept: list[Promise] = []
    usable: list[str] = []
    found: list[tuple[Finding, list[Fault]]] = []
    for path in (*(home.root / name for name in settings.intake.manifests), *manifests_near(paths)):
        try:
            promises, faults = read_manifest(path, told)
        except UsageError as error:
            found.append((_bad(path, 1, f"{error.what} {error.todo}"), []))
            continue
        kept += promises
        if faults:
            found.append((_bad(path, len(faults), _about(faults)), faults))
        else:
            usable.append(str(path))
    if kept:
        keep_promises(engine, kept, now)
    standing = []
    for finding, faults in found:
        if _told_elsewhere(engine, finding, faults):
            usable.append(finding.path)
        else:
            keep_unusable(engine, finding, settings.bank.zone, now)
            standing.append(finding)
    keep_usable(engine, usable, "", now)
    return standing


def _bad(path: Path, count: int, text: str) -> Finding:
    return Finding("bad_manifest", "incomplete", str(path), "", count, text)


def _about(faults: list[Fault]) -> str:
    shown = "; ".join(fault.why for fault in faults[:_FAULTS_SHOWN])
    more = " …" if len(faults) > _FAULTS_SHOWN else ""
    return (
        f"{len(faults)} of its entries cannot be used ({shown}{more}): nobody would miss what they name. "
        "Mend them; docs/feeds.md shows a manifest."
    )


def _told_elsewhere(engine: Engine, finding: Finding, faults: list[Fault]) -> bool:
    """Tell whether the files of all faulty entries were named by another manifest since, and came as it says."""
    if not faults or not all(fault.file_name for fault in faults):
        return False
    bad = first_unusable(engine, finding.path)
    if bad is None:
        return False
    names = sorted({fault.file_name for fault in faults})
    query = (
        select(manifest_entries)
        .where(manifest_entries.c.file_name.in_(names), manifest_entries.c.told_at > bad.received_at)
        .order_by(manifest_entries.c.id)
    )
    with engine.connect() as connection:
        newest = {row.file_name: _stored(row) for row in connection.execute(query)}
        came = _came(connection)
    if set(newest) != set(names):
        return False
    # A name without a day is sent again and again: without a hash, one that came before tells nothing.
    return all(
        any(file.keeps(one) and (one.day or one.sha256 or file.batch_id > bad.batch_id) for file in came)
        for one in newest.values()
    )


def keep_promises(engine: Engine, promises: Iterable[Promise], now: datetime) -> None:
    """Keep what manifests say; what is known already is not kept twice."""
    with writing(engine) as connection:
        known = {_stored(row) for row in connection.execute(select(manifest_entries))}
        after = int(connection.scalar(select(func.max(batches.c.batch_id))) or 0)
        fresh = [promise for promise in dict.fromkeys(promises) if promise not in known]
        if fresh:
            rows = [{**vars(promise), "after_batch": after, "told_at": now} for promise in fresh]
            connection.execute(insert(manifest_entries), rows)


def promised(engine: Engine, feed: str, file_name: str) -> Promise | None:
    """Return what the newest manifest says of a file; None where none names it."""
    query = (
        select(manifest_entries)
        .where(manifest_entries.c.feed == feed, manifest_entries.c.file_name == file_name)
        .order_by(manifest_entries.c.id.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(query).first()
    return None if row is None else _stored(row)


def broken_promises(engine: Engine, first: date, last: date, horizon: int) -> list[Broken]:
    """Find what manifests promised for some days and what is not there.

    Args:
        engine: The casebook, which holds the ledger.
        first: First business day asked about.
        last: Last business day asked about.
        horizon: Highest published batch that counts.
    """
    query = (
        select(manifest_entries)
        .where(
            manifest_entries.c.day >= first,
            manifest_entries.c.day <= last,
            manifest_entries.c.after_batch <= reach(engine, horizon),
        )
        .order_by(manifest_entries.c.id)
    )
    with engine.connect() as connection:
        told = [_stored(row) for row in connection.execute(query)]
        # The newest word on a file, or on a feed's day, counts.
        newest = {(one.feed, one.file_name or one.day): one for one in told}
        came = _came(connection, horizon)
    received: dict[tuple[str, date], int] = {}
    for account in read_days(engine, first, last, horizon):
        place = (account.feed, account.day)
        received[place] = received.get(place, 0) + account.rows
    found = []
    for one in newest.values():
        if one.file_name is not None:
            missing = 0 if any(file.keeps(one) for file in came) else one.rows or 1
        else:
            missing = max(0, (one.rows or 1) - received.get((one.feed, one.day or last), 0))
        if missing:
            found.append(Broken(one, missing))
    return found


@dataclass(frozen=True)
class _Came:
    """A file that was published."""

    batch_id: int
    feed: str
    name: str
    sha256: str

    def keeps(self, promise: Promise) -> bool:
        """Tell whether it is the file that was promised."""
        named = (self.feed, self.name) == (promise.feed, promise.file_name)
        return named and promise.sha256 in (None, self.sha256)


def _came(connection: Connection, horizon: int | None = None) -> list[_Came]:
    query = (
        select(files.c.batch_id, files.c.feed, files.c.path, files.c.sha256)
        .join(batches, batches.c.batch_id == files.c.batch_id)
        .where(batches.c.status == "published")
    )
    if horizon is not None:
        query = query.where(files.c.batch_id <= horizon)
    return [
        _Came(row.batch_id, row.feed, Path(row.path).name, row.sha256) for row in connection.execute(query)
    ]


def _stored(row: Any) -> Promise:
    return Promise(row.feed, row.day, row.file_name, row.rows, row.sha256)
