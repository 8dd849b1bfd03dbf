"""Standard input as a file: spooled into a scratch file without a name, its kind told by its first bytes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from pipeline.errors import UsageError
from pipeline.home import Home
from pipeline.intake.naming import STANDARD_INPUT, Named
from pipeline.intake.rows import spool

_NAME = "standard-input"
_CHUNK_BYTES = 4 << 20
# First bytes → ending; anything else is delimited text, or JSON lines when it begins with a brace.
_MAGIC = ((b"PAR1", ".parquet"), (b"PK\x03\x04", ".xlsx"), (b"\x1f\x8b", ".csv.gz"), (b"\x28\xb5\x2f\xfd", ".csv.zst"))  # fmt: skip


def taken_from(
    source: IO[bytes] | None, paths: Sequence[Path], feed: str | None, home: Home, stack: ExitStack
) -> Named:
    """Spool standard input.

    Args:
        source: Standard input's bytes.
        paths: What was named on the command line; `-` must stand alone.
        feed: The feed; nothing else can tell it.
        home: The installation.
        stack: Closes the scratch file, and with it the bytes.

    Raises:
        UsageError: The feed is not named, something else is named too, or nobody is sending anything.
    """
    if feed is None or len(paths) > 1:
        raise UsageError(
            "Standard input (-) is one feed, and has no name that tells which.",
            "Name it, and nothing else: ingest - --feed access_log.",
        )
    if source is None or source.isatty():
        raise UsageError(
            "Nothing is sent to standard input.", "Send it a file: ingest - --feed access_log < FILE."
        )
    target, where = spool(home, stack)
    shutil.copyfileobj(source, target, _CHUNK_BYTES)
    target.flush()
    target.seek(0)
    first = target.read(64)
    ending = next((ending for magic, ending in _MAGIC if first.startswith(magic)), "")
    if not ending:
        ending = ".jsonl" if first.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") else ".csv"
    return Named(where, feed, shown=STANDARD_INPUT, name=_NAME + ending)
