"""The ladder 25 / 50 / 250 / 500 as five small steps; the sentence beside it says the same."""

from __future__ import annotations

from itertools import pairwise

from markupsafe import Markup

from reports.charts.svg import at, rect, words
from reports.words import LADDER

STEP, GAP, TOP, TALL = 52, 3, 5, 9


def ladder(unexplained: int) -> Markup:
    """Draw where a count stands between the marks; each step is one stretch, filled in proportion."""
    body: list[str] = []
    edges = (0, *LADDER, LADDER[-1] * 2)
    for index, (low, high) in enumerate(pairwise(edges)):
        x = index * (STEP + GAP)
        filled = min(1.0, max(0.0, (unexplained - low) / (high - low)))
        body.append(rect(x, TOP, STEP, TALL, "rung"))
        if filled:
            body.append(rect(x, TOP, max(2.0, STEP * filled), TALL, "f2"))
        if index:
            body.append(words(x - GAP / 2, TOP + TALL + 14, f"{low}", "t m"))
    width = 5 * STEP + 4 * GAP
    return Markup(  # noqa: S704 - numbers only
        f'<svg class="ladder" viewBox="0 0 {at(width)} 32" aria-hidden="true">{"".join(body)}</svg>'
    )
