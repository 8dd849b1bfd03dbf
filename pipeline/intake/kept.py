"""What was rejected of sources that cannot be read twice: kept under seal until it comes in, or is too old.

A file is read again where it lies. Standard input is gone, and a database's chunk is not found again, so their
rejected rows are kept: enciphered with a key drawn from the token key, in the home's `quarantine/` folder.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pipeline.home import PRIVATE_DIR, PRIVATE_FILE, Home
from pipeline.intake.parquet import KEPT_LINES
from pipeline.intake.rows import RawRows, spool

if TYPE_CHECKING:
    import duckdb

FOLDER = "quarantine"
SEALED = ".sealed"
_CHUNK_BYTES = 4 << 20
_NONCE_BYTES = 12
_ROWS_AT_ONCE = 10_000
_TAG_BYTES = 16


def is_fleeting(shown: str) -> bool:
    """Tell a source that cannot be read a second time."""
    return shown == "-" or shown.startswith("source:")


def keep(home: Home, pads: Sequence[bytes], file_id: int, ending: str, content: IO[bytes]) -> None:
    """Seal what a fleeting source brought.

    Args:
        home: The installation.
        pads: The token key's pads.
        file_id: The ledger's number of the account that it belongs to.
        ending: What the content is, as file names tell it: `.parquet`, `.csv.gz` …
        content: The bytes; read from their beginning.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    folder = home.root / FOLDER
    folder.mkdir(mode=PRIVATE_DIR, exist_ok=True)
    cipher = AESGCM(_seal(pads))
    target = folder / f"{file_id:06d}{ending}{SEALED}"
    fresh = target.with_suffix(".new")
    content.seek(0)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as file:
        place = 0
        # The last piece is marked, so that a file that was cut off does not open.
        piece = content.read(_CHUNK_BYTES)
        while True:
            following = content.read(_CHUNK_BYTES)
            nonce = os.urandom(_NONCE_BYTES)
            file.write(nonce + cipher.encrypt(nonce, piece, _place(file_id, place, not following)))
            if not following:
                break
            piece, place = following, place + 1
    fresh.replace(target)


def kept_file(home: Home, file_id: int) -> Path | None:
    """Return the sealed file of an account; None where nothing is kept."""
    return next(iter((home.root / FOLDER).glob(f"{file_id:06d}.*{SEALED}")), None)


def unsealed(home: Home, pads: Sequence[bytes], path: Path, stack: ExitStack) -> tuple[Path, str]:
    """Open a sealed file into a scratch file that has no name.

    Returns:
        Where the engine opens it, and a name whose ending tells what it is.

    Raises:
        ValueError: It was sealed with another key, or is damaged.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(_seal(pads))
    target, where = spool(home, stack)
    file_id = int(path.name[:6])
    size = _NONCE_BYTES + _CHUNK_BYTES + _TAG_BYTES
    with path.open("rb") as file:
        place = 0
        piece = file.read(size)
        while piece:
            following = file.read(size)
            told = _place(file_id, place, not following)
            try:
                target.write(cipher.decrypt(piece[:_NONCE_BYTES], piece[_NONCE_BYTES:], told))
            except InvalidTag:
                raise ValueError("sealed with another key, or damaged") from None
            piece, place = following, place + 1
    target.flush()
    return where, path.name.removesuffix(SEALED)


def rejected_only(
    connection: duckdb.DuckDBPyConnection, rows: RawRows, home: Home, stack: ExitStack
) -> IO[bytes]:
    """Write the raw cells of the rejected rows into a nameless Parquet file: no more of a customer is kept.

    Args:
        connection: Holds the rows in their order, numbered: `lined`.
        rows: The raw rows.
        home: The installation.
        stack: Closes what is opened here.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = dict(
        connection.execute(
            "SELECT row_no, line FROM lined WHERE problem IS NOT NULL AND NOT starts_with(problem, 'footer') "
            "ORDER BY row_no"
        ).fetchall()
    )
    cells = ", ".join(f"c{at}" for at in range(len(rows.header)))
    found = connection.execute(f"SELECT {cells} FROM {rows.sql}")
    held: list[tuple[str | None, ...]] = []
    at = 0
    while some := found.fetchmany(_ROWS_AT_ONCE):
        held += [row for place, row in enumerate(some, at) if place in wanted]
        at += len(some)
    columns = [pa.array([row[place] for row in held], pa.string()) for place in range(len(rows.header))]
    target, _ = spool(home, stack)
    lines = {KEPT_LINES: ",".join(str(line) for line in wanted.values()).encode()}
    pq.write_table(pa.table(columns, names=rows.header).replace_schema_metadata(lines), target)
    target.flush()
    return target


def forget_old(home: Home, now: datetime, days: int) -> int:
    """Delete what was kept for longer than so many days; return how many files went."""
    limit = (now - timedelta(days=days)).timestamp()
    old = [path for path in (home.root / FOLDER).glob(f"*{SEALED}") if path.stat().st_mtime < limit]
    for path in old:
        path.unlink()
    return len(old)


def _seal(pads: Sequence[bytes]) -> bytes:
    """Draw the sealing key from the first key, which a change of keys leaves in place."""
    return hashlib.sha256(b"tellerwatch quarantine" + pads[0]).digest()


def _place(file_id: int, place: int, is_last: bool) -> bytes:
    return f"{file_id}:{place}:{int(is_last)}".encode()
