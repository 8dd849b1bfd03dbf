"""Takes exports in: folders, files, standard input; each file is one batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Engine

from pipeline.errors import UsageError
from pipeline.home import Home
from pipeline.intake import findings as say
from pipeline.intake.errors import RefusedFileError
from pipeline.intake.file_intake import FileIntake
from pipeline.intake.kept import forget_old
from pipeline.intake.manifest import take_manifests
from pipeline.intake.mapping import load_mapping
from pipeline.intake.naming import STANDARD_INPUT, Found, Named, feed_of, find_files, known_feed
from pipeline.intake.proposal import propose
from pipeline.intake.publishing import clear_scratch, sweep
from pipeline.intake.result import IngestResult
from pipeline.intake.standard_input import taken_from
from pipeline.intake.tokens import key_pads, load_key
from pipeline.intake.unread import keep_unread_files
from pipeline.settings import Settings

Progress = Callable[[Path, int, int], None]


def ingest(
    home: Home,
    settings: Settings,
    engine: Engine,
    paths: Sequence[Path],
    *,
    feed: str | None = None,
    mapping: str | None = None,
    dry_run: bool = False,
    clock: Callable[[], datetime],
    progress: Progress | None = None,
    standard_input: IO[bytes] | None = None,
) -> IngestResult:
    """Take in folders and files. The caller holds the home's lock.

    Args:
        home: The installation.
        settings: The effective configuration.
        engine: The casebook, which holds the ledger.
        paths: Folders, files or patterns; `-` alone stands for standard input.
        feed: The feed of all of them; None tells it from each file's name.
        mapping: Name of a mapping; None reads the contract's own column names.
        dry_run: Account for every row, and publish nothing.
        clock: Returns the present moment, aware.
        progress: Called before each file with its path, its place and the number of files.
        standard_input: What `-` is read from.

    Returns:
        The account of each file, in the order in which they were taken in.

    Raises:
        UsageError: A path does not exist, or tells of no feed.
        ConfigError: There is no usable token key.
    """
    pads = key_pads(load_key(home))
    rules = load_mapping(home, mapping) if mapping else None
    wanted = known_feed(feed) if feed else None
    if rules is not None:
        if wanted not in (None, rules.feed.name):
            raise UsageError(
                f"The mapping {mapping} makes {rules.feed.name}, and --feed asks for {wanted}.",
                "Leave --feed out, or name another mapping.",
            )
        wanted = rules.feed.name
    with ExitStack() as stack:
        sweep(home, engine)
        forget_old(home, clock(), settings.intake.keep_rejected_days)
        if any(str(path) == STANDARD_INPUT for path in paths):
            found = Found([taken_from(standard_input, paths, wanted, home, stack)], [], [])
        else:
            found = find_files(paths, wanted, strict=not dry_run)
        result = IngestResult(dry_run=dry_run)
        # Beside what a pattern found as well: the pattern itself is no place.
        near = [*paths, *(named.path for named in found.named if not named.shown)]
        if not dry_run:
            result.findings += take_manifests(home, settings, engine, near, clock())
        result.findings += [say.strange_name(path) for path in found.strange]
        unread_files = [say.unread(path, feed_of(path) or "") for path in found.unread]
        if not dry_run:
            keep_unread_files(engine, unread_files, lambda path: path.is_file(), clock())
        result.findings += unread_files
        unread = [Named(path, None) for path in found.strange]
        for place, named in enumerate(found.named):
            if progress is not None:
                progress(Path(named.shown or named.path), place, len(found.named))
            intake = FileIntake(home, settings, engine, named, rules, pads, clock(), dry_run)
            intake.run()
            result.files.append(intake.result)
            result.findings += intake.findings
            if any(finding.code == "missing_column" for finding in intake.findings):
                unread.append(named)
        if dry_run:
            for named in unread:
                with suppress(RefusedFileError):  # its own account says why
                    result.proposals.append(propose(home, settings, named, pads, clock()))
    clear_scratch(home)
    return result
