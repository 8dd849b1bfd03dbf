"""Drop folders: files are taken when they are whole, known by their content, and never moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from pipeline.errors import UsageError
from pipeline.home import Home
from pipeline.intake import findings as say
from pipeline.intake import ledger
from pipeline.intake.file_intake import FileIntake
from pipeline.intake.manifest import take_manifests
from pipeline.intake.mapping import Mapping, load_mapping
from pipeline.intake.naming import Named, feed_of, files_below, unread_below
from pipeline.intake.origins import named_like
from pipeline.intake.probe import sha256_of
from pipeline.intake.publishing import clear_scratch, sweep
from pipeline.intake.result import Finding, IngestResult
from pipeline.intake.tokens import key_pads, load_key
from pipeline.intake.unread import keep_unread_files
from pipeline.settings import Settings


class DropFolderAwayError(UsageError):
    """A drop folder is not there: never made, or on a share that is not mounted at this moment."""

    transient = True


def take_dropped(
    home: Home,
    settings: Settings,
    engine: Engine,
    *,
    dry_run: bool = False,
    clock: Callable[[], datetime],
    progress: Callable[[Path, int, int], None] | None = None,
) -> IngestResult:
    """Take in what was left in the drop folders and is whole. The caller holds the home's lock.

    Args:
        home: The installation; folders that are not absolute lie in it.
        settings: The effective configuration: `schedule.drop_folders` and its neighbours.
        engine: The casebook, which holds the ledger.
        dry_run: Account for every row, and publish nothing.
        clock: Returns the present moment, aware.
        progress: Called before each file with its path, its place and the number of files.

    Returns:
        The account of each file that is new; files that still grow are named, and left for the next look.

    Raises:
        UsageError: No drop folder is configured.
        DropFolderAwayError: One is not there.
    """
    wanted = settings.schedule
    if not wanted.drop_folders:
        raise UsageError(
            "No drop folder is configured.", 'Name them in config.toml: [schedule] drop_folders = ["…"].'
        )
    pads = key_pads(load_key(home))
    mappings = {pattern: load_mapping(home, name) for pattern, name in wanted.drop_mappings.items()}
    result = IngestResult(dry_run=dry_run)
    ready: list[tuple[Named, Mapping | None]] = []
    markers = tuple(ending.lower() for ending in wanted.drop_done_endings)

    def known(path: Path) -> object:
        return _told(path, mappings)[0]

    folders = [home.root / name for name in wanted.drop_folders]
    for folder in folders:
        if not folder.is_dir():
            raise DropFolderAwayError(
                f"The drop folder {folder} is not there.", "Make it, or mount it; then try again."
            )
    if not dry_run:  # first of all: a corrected manifest lets a file in again that the one before kept out
        result.findings += take_manifests(home, settings, engine, folders, clock())
    unread = [
        say.unread(path, _told(path, mappings)[0] or "")
        for folder in folders
        for path in unread_below(folder, known, markers)
    ]
    if not dry_run:
        keep_unread_files(engine, unread, lambda path: _at_rest(path, settings, clock()), clock())
    result.findings += unread
    for folder in folders:
        for path in files_below(folder, known):
            told, mapping = _told(path, mappings)
            if told is None:
                result.findings.append(say.strange_name(path))
            elif not _whole(path, markers, settings, clock()):
                result.findings.append(_growing(path, told))
            elif not _known(engine, path, told, mapping):
                ready.append((Named(path, told), mapping))
    sweep(home, engine)
    ready.sort(key=lambda item: (item[0].feed == "access_log", item[0].feed or "", str(item[0].path)))
    for place, (named, mapping) in enumerate(ready):
        if progress is not None:
            progress(named.path, place, len(ready))
        intake = FileIntake(home, settings, engine, named, mapping, pads, clock(), dry_run)
        intake.run()
        result.files.append(intake.result)
        result.findings += intake.findings
    clear_scratch(home)
    return result


def _told(path: Path, mappings: dict[str, Mapping]) -> tuple[str | None, Mapping | None]:
    for pattern, mapping in mappings.items():
        if named_like(path.name, pattern):
            return mapping.feed.name, mapping
    return feed_of(path), None


def _whole(path: Path, markers: tuple[str, ...], settings: Settings, now: datetime) -> bool:
    """Tell whether a file has its done-marker beside it, or (unless markers are demanded) is at rest."""
    if any(path.with_name(name + ending).exists() for ending in markers for name in (path.name, path.stem)):
        return True
    return not settings.schedule.drop_needs_marker and _at_rest(path, settings, now)


def _at_rest(path: Path, settings: Settings, now: datetime) -> bool:
    """Tell whether a file has not been written to for a while."""
    # The time of the last change of state: unlike the time of writing, no copying tool sets it back.
    return now.timestamp() - path.stat().st_ctime >= settings.schedule.drop_settle_seconds


def _known(engine: Engine, path: Path, feed: str, mapping: Mapping | None) -> bool:
    label = mapping.label if mapping else None
    try:
        state = path.stat()
        if ledger.accounted_since(engine, path, state.st_size, state.st_ctime, feed, label):
            return True  # nobody has touched it since; its bytes need not be read again
        return ledger.accounted(engine, sha256_of(path), feed, label)
    except OSError:
        return False  # the attempt to take it in says what is wrong with it, and goes on to the others


def _growing(path: Path, feed: str) -> Finding:
    text = "The file may still be growing: no done-marker, or written to just now; left for the next look."
    return Finding("still_growing", "note", str(path), feed, 1, text)
