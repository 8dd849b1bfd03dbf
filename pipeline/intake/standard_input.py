"""Standard input as a file: spooled into a scratch file without a name, its kind told by its first bytes."""

from __future__ import annotations

import io
import re
import shutil
import zlib
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from pipeline.errors import UsageError
from pipeline.home import Home
from pipeline.intake.naming import STANDARD_INPUT, Named
from pipeline.intake.opening import unpacker
from pipeline.intake.rows import spool

_NAME = "standard-input"
_CHUNK_BYTES = 4 << 20
_LOOKED_AT = 4096
# More than a packed block holds, so that its first bytes can be unpacked.
_FIRST_BYTES = 1 << 20
_PACKED = ((b"\x1f\x8b", ".gz"), (b"\x28\xb5\x2f\xfd", ".zst"))
# First bytes → ending; anything else is delimited text, or JSON.
_MAGIC = ((b"PAR1", ".parquet"), (b"PK\x03\x04", ".xlsx"))
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# No header begins so; an array of objects is refused by name instead of being taken for a header.
_JSON = re.compile(r"\s*(?:\{|\[\s*(?:\{|$))")


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
    return Named(where, feed, shown=STANDARD_INPUT, name=_NAME + _ending(target))


def _ending(file: IO[bytes]) -> str:
    """Tell the ending that a file of these bytes would have, below its packing and its encoding."""
    first = file.read(_FIRST_BYTES)
    for magic, packing in _PACKED:
        if first.startswith(magic):
            return _kind(_unpacked(packing, first)) + packing
    return _kind(first)


def _unpacked(packing: str, first: bytes) -> bytes:
    try:
        # A copy: the reader closes what it reads.
        return bytes(unpacker(packing, io.BytesIO(first)).read(_LOOKED_AT))
    except (OSError, EOFError, ValueError, zlib.error):
        return b""  # whoever unpacks the whole of it says what is wrong


def _kind(first: bytes) -> str:
    for magic, ending in _MAGIC:
        if first.startswith(magic):
            return ending
    mark, encoding = next((bom for bom in _BOMS if first.startswith(bom[0])), (b"", "latin-1"))
    # Latin-1 tells one byte a character: what JSON begins with is the same byte in UTF-8 and GB18030.
    return ".jsonl" if _JSON.match(first[len(mark) : _LOOKED_AT].decode(encoding, "ignore")) else ".csv"
