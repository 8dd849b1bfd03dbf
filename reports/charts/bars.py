"""Bars with a line: look-ups per day, a score's distribution, a year. Up is one count, down another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.charts.svg import WIDTH, at, frame, line, path, rect, tick_labels, ticks, words
from reports.document import Text
from reports.words import styled

LEFT, RIGHT, TOP = 54, 6, 24


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        tip: What stands when the pointer rests on it.
        up: Height above the axis.
        down: Depth below the axis.
        mark: A sign under the axis: `absent` a stroke, `holiday` a dot, `not_assessable` a box.
        tick: Label under the axis at this bar; empty for none.
    """

    tip: str
    up: float
    down: float = 0
    mark: str = ""
    tick: str = ""


def bars(
    name: str,
    title: Text,
    series: Sequence[Bar],
    *,
    level: tuple[float, Text] | None = None,
    cut: tuple[float, Text] | None = None,
    above: Text | None = None,
    below: Text | None = None,
    style: str = "count",
    height: float = 200,
) -> Markup:
    """Draw bars over an axis.

    Args:
        name: The figure's name; its caption has the id `name`-caption.
        title: What is shown, for the image's own title.
        series: The bars, left to right.
        level: A horizontal line: its value and its label.
        cut: A vertical line: its place in bars from the left, and its label.
        above: Label of what goes up, written into the chart.
        below: Label of what goes down.
        style: How the axis is written: `count` or `share`.
        height: Height of the drawing in chart units.
    """
    width = WIDTH - LEFT - RIGHT
    highest = max([bar.up for bar in series] + [level[0] if level else 0, 1])
    deepest = max([bar.down for bar in series] + [0])
    marks = ticks(highest, whole=style == "count")
    low_marks = [mark for mark in marks if mark and mark <= deepest * 1.0001] or (
        [marks[1]] if deepest else []
    )
    has_marks = any(bar.mark for bar in series)
    reach = marks[-1] + (max(low_marks[-1], deepest) if low_marks else 0)
    usable = height - TOP - 26 - (12 if has_marks else 0)
    scale = usable / reach
    zero = TOP + marks[-1] * scale
    floor_y = zero + (max(low_marks[-1], deepest) * scale if low_marks else 0)
    step = width / max(1, len(series))
    gap = min(2.0, step * 0.25)

    body: list[str] = []
    for value in marks[1:]:
        y = zero - value * scale
        body += [line(LEFT, y, LEFT + width, y, "g"), words(LEFT - 6, y + 4, styled(value, style), "t e")]
    for value in low_marks:
        y = zero + value * scale
        body += [line(LEFT, y, LEFT + width, y, "g"), words(LEFT - 6, y + 4, styled(value, style), "t e")]
    body.append(words(LEFT - 6, zero + 4, "0", "t e"))
    for index, bar in enumerate(series):
        x = LEFT + index * step
        if bar.up:
            body.append(rect(x + gap / 2, zero - bar.up * scale, step - gap, bar.up * scale, "f1", bar.tip))
        if bar.down:
            body.append(rect(x + gap / 2, zero, step - gap, bar.down * scale, "f2", bar.tip))
    body += tick_labels(((LEFT + i * step, bar.tick) for i, bar in enumerate(series)), height - 6, floor_y)
    body += _signs(series, step, floor_y + 9) if has_marks else []
    body.append(line(LEFT, zero, LEFT + width, zero, "a"))
    if level:
        y = zero - level[0] * scale
        body.append(line(LEFT, y, LEFT + width, y, "d"))
        label = Text(en=f"- - {level[1].en}", zh=f"- - {level[1].zh}")
        body.append(words(LEFT + width, TOP - 10, label, "t e k"))
    if cut:
        x = LEFT + cut[0] * step
        body += [
            line(x, TOP - 6, x, zero, "d"),
            words(min(x + 6, LEFT + width - 90), TOP + 4, cut[1], "t k halo"),
        ]
    if above:
        body.append(words(LEFT + 4, TOP - 8, Text(en=f"▲ {above.en}", zh=f"▲ {above.zh}"), "t k1"))
    if below and deepest:
        body.append(words(LEFT + 150, TOP - 8, Text(en=f"▼ {below.en}", zh=f"▼ {below.zh}"), "t k2"))
    return frame(name, height, title, body)


def _signs(series: Sequence[Bar], step: float, y: float) -> list[str]:
    """Draw days off as shapes: a stroke for absent, a dot for a rest day, a box for not assessable."""
    drawn: dict[str, list[str]] = {"absent": [], "holiday": [], "not_assessable": []}
    for index, bar in enumerate(series):
        x = LEFT + (index + 0.5) * step
        if bar.mark == "absent":
            drawn["absent"].append(f"M{at(x - step / 2)} {at(y)}h{at(step)}")
        elif bar.mark == "holiday":
            drawn["holiday"].append(f"M{at(x)} {at(y - 1)}v2")
        elif bar.mark == "not_assessable":
            drawn["not_assessable"].append(f"M{at(x - 1.6)} {at(y - 3)}h3.2v6h-3.2z")
    return [path(commands, f"s-{mark}") for mark, commands in drawn.items() if commands]
