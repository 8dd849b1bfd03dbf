"""Text on standard input, in whichever encoding an editor has saved it."""

from __future__ import annotations

from typing import BinaryIO

from pipeline.errors import UsageError


def read_text(stream: BinaryIO) -> str:
    """Read a text: UTF-16 with its mark, else UTF-8 with or without one, else GB18030.

    Args:
        stream: Standard input, as bytes.

    Raises:
        UsageError: It is of none of these.
    """
    body = stream.read()
    marked = body[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(
        "What came on standard input is no text.", "Save it as plain text in UTF-8 and try again."
    )
