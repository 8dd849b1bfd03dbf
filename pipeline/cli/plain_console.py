"""The console on which results are printed: what was typed or came with the data cannot act on the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from pipeline.cli.plain import plain


class PlainConsole(Console):
    """Shows control characters as their codes, wherever they stand; colours are the console's own."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as ever, with every text made fit for a terminal."""
        for segment in super().render(renderable, options):
            # What Rich itself tells the terminal to do is no text of anybody's.
            yield segment if segment.control else Segment(plain(segment.text), segment.style)
