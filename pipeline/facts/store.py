"""The stored facts' files: written under new names, counted once the manifest names them."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import ibis.expr.types as ir

from pipeline.facts.manifest import NAME, Manifest
from pipeline.home import PRIVATE_DIR, PRIVATE_FILE, Home
from pipeline.whole_file import write_whole

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

FOLDER = "facts"
DESCRIBED, STEPS, WRONG, MONTHS, SMALL = "acts", "states", "mismatches", "facts", "small"
"""Parts: acts of a day, steps of their states, their mismatches; facts of a month; small tables of all days."""
KEPT_AT_LEAST = 390
"""Calendar days for which retention leaves a day's files."""


def month_of(day: date) -> str:
    """Name a day's month."""
    return f"month={day:%Y-%m}"


class FactStore:
    """Files of daily facts of one home.

    Args:
        home: The installation.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.root = home.derived / FOLDER
        self._draft = home.tmp / FOLDER

    def load(self, signature: str) -> Manifest | None:
        """Return the manifest if all it names is there as it was written, of these settings and this code."""
        try:
            found = Manifest.read((self.root / NAME).read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        if found.signature != signature:
            return None
        for part in (DESCRIBED, STEPS, WRONG):  # what retention has taken is beyond what any night reads
            held = found.files.get(part, {})
            for key in [key for key in held if (found.last - date.fromisoformat(key)).days > KEPT_AT_LEAST]:
                if any(self._size(self.root / name) is None for name in held[key]):
                    for name in held.pop(key):
                        found.sizes.pop(name, None)
        if any(self._size(self.root / name) != size for name, size in found.sizes.items()):
            return None
        return found

    def save(self, manifest: Manifest) -> None:
        """Make a manifest count, and remove what it does not name."""
        self.root.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        named = {name for keys in manifest.files.values() for names in keys.values() for name in names}
        manifest.sizes = {name: self._size(self.root / name) or (0, 0) for name in sorted(named)}
        write_whole(self.root / NAME, manifest.as_text())
        self._sweep(named)

    def forget(self) -> None:
        """Remove everything: it is computed again."""
        shutil.rmtree(self.root, ignore_errors=True)

    def write_days(
        self, backend: Backend, part: str, table: ir.Table, generation: int
    ) -> dict[str, list[str]]:
        """Write rows by their column `day`.

        Returns:
            Day → names of its files; days without rows have none.
        """
        draft = self._fresh_draft()
        self._copy(
            backend, table, draft, "PARTITION_BY (day), WRITE_PARTITION_COLUMNS true, FILENAME_PATTERN 'rows'"
        )
        found: dict[str, list[str]] = {}
        for path in sorted(draft.glob("day=*/*.parquet")):
            key = path.parent.name.removeprefix("day=")
            found.setdefault(key, []).append(self._take(path, part, key, generation, len(found.get(key, []))))
        shutil.rmtree(draft, ignore_errors=True)
        return found

    def write_one(self, backend: Backend, part: str, key: str, table: ir.Table, generation: int) -> list[str]:
        """Write a table as one file, and return its name."""
        draft = self._fresh_draft()
        self._copy(backend, table, draft / "rows.parquet", "")
        name = self._take(draft / "rows.parquet", part, key, generation, 0)
        shutil.rmtree(draft, ignore_errors=True)
        return [name]

    def read(
        self, backend: Backend, manifest: Manifest, part: str, keys: Iterable[str] | None = None
    ) -> ir.Table | None:
        """Return the rows of some keys of a part, of all if none are given; None where there is no file."""
        held = manifest.files.get(part, {})
        wanted = sorted(held) if keys is None else sorted(set(keys) & set(held))
        paths = [str(self.root / name) for key in wanted for name in held[key]]
        return backend.read_parquet(paths, hive_partitioning=False) if paths else None

    def bytes_of(self, manifest: Manifest, part: str, day: date) -> int:
        """Return how large a day's files of a part are; 0 where there are none."""
        names = manifest.files.get(part, {}).get(day.isoformat(), [])
        return sum((self._size(self.root / name) or (0, 0))[0] for name in names)

    def _copy(self, backend: Backend, table: ir.Table, target: Path, options: str) -> None:
        before = os.umask(0o077)
        try:
            backend.raw_sql(
                f"COPY ({backend.compile(table)}) TO '{target}' "
                f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1{', ' + options if options else ''})"
            )
        finally:
            os.umask(before)

    def _fresh_draft(self) -> Path:
        shutil.rmtree(self._draft, ignore_errors=True)
        self._draft.mkdir(mode=PRIVATE_DIR, parents=True)
        return self._draft

    def _take(self, path: Path, part: str, key: str, generation: int, number: int) -> str:
        folder = f"day={key}" if key[:1].isdigit() else key
        target = self.root / part / folder / f"{generation:06d}-{number}.parquet"
        for parent in (self.root, self.root / part, target.parent):
            parent.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        path.chmod(PRIVATE_FILE)
        path.rename(target)
        return target.relative_to(self.root).as_posix()

    @staticmethod
    def _size(path: Path) -> tuple[int, int] | None:
        try:
            found = path.stat()
        except OSError:
            return None
        return (found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None

    def _sweep(self, named: set[str]) -> None:
        for path in self.root.glob("*/*/*.parquet"):
            if path.relative_to(self.root).as_posix() not in named:
                path.unlink(missing_ok=True)
