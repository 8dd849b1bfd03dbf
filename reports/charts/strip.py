"""Strip: every peer a dot, the person a diamond with a label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import ceil

from markupsafe import Markup

from reports.charts.svg import WIDTH, at, frame, line, ticks, words
from reports.document import Text
from reports.words import styled

LEFT, RIGHT, COLUMNS, MAX_STACK = 20, 20, 90, 14


def strip(
    name: str,
    title: Text,
    values: Sequence[float],
    own: float,
    *,
    own_label: Text,
    median: tuple[float, Text] | None = None,
    style: str = "number",
) -> Markup:
    """Draw peers as stacked dots along one axis.

    Args:
        name: The figure's name; its caption has the id `name`-caption.
        title: What is shown.
        values: One per peer.
        own: The person's own value.
        own_label: Label of the diamond.
        median: Median of the peers, and its label.
        style: How axis numbers are written: `count`, `share` or `number`.
    """
    marks = ticks(max([*values, own, 0.001]), 6)
    width = WIDTH - LEFT - RIGHT
    column = width / COLUMNS

    def x_of(value: float) -> float:
        return LEFT + max(0.0, value) / marks[-1] * width

    stacks = Counter(min(COLUMNS - 1, int(max(0.0, value) / marks[-1] * COLUMNS)) for value in values)
    each = ceil(max(stacks.values(), default=1) / MAX_STACK)
    tallest = ceil(max(stacks.values(), default=1) / each)
    dot = column * 0.42
    axis = 46 + tallest * column
    height = axis + 24
    body: list[str] = []
    for mark in marks:
        style_of_text = "t m" if 0 < mark < marks[-1] else "t" if mark == 0 else "t e"
        body += [
            line(x_of(mark), axis, x_of(mark), axis + 5, "a"),
            words(x_of(mark), axis + 18, styled(mark, style), style_of_text),
        ]
    body.append(line(LEFT, axis, LEFT + width, axis, "a"))
    for stack, count in sorted(stacks.items()):
        x = LEFT + (stack + 0.5) * column
        body += [
            f'<circle class="f1" cx="{at(x)}" cy="{at(axis - (level + 0.5) * column)}" r="{at(dot)}"/>'
            for level in range(ceil(count / each))
        ]
    if median:
        body += [
            line(x_of(median[0]), 24, x_of(median[0]), axis, "d"),
            words(x_of(median[0]) + 5, 34, median[1], "t k halo"),
        ]
    x, y = x_of(own), axis - 8
    body.append(line(x, 18, x, axis, "own-stem"))
    body.append(f'<path class="diamond" d="M{at(x)} {at(y - 8)}l8 8l-8 8l-8-8z"/>')
    body.append(
        words(x + (5 if x < WIDTH * 0.75 else -5), 14, own_label, "t k2" if x < WIDTH * 0.75 else "t k2 e")
    )
    if each > 1:
        body.append(
            words(
                WIDTH - RIGHT, 34, Text(en=f"one dot: up to {each} people", zh=f"每点至多 {each} 人"), "t e"
            )
        )
    return frame(name, height, title, body)
