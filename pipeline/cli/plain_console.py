"""The console on which results are printed: what was typed or came with the data cannot act on the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.segment import Segment

from pipeline.cli.plain import plain


class PlainConsole(Console):
    """Shows control characters as their codes, wherever they stand; colours are the console's own."""

    # Where all texts come by once, on their way out: a table's cells pass `render` several times, and a test sees to it
    # that Rich still goes this way.
    def _render_buffer(self, buffer: Iterable[Segment]) -> str:
        return super()._render_buffer(
            # What Rich itself tells the terminal to do is no text of anybody's.
            segment if segment.control else Segment(plain(segment.text), segment.style)
            for segment in buffer
        )

    def on_broken_pipe(self) -> None:
        """Leave it to the command line's top, to which a reader that has had enough is no error."""
        raise BrokenPipeError
