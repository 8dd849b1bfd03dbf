"""The quarantine: what was rejected and has not come in since, and another try with today's mappings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, func, or_, select

from pipeline.casebook.tables import batches, files, rejected_rows
from pipeline.errors import UsageError
from pipeline.home import Home
from pipeline.intake import ledger
from pipeline.intake.file_intake import FileIntake
from pipeline.intake.kept import forget_old, is_fleeting, kept_file, unsealed
from pipeline.intake.manifest import take_manifests
from pipeline.intake.mapping import Mapping, load_mapping
from pipeline.intake.naming import Named
from pipeline.intake.probe import sha256_of
from pipeline.intake.publishing import clear_scratch, sweep
from pipeline.intake.recognised import was_read
from pipeline.intake.result import HARMLESS_REASONS, Finding, IngestResult
from pipeline.intake.tokens import key_pads, load_key
from pipeline.settings import Settings


@dataclass(frozen=True)
class HeldFile:
    """The newest account of a file of which rows were rejected.

    Attributes:
        file_id: The ledger's number of that account.
        path: Where the file lay.
        sha256: Hash of its bytes.
        feed: Its feed.
        mapping: Name and version of the mapping that read it; None for the contract's own names.
        rejected: Rows that count against it; 1 for a file that was refused unread because of its manifest.
        reasons: How many of them for each reason.
    """

    file_id: int
    path: str
    sha256: str
    feed: str
    mapping: str | None
    rejected: int
    reasons: dict[str, int]


@dataclass(frozen=True)
class CutFile:
    """A file of which the quarantine keeps `kept` rejected rows one by one, of `rejected`."""

    path: str
    feed: str
    mapping: str | None
    kept: int
    rejected: int


@dataclass(frozen=True)
class HeldRow:
    """One rejected row, masked."""

    path: str
    feed: str
    mapping: str | None
    line: int
    column: str | None
    code: str
    detail: str | None
    received_at: datetime


def held_files(engine: Engine) -> list[HeldFile]:
    """List the files of which rows are still held back, by their newest account.

    A file that was only recognised (`known_file`) was not read, and so has no account of its own.
    """
    mismatch = (rejected_rows.c.file_id == files.c.file_id) & (
        rejected_rows.c.code == ledger.MANIFEST_MISMATCH
    )
    unlike = select(rejected_rows.c.id).where(mismatch).exists()
    query = (
        select(files, batches.c.status, was_read().label("was_read"), unlike.label("unlike"))
        .join(batches, batches.c.batch_id == files.c.batch_id)
        # What was never read holds nothing back.
        .where(or_(batches.c.status == "published", files.c.read > 0, was_read()))
        .order_by(files.c.file_id)
    )
    newest: dict[tuple[str, str], HeldFile] = {}
    with engine.connect() as connection:
        for row in connection.execute(query):
            place = (row.sha256, row.feed)
            bad = {code: count for code, count in row.reasons.items() if code not in HARMLESS_REASONS}
            if row.unlike:
                bad = {ledger.MANIFEST_MISMATCH: 1}  # nobody has counted its rows
            same = place in newest and (row.status == "failed" or row.mapping == newest[place].mapping)
            unread = not row.was_read or (not row.rejected and not row.accepted)
            if unread and same:
                continue
            newest[place] = HeldFile(
                row.file_id, row.path, row.sha256, row.feed, row.mapping, sum(bad.values()), bad
            )
    return [held for held in newest.values() if held.rejected]


def cut_short(engine: Engine, feed: str | None = None, code: str | None = None) -> list[CutFile]:
    """List the files of which more rows were rejected than the quarantine keeps one by one.

    Args:
        engine: The casebook.
        feed: Of this feed only.
        code: Of this reason only.
    """
    held = [item for item in held_files(engine) if feed in (None, item.feed)]
    place = rejected_rows.c.file_id, rejected_rows.c.code
    query = (
        select(*place, func.count(), func.min(rejected_rows.c.line))
        .where(place[0].in_([item.file_id for item in held]), place[1].not_in(sorted(HARMLESS_REASONS)))
        .group_by(*place)
    )
    kept: dict[int, int] = defaultdict(int)
    whole = set()
    with engine.connect() as connection:
        for file_id, reason, count, first in connection.execute(query):
            if first == 0:
                whole.add(file_id)  # refused as a whole: one line says all
            if code in (None, reason):
                kept[file_id] += count
    cut = []
    for item in held:
        rows = item.rejected if code is None else item.reasons.get(code, 0)
        if item.file_id not in whole and kept[item.file_id] < rows:
            cut.append(CutFile(item.path, item.feed, item.mapping, kept[item.file_id], rows))
    return cut


def held_rows(
    engine: Engine, feed: str | None = None, code: str | None = None, limit: int | None = None
) -> list[HeldRow]:
    """List the rejected rows that have not come in since, newest files last.

    Args:
        engine: The casebook.
        feed: Of this feed only.
        code: Of this reason only.
        limit: At most so many.
    """
    numbers = [held.file_id for held in held_files(engine)]
    query = (
        select(files, rejected_rows)
        .join(rejected_rows, rejected_rows.c.file_id == files.c.file_id)
        .where(files.c.file_id.in_(numbers), rejected_rows.c.code.not_in(sorted(HARMLESS_REASONS)))
        .order_by(rejected_rows.c.file_id, rejected_rows.c.line, rejected_rows.c.id)
        .limit(limit)
    )
    if feed is not None:
        query = query.where(files.c.feed == feed)
    if code is not None:
        query = query.where(rejected_rows.c.code == code)
    with engine.connect() as connection:
        return [
            HeldRow(
                row.path,
                row.feed,
                row.mapping,
                row.line,
                row.column_name,
                row.code,
                row.detail,
                row.received_at,
            )
            for row in connection.execute(query)
        ]


def retry_quarantine(
    home: Home,
    settings: Settings,
    engine: Engine,
    *,
    mapping: str | None = None,
    dry_run: bool = False,
    clock: Callable[[], datetime],
    progress: Callable[[Path, int, int], None] | None = None,
) -> IngestResult:
    """Read the files again of which rows are held back, with today's mappings. The caller holds the lock.

    Rows that were accepted before count as duplicates, unless the mapping now reads them differently: then
    they are corrections. A file that is gone, or is another one by now, is named and left.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook.
        mapping: For the files of its feed, this mapping instead of the one they were read with.
        dry_run: Account for every row, and publish nothing.
        clock: Returns the present moment, aware.
        progress: Called before each file with its path, its place and the number of files.
    """
    pads = key_pads(load_key(home))
    wanted = load_mapping(home, mapping) if mapping else None
    held = held_files(engine)
    if wanted is not None:
        held = [item for item in held if item.feed == wanted.feed.name]
    sweep(home, engine)
    forget_old(home, clock(), settings.intake.keep_rejected_days)
    result = IngestResult(dry_run=dry_run)
    if not dry_run:  # a manifest that was mended lets in what the wrong one kept out
        near = [Path(item.path) for item in held if not is_fleeting(item.path)]
        result.findings += take_manifests(home, settings, engine, near, clock())
    for place, item in enumerate(held):
        path = Path(item.path)
        if progress is not None:
            progress(path, place, len(held))
        sealed = kept_file(home, item.file_id) if is_fleeting(item.path) else None
        lost = _lost(path, item) if sealed is None else None
        rules = None
        if lost is None:
            try:
                rules = wanted or _todays(home, item)
            except UsageError as error:
                lost = Finding("unknown_mapping", "note", item.path, item.feed, item.rejected, error.what)
        with ExitStack() as stack:
            named = Named(path, item.feed)
            if sealed is not None and lost is None:
                try:
                    where, name = unsealed(home, pads, sealed, stack)
                except ValueError as error:
                    text = f"{item.rejected} rows stay in quarantine: what was kept is {error}."
                    lost = Finding("kept_unreadable", "note", item.path, item.feed, item.rejected, text)
                else:
                    named = Named(where, item.feed, shown=item.path, name=name, sha256=item.sha256)
            if lost is not None:
                result.findings.append(lost)
                continue
            intake = FileIntake(home, settings, engine, named, rules, pads, clock(), dry_run, anew=True)
            intake.run()
        if sealed is not None and not dry_run and not intake.result.refused:
            sealed.unlink()  # what is still rejected was sealed anew, with its new account
        result.files.append(intake.result)
        result.findings += intake.findings
    clear_scratch(home)
    return result


def _todays(home: Home, item: HeldFile) -> Mapping | None:
    return load_mapping(home, item.mapping.rpartition("@")[0]) if item.mapping else None


def _lost(path: Path, item: HeldFile) -> Finding | None:
    if is_fleeting(item.path):
        text = f"{item.rejected} rows stay in quarantine: nothing was kept of them, or not for so long. Send them again."
        return Finding("not_kept", "note", item.path, item.feed, item.rejected, text)
    if not path.is_file():
        text = f"{item.rejected} rows stay in quarantine: the file is gone. Take it in from where it is now."
        return Finding("file_gone", "note", item.path, item.feed, item.rejected, text)
    if sha256_of(path) != item.sha256:
        text = (
            f"{item.rejected} rows stay in quarantine: another file lies there by now. Take in the old one."
        )
        return Finding("file_changed", "note", item.path, item.feed, item.rejected, text)
    return None
