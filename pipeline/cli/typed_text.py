"""Text on standard input, in whichever encoding an editor has saved it."""

from __future__ import annotations

from typing import BinaryIO

from pipeline.errors import UsageError
from pipeline.intake.decoding import whole_text


def read_text(stream: BinaryIO) -> str:
    """Read a text.

    Args:
        stream: Standard input, as bytes.

    Raises:
        UsageError: It is no text.
    """
    text = whole_text(stream.read())
    if text is None:
        raise UsageError(
            "What came on standard input is no text.", "Save it as plain text in UTF-8 and try again."
        )
    return text
