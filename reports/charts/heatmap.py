"""Heat map: weekday by hour. Each cell holds its number, so that colour is never the only sign."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from reports.charts.svg import WIDTH, frame, rect, words
from reports.document import Text
from reports.words import say

LEFT, TOP, HOURS = 46, 24, 24
STEPS = 5


def heat_map(
    name: str, title: Text, counts: Sequence[Sequence[int]], usual: tuple[int, int] | None = None
) -> Markup:
    """Draw counts by weekday and hour.

    Args:
        name: The figure's name; its caption has the id `name`-caption.
        title: What is shown.
        counts: Seven rows, Monday first, of 24 counts each.
        usual: First and last hour of the shift, drawn as a frame; a night shift may wrap over midnight.
    """
    wide = (WIDTH - LEFT - 4) / HOURS
    tall = 25.0
    most = max((count for row in counts for count in row), default=0)
    body: list[str] = [
        words(LEFT + (hour + 0.5) * wide, TOP - 8, f"{hour:02d}", "t m") for hour in range(HOURS)
    ]
    for day, row in enumerate(counts):
        y = TOP + day * tall
        body.append(words(LEFT - 8, y + tall / 2 + 4, say(f"common.weekday.{day}"), "t e"))
        for hour, count in enumerate(row):
            x = LEFT + hour * wide
            step = 0 if not count else 1 + min(STEPS - 1, (count * STEPS - 1) // max(1, most))
            body.append(rect(x + 1, y + 1, wide - 2, tall - 2, f"h h{step}"))
            if count:
                body.append(words(x + wide / 2, y + tall / 2 + 4, f"{count}", f"t m n{step}"))
    height = TOP + len(counts) * tall + 6
    for start, end in _spans(usual):
        x, width = LEFT + start * wide, (end - start) * wide
        body.append(rect(x, TOP, width, 5 * tall, "shift"))
    return frame(name, height, title, body)


def _spans(usual: tuple[int, int] | None) -> list[tuple[int, int]]:
    if usual is None or usual[0] == usual[1]:
        return []
    start, end = usual
    return [(start, end)] if start < end else [(start, HOURS), (0, end)]
