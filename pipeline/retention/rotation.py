"""A new key over the old one: every stored token is wrapped, in one step that can be cut off anywhere.

Numbers are not kept, so the new key is applied to the old tokens, and new exports are tokenised by both, one
after the other. First every file with tokens is written anew beside the lake; until then nothing has changed.
Then all are moved into place, the key is laid over the old one, and what is computed from the lake is dropped
or wrapped with it. A rotation that was cut off while copying may wait; one that was cut off while moving has
to be finished before anything else is written.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select

from pipeline.casebook.access import append
from pipeline.casebook.tables import access_records
from pipeline.errors import ConfigError, UsageError
from pipeline.evidence.copies import forget
from pipeline.evidence.days import evidence_folder
from pipeline.home import PRIVATE_DIR, Home
from pipeline.intake.subject_sql import WRAPPED, give_key
from pipeline.intake.tokens import KEY_VARIABLE, key_file, key_pads, load_key
from pipeline.retention.rotation_state import COPYING, MOVING, Rotation, drop_rotation, note_rotation
from pipeline.retention.rotation_state import read_rotation as read
from pipeline.settings import Settings
from pipeline.whole_file import write_whole

if TYPE_CHECKING:
    import duckdb

TOKEN = "subject_token"  # noqa: S105  # a column's name
ACT = "key rotate"
Advance = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Rotated:
    """What a rotation came to.

    Attributes:
        files: How many files hold tokens.
        rows: How many rows they have.
        keys: How many keys lie over one another now.
        fingerprint: First digits of the new key's hash, to tell it by.
        resumed: Whether it went on with one that was cut off.
    """

    files: int
    rows: int
    keys: int
    fingerprint: str
    resumed: bool


class KeyRotation:
    """One rotation of one home's token key.

    Args:
        home: The installation; its lock is held by the caller.
        settings: The effective configuration.
        engine: The casebook.
        environment: Where the key may come from.
        advance: Told (what, done, total) as the work goes on.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        engine: Engine,
        environment: Mapping[str, str],
        advance: Advance | None = None,
    ) -> None:
        self.home, self.settings, self.engine, self.environment = home, settings, engine, environment
        self.advance = advance or (lambda what, done, total: None)
        self.shadow = home.root / "rotation"

    def run(self, new_key: bytes, at: datetime, actor: str, host: str) -> Rotated:
        """Rotate, or finish the rotation that was cut off, which keeps the key that it began with.

        Args:
            new_key: The new key, random.
            at: The present moment, aware.
            actor: The operating-system user.
            host: The machine.

        Raises:
            UsageError: The key cannot be written here, or the disk has no room for a copy.
        """
        if self.environment.get(KEY_VARIABLE):
            raise UsageError(
                f"The token key comes from the variable {KEY_VARIABLE}, which cannot be written from here.",
                "Put it into a file of mode 600, name that in TELLERWATCH_TOKEN_KEY_FILE, and try again.",
            )
        found = read(self.home)
        state = found or Rotation(COPYING, new_key.hex())
        if state.phase == COPYING:
            note_rotation(self.home, state)
            rows = self._copy(bytes.fromhex(state.key))
            state = Rotation(MOVING, state.key, len(rows), sum(rows.values()))
            note_rotation(self.home, state)
        self._move()
        keys = self._lay_over(state.key)
        self._drop_caches()
        fingerprint = hashlib.sha256(bytes.fromhex(state.key)).hexdigest()[:12]
        told = Rotated(state.files, state.rows, keys, fingerprint, found is not None)
        self._record(told, at, actor, host)
        drop_rotation(self.home)
        return told

    def _sources(self) -> list[Path]:
        folders = (self.home.lake, evidence_folder(self.home))
        return [path for folder in folders for path in sorted(folder.rglob("*.parquet"))]

    def _copy(self, key: bytes) -> dict[Path, int]:
        """Write every file that holds tokens anew; return their rows."""
        from pipeline.lake.engine import connect_raw

        sources = self._sources()
        self._need_room(sources)
        rows: dict[Path, int] = {}
        self.shadow.mkdir(mode=PRIVATE_DIR, exist_ok=True)
        connection = connect_raw(self.home, self.settings, self.settings.bank.zone, [])
        try:
            give_key(connection, (b"", b"", *key_pads(key)))
            for place, source in enumerate(sources):
                self.advance("Wrapping tokens", place, len(sources))
                if self._holds_tokens(connection, source):
                    rows[source] = self._copy_one(connection, source)
        finally:
            connection.close()
        self._forget_strangers(rows)
        return rows

    def _need_room(self, sources: list[Path]) -> None:
        needed, free = sum(path.stat().st_size for path in sources), shutil.disk_usage(self.home.root).free
        if free < needed * 1.5:
            raise UsageError(
                f"The disk has {free // 2**20} MiB left; wrapping takes up to {needed * 3 // 2**21} MiB for a while.",
                "Make room, or purge what is past its time, then run it again; nothing has changed.",
            )

    def _holds_tokens(self, connection: duckdb.DuckDBPyConnection, source: Path) -> bool:
        found = connection.execute("SELECT name FROM parquet_schema($1)", [str(source)]).fetchall()
        return (TOKEN,) in found

    def _copy_one(self, connection: duckdb.DuckDBPyConnection, source: Path) -> int:
        target = self.shadow / source.relative_to(self.home.root)
        before = source.stat()
        if not (target.exists() and target.stat().st_mtime_ns == before.st_mtime_ns):
            draft = target.with_name(target.name + ".new")
            for folder in reversed(draft.parents):
                if folder.is_relative_to(self.shadow):
                    folder.mkdir(mode=PRIVATE_DIR, exist_ok=True)
            mask = os.umask(0o077)
            try:
                connection.execute(
                    f"COPY (SELECT * REPLACE ({WRAPPED}({TOKEN}) AS {TOKEN}) "
                    f"FROM read_parquet({_quoted(source)}, hive_partitioning = false)) "
                    f"TO {_quoted(draft)} (FORMAT parquet, COMPRESSION zstd)"
                )
            finally:
                os.umask(mask)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            # By its time a later attempt tells whether the file has been written anew since.
            os.utime(draft, ns=(before.st_atime_ns, before.st_mtime_ns))
            draft.replace(target)
        return self._compared(connection, source, target)

    def _compared(self, connection: duckdb.DuckDBPyConnection, source: Path, target: Path) -> int:
        """Count rows, tokens and different tokens on both sides: wrapping leaves all three as they were."""
        counts = [
            connection.execute(
                f"SELECT count(*), count({TOKEN}), count(DISTINCT {TOKEN}) "  # our own names
                f"FROM read_parquet({_quoted(path)}, hive_partitioning = false)"
            ).fetchone()
            for path in (source, target)
        ]
        if counts[0] != counts[1] or counts[0] is None:
            raise ConfigError(
                f"The wrapped copy of {source.name} has other counts than the file itself; nothing was changed.",
                f"Delete {self.shadow}, check the disk, and run `tellerwatch key rotate` again.",
            )
        return int(counts[0][0])

    def _forget_strangers(self, rows: dict[Path, int]) -> None:
        """Drop copies of files that have been purged since an earlier attempt."""
        wanted = {source.relative_to(self.home.root) for source in rows}
        for path in sorted(self.shadow.rglob("*")):
            if path.is_file() and path.relative_to(self.shadow) not in wanted:
                path.unlink()

    def _move(self) -> None:
        forget(self.home)  # copies of days under their former tokens
        copies = [path for path in sorted(self.shadow.rglob("*")) if path.is_file()]
        for place, path in enumerate(copies):
            self.advance("Moving into place", place, len(copies))
            path.replace(self.home.root / path.relative_to(self.shadow))
        shutil.rmtree(self.shadow, ignore_errors=True)

    def _lay_over(self, key: str) -> int:
        path = key_file(self.home, self.environment)
        lines = path.read_text(encoding="ascii").split()
        if lines[-1] != key:
            lines.append(key)
            write_whole(path, "\n".join(lines) + "\n")
        load_key(self.home, dict(self.environment))
        return len(lines)

    def _drop_caches(self) -> None:
        """Drop what is computed from the lake, but for the evidence, which has been wrapped; a night computes it again."""
        kept = evidence_folder(self.home)
        for path in sorted(self.home.derived.iterdir()):
            if path.is_dir() and path != kept:
                shutil.rmtree(path)

    def _record(self, told: Rotated, at: datetime, actor: str, host: str) -> None:
        query = select(access_records.c.seq).where(
            access_records.c.act == ACT, access_records.c.target == told.fingerprint
        )
        with self.engine.connect() as connection:
            if connection.execute(query).first() is not None:
                return
        append(
            self.engine,
            at=at,
            actor=actor,
            host=host,
            act=ACT,
            target_kind="token key",
            target=told.fingerprint,
            detail={"files": told.files, "rows": told.rows, "keys": told.keys},
        )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
