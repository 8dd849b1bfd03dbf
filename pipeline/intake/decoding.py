"""Bytes as text: which encoding fits damaged ones best, and how they are read to their very last byte."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import IO

PIECE_BYTES = 256 << 10
MARK = "\ufffd"
"""Stands for bytes that are no character of a file's encoding."""
_UTF8_MARK = MARK.encode()


def decoded(file: IO[bytes], encoding: str) -> Iterator[str]:
    """Yield a file's text in pieces, a mark in the place of what fits no encoding, a cut last character too.

    Args:
        file: Its bytes, uncompressed.
        encoding: As the first pass told it.
    """
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    while piece := file.read(PIECE_BYTES):
        yield decoder.decode(piece)
    # Without this the bytes of a character that the file's end cuts in two would be dropped without a word.
    yield decoder.decode(b"", final=True)


def whole_text(body: bytes) -> str | None:
    """Read a short text as an editor saved it: UTF-16 with its mark, else UTF-8 with or without one, else GB18030; None where it is no text."""
    marked = body[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def damage(file: IO[bytes], encoding: str) -> int:
    """Count what has to be replaced by a mark to read a file in an encoding."""
    return sum(text.count(MARK) for text in decoded(file, encoding))


def best_fit(file: IO[bytes], bearable: float) -> tuple[str, int]:
    """Tell in which encoding a file without a mark of its own is written that is no whole UTF-8.

    Nearly any UTF-8 passes for GB18030, as other characters; hardly any GB18030 passes for UTF-8. So it is UTF-8 that
    was damaged wherever more of its characters are whole than not, however little damage GB18030 would show.

    Args:
        file: Its bytes, uncompressed.
        bearable: More damage than this makes it no text.

    Returns:
        The encoding, and how much of the file does not fit it.
    """
    marks, following = _as_utf8(file, bearable)
    if following > marks:
        return "utf-8", marks
    other = damage(file, "gb18030")
    return ("gb18030", other) if other <= marks else ("utf-8", marks)


def _as_utf8(file: IO[bytes], bearable: float) -> tuple[int, int]:
    """Count what is no UTF-8, and the bytes that follow a character's first one as they should; plain GB18030 is soon told."""
    marks = following = 0
    for text in decoded(file, "utf-8"):
        # A mark that the source itself wrote looks the same here, and is far too rare to decide anything.
        here = text.count(MARK)
        marks += here
        following += len(text.encode()) - len(text) - here * (len(_UTF8_MARK) - 1)
        if marks > max(bearable, following):
            break
    return marks, following
