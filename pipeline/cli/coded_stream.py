"""A stream that lets no employee id through where staff is shown under codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pipeline.pseudonyms import StaffCodes


class CodedStream:
    """Writes to another stream with codes in the place of ids; what it does not know, that stream does.

    Args:
        stream: Where to.
        codes: The codes.
    """

    def __init__(self, stream: TextIO, codes: StaffCodes) -> None:
        self._stream, self._codes = stream, codes

    def write(self, text: str) -> int:
        """Write a text, coded."""
        self._stream.write(self._codes.text(text))
        return len(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)
