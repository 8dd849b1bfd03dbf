"""Moves a batch's files into the lake, and sweeps away what a crash left there."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from pipeline.home import PRIVATE_DIR, Home
from pipeline.intake.ledger import fail_unfinished, published_paths
from pipeline.intake.rows import SCRATCH

_WRITES_AT_ONCE = 16


def stage_folder(home: Home, batch_id: int) -> Path:
    """Return where a batch's files are written before they are published."""
    scratch = home.tmp / SCRATCH
    scratch.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    return scratch / f"b{batch_id:06d}"


def move_into_lake(home: Home, feed: str, staged: Path, parts: list[tuple[Path, date | None, int]]) -> None:
    """Rename a batch's files into the lake; readers do not see them until the ledger lists them.

    Args:
        home: The installation.
        feed: The feed's name.
        staged: Where the files were written, on the same file system.
        parts: Each file's path below that folder.
    """

    def move(path: Path) -> None:
        target = home.lake / feed / path
        with (staged / path).open("rb") as file:
            os.fsync(file.fileno())
        if not target.parent.exists() and alone[path.parent] == 1:
            (staged / path.parent).rename(target.parent)  # a new day: its folder moves as it is
            return
        target.parent.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        (staged / path).rename(target)

    alone = Counter(path.parent for path, _, _ in parts)
    (home.lake / feed).mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)

    # A disk serves many waiting writes in about the time of one.
    with ThreadPoolExecutor(max_workers=_WRITES_AT_ONCE) as pool:
        list(pool.map(move, [path for path, _, _ in parts]))


def clear_scratch(home: Home) -> None:
    """Remove what writing a batch leaves behind."""
    shutil.rmtree(home.tmp / SCRATCH, ignore_errors=True)


def sweep(home: Home, engine: Engine) -> int:
    """Remove files that no published batch owns, and fail the batches that a crash left open.

    Only for the holder of the home's lock: a batch that is being written has files that nobody owns yet.

    Returns:
        Number of files removed from the lake.
    """
    fail_unfinished(engine)
    clear_scratch(home)
    owned = published_paths(engine)
    orphans = [path for path in home.lake.rglob("b*-*.parquet") if path.relative_to(home.lake) not in owned]
    for path in orphans:
        path.unlink()
    return len(orphans)
