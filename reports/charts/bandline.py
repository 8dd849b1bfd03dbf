"""Band line: one line of the person or the bank against a band of what is ordinary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.charts.svg import WIDTH, at, frame, line, path, tick_labels, ticks, words
from reports.document import Text
from reports.words import styled

LEFT, RIGHT, TOP, BOTTOM = 54, 150, 16, 26


@dataclass(frozen=True)
class BandPoint:
    """One point: the line's value, and the band at that place; `tick` labels the axis there."""

    value: float
    low: float | None = None
    high: float | None = None
    tick: str = ""


def band_line(
    name: str,
    title: Text,
    points: Sequence[BandPoint],
    *,
    own: Text,
    band: Text | None = None,
    levels: Sequence[tuple[float, Text]] = (),
    style: str = "count",
    height: float = 230,
) -> Markup:
    """Draw a line over a band.

    Args:
        name: The figure's name; its caption has the id `name`-caption.
        title: What is shown.
        points: Left to right, evenly spaced.
        own: Label of the line, written at its end.
        band: Label of the band.
        levels: Horizontal marks with their labels; those above the chart are left out.
        style: How the axis is written: `count` or `share`.
        height: Height of the drawing in chart units.
    """
    width = WIDTH - LEFT - RIGHT
    highest = max([point.value for point in points] + [point.high or 0 for point in points] + [0.001])
    ahead = [value for value, _ in levels if value > highest]
    marks = ticks(
        max(highest, min(ahead)) if ahead and min(ahead) < highest * 1.6 else highest, whole=style == "count"
    )
    scale = (height - TOP - BOTTOM) / marks[-1]
    zero = height - BOTTOM
    step = width / max(1, len(points) - 1)

    def place(index: int, value: float) -> str:
        return f"{at(LEFT + index * step)} {at(zero - value * scale)}"

    body: list[str] = []
    for value in marks:
        y = zero - value * scale
        body += [
            line(LEFT, y, LEFT + width, y, "g" if value else "a"),
            words(LEFT - 6, y + 4, styled(value, style), "t e"),
        ]
    highs = [(index, point.high) for index, point in enumerate(points) if point.high is not None]
    lows = [(index, point.low) for index, point in enumerate(points) if point.low is not None]
    if highs and lows:
        outline = "L".join([place(i, v) for i, v in highs] + [place(i, v) for i, v in reversed(lows)])
        body.append(path([f"M{outline}Z"], "band"))
    first = zero - points[0].value * scale if points else 0.0
    for value, label in levels:
        if value <= marks[-1]:
            y = zero - value * scale
            body += [
                line(LEFT, y, LEFT + width, y, "d"),
                words(LEFT + 4, y + (14 if 0 < y - first < 22 else -4), label, "t k halo"),
            ]
    if points:
        body.append(path(["M", "L".join(place(i, point.value) for i, point in enumerate(points))], "own"))
        body += _end_labels(points, own, band, zero, scale, LEFT + width)
    body += tick_labels(((LEFT + i * step, point.tick) for i, point in enumerate(points)), height - 8, zero)
    return frame(name, height, title, body)


def _end_labels(
    points: Sequence[BandPoint], own: Text, band: Text | None, zero: float, scale: float, right: float
) -> list[str]:
    """Write the labels at the right end, kept apart from each other."""
    last = points[-1]
    own_y = zero - last.value * scale
    body = [
        f'<circle class="dot" cx="{at(right)}" cy="{at(own_y)}" r="4"/>',
        words(right + 9, own_y + 4, own, "t k2"),
    ]
    if band and last.high is not None and last.low is not None:
        band_y = zero - (last.high + last.low) / 2 * scale
        if abs(band_y - own_y) < 16:
            band_y = own_y + (16 if band_y >= own_y else -16)
        body.append(words(right + 9, min(zero, band_y) + 4, band, "t k1"))
    return body
