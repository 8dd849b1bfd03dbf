"""One pass over a text file's bytes before it is read: its hash, its encoding, and how its lines end."""

from __future__ import annotations

import codecs
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from pipeline.intake.decoding import best_fit, damage

Blanks = Literal["none", "spaces", "any"]
SIGNS = "#(\\"
"""What sheets' errors and some words for nothing begin with; hardly a file has them."""

# Small enough that the processor's cache holds a piece while it is looked at several times.
CHUNK_BYTES = 256 << 10
MAX_DAMAGED_SHARE = 0.001
# What a cell is freed of at its ends, as UTF-8 begins it: tab, line breaks, the straight apostrophe, then the first
# bytes of U+00A0, of U+200B and the curved apostrophes, of U+3000, and of U+FEFF and U+FF07.
_BLANK_BYTES = tuple(bytes([code]) for code in (*b"\t\v\f'", 0xC2, 0xE2, 0xE3, 0xEF))
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Probe:
    """What one pass over a file's bytes told.

    Attributes:
        encoding: `utf-8`, `utf-8-sig`, `utf-16`, `gb18030`; empty when it is not text.
        damaged: Bytes that do not fit that encoding.
        plain: The engine can read the bytes as they are: UTF-8 and one kind of line end.
        quotes: Whether there are double quotes.
        size: Bytes, uncompressed.
        blanks: Which characters below the header a cell might have to be freed of: `none`, `spaces` alone, or
            `any`, which is also said where nobody looked.
        signs: Which of `SIGNS` stand below the header; all where nobody looked.
    """

    encoding: str
    damaged: int
    plain: bool
    quotes: bool
    size: int
    blanks: Blanks = "any"
    signs: str = SIGNS


def sha256_of(path: Path) -> str:
    """Return the hash of a file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def probe(file: IO[bytes]) -> Probe:
    """Find out how a file is written.

    A byte-order mark decides; then strict UTF-8; then UTF-8 with damaged bytes, where most of its characters are
    whole; then GB18030, if it fits no worse. Text with a byte in a thousand that does not fit, or with null
    bytes, is not taken for text.

    Args:
        file: The bytes, uncompressed, at the beginning; read to the end.
    """
    first = file.read(CHUNK_BYTES)
    bom = next((name for mark, name in _BOMS if first.startswith(mark)), "")
    strict, wide = StrictUtf8(), _StrictUtf16()
    quotes = nulls = bare_feeds = False
    returns = feeds = pairs = size = 0
    blanks: Blanks = "none"
    signs = ""
    last = b""
    for chunk in _chunks(first, file):
        # The header's own blanks say nothing of the rows.
        below = chunk if size else chunk[chunk.find(b"\n") + 1 :]
        blanks = _blanks(blanks, below)
        signs += "".join(sign for sign in SIGNS if sign not in signs and sign.encode() in below)
        size += len(chunk)
        nulls = nulls or b"\0" in chunk
        quotes = quotes or b'"' in chunk
        if b"\r" in chunk or last == b"\r":
            returns += chunk.count(b"\r")
            pairs += chunk.count(b"\r\n") + (last == b"\r" and chunk.startswith(b"\n"))
            feeds += chunk.count(b"\n")
        else:
            bare_feeds = bare_feeds or b"\n" in chunk
        last = chunk[-1:]
        if bom == "utf-16":
            wide.read(chunk)
        else:
            strict.read(chunk)
    utf8 = strict.holds()
    if bom == "utf-16":
        damaged = 0 if wide.holds() else damage(file, bom)
        return Probe(bom if damaged <= _bearable(size) else "", damaged, False, True, size)
    if nulls:
        return Probe("", 1, False, quotes, size)
    one_kind = returns == 0 or (returns == pairs == feeds and not bare_feeds)
    if utf8:
        plain = one_kind and not quotes
        return Probe(bom or "utf-8", 0, one_kind, quotes, size, blanks if plain else "any", signs)
    encoding, damaged = (bom, damage(file, bom)) if bom else best_fit(file, _bearable(size))
    encoding = encoding if damaged <= _bearable(size) else ""
    return Probe(encoding, damaged, False, quotes, size, signs=signs)


def _bearable(size: int) -> float:
    return max(1, MAX_DAMAGED_SHARE * size)


class StrictUtf8:
    """Tells piece by piece whether bytes are UTF-8, in a tenth of the time that decoding them takes."""

    def __init__(self) -> None:
        self._valid, self._rest = True, b""

    def read(self, chunk: bytes) -> None:
        """Look at the next piece; a character that it cuts in two waits for the one after."""
        if not self._valid or (not self._rest and chunk.isascii()):
            return
        whole = self._rest + chunk
        cut = len(whole) - _cut_off(whole)
        self._rest = whole[cut:]
        self._valid = _is_utf8(whole[:cut])

    def holds(self) -> bool:
        """Tell whether all that was read is UTF-8, to its end."""
        return self._valid and not self._rest


class _StrictUtf16:
    """Tells piece by piece whether bytes are UTF-16: none is left over, no half of a character stands alone."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-16")()
        self._valid = True

    def read(self, chunk: bytes, last: bool = False) -> None:
        """Look at the next piece."""
        if self._valid:
            try:
                self._decoder.decode(chunk, last)
            except UnicodeDecodeError:
                self._valid = False

    def holds(self) -> bool:
        """Tell whether all that was read is UTF-16, to its end."""
        self.read(b"", last=True)
        return self._valid


def _cut_off(chunk: bytes) -> int:
    """Return how many bytes at the end begin a character without ending it."""
    for back, byte in enumerate(reversed(chunk[-3:]), 1):
        if byte >= 0xC0:
            return back if back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4) else 0
        if byte < 0x80:
            return 0
    return 0


def _is_utf8(chunk: bytes) -> bool:
    import pyarrow as pa

    ends = pa.py_buffer(len(chunk).to_bytes(8, sys.byteorder).rjust(16, b"\0"))
    try:
        pa.LargeStringArray.from_buffers(1, ends, pa.py_buffer(chunk)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _blanks(known: Blanks, chunk: bytes) -> Blanks:
    if known == "any" or any(mark in chunk for mark in _BLANK_BYTES):
        return "any"
    return "spaces" if known == "spaces" or b" " in chunk else "none"


def _chunks(first: bytes, file: IO[bytes]) -> Iterator[bytes]:
    chunk = first
    while chunk:
        yield chunk
        chunk = file.read(CHUNK_BYTES)
