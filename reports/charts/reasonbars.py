"""Reason bars: lying bars with their label above and their number at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.charts.svg import WIDTH, frame, line, rect, words
from reports.document import Text

ROW, BAR, LEFT = 40, 14, 2


@dataclass(frozen=True)
class ReasonBar:
    """One lying bar: its label, its length, the number as written, and whether it is a telling one."""

    label: Text | str
    value: float
    written: str
    telling: bool = False


def reason_bars(
    name: str, title: Text, series: Sequence[ReasonBar], *, level: tuple[float, Text] | None = None
) -> Markup:
    """Draw lying bars, longest possible text above each.

    Args:
        name: The figure's name; its caption has the id `name`-caption.
        title: What is shown.
        series: The bars, top to bottom.
        level: A vertical line: its value and its label.
    """
    highest = max([abs(bar.value) for bar in series] + [level[0] if level else 0, 1e-9])
    right = 24 + 8 * max((len(bar.written) for bar in series), default=0)
    scale = (WIDTH - LEFT - right) / highest
    top = 20 if level else 2
    height = top + len(series) * ROW + 4
    body: list[str] = []
    if level:  # below the numbers, which stand out from it by their halo
        body.append(line(LEFT + level[0] * scale, 14, LEFT + level[0] * scale, height - 4, "d"))
    for index, bar in enumerate(series):
        y = top + index * ROW
        length = max(1.5, abs(bar.value) * scale) if bar.value else 0
        body.append(words(LEFT, y + 13, bar.label, "t k"))
        body.append(rect(LEFT, y + 19, length, BAR, "f2" if bar.telling else "f1"))
        body.append(words(LEFT + length + 7, y + 31, bar.written, "t n halo" if level else "t n"))
    if level:
        x = LEFT + level[0] * scale
        near = x < WIDTH - 120
        body.append(words(x + 5 if near else x - 5, 12, level[1], "t k" if near else "t k e"))
    return frame(name, height, title, body)
