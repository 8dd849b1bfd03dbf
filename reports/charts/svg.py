"""What the five kinds of chart share: coordinates, bilingual text, ticks, the frame."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, floor, log10

from markupsafe import Markup, escape

from reports.document import Text
from reports.markup import clipped, visible

WIDTH = 760
"""Width of every wide chart in its own units; on paper one unit is a little under a CSS pixel."""


def at(value: float) -> str:
    """Write a coordinate with one decimal at most."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def rect(x: float, y: float, width: float, height: float, style: str, tip: str = "") -> str:
    """Draw a bar; `tip` is shown when the pointer rests on it."""
    head = f'<rect class="{style}" x="{at(x)}" y="{at(y)}" width="{at(width)}" height="{at(max(0, height))}"'
    return f"{head}><title>{escape(visible(tip))}</title></rect>" if tip else f"{head}/>"


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """Draw a straight line."""
    return f'<line class="{style}" x1="{at(x1)}" y1="{at(y1)}" x2="{at(x2)}" y2="{at(y2)}"/>'


def path(commands: Iterable[str], style: str) -> str:
    """Draw a path from ready commands."""
    return f'<path class="{style}" d="{"".join(commands)}"/>'


def words(x: float, y: float, content: Text | str, style: str = "t", limit: int = 60) -> str:
    """Write text into a chart, in both languages where it is a Text; the style carries size and alignment."""
    head = f'class="{style}" x="{at(x)}" y="{at(y)}"'
    if isinstance(content, str):
        return f"<text {head}>{escape(visible(clipped(content, limit)))}</text>"
    if content.en == content.zh:
        return words(x, y, content.en, style, limit)
    return "".join(
        f'<text lang="{language}" {head}>{escape(visible(clipped(value, limit)))}</text>'
        for language, value in (("zh", content.zh), ("en", content.en))
    )


def frame(name: str, height: float, title: Text, body: Iterable[str], width: float = WIDTH) -> Markup:
    """Close a chart: an image, named to assistive technology by the caption with the id `name`-caption."""
    heading = f"{title.zh} · {title.en}"
    box = f"0 0 {at(width)} {at(height)}"
    return Markup(  # noqa: S704 - every text in the body went through escape() above
        f'<svg class="chart" viewBox="{box}" role="img" aria-labelledby="{name}-caption">'
        f"<title>{escape(heading)}</title>{''.join(body)}</svg>"
    )


def tick_labels(places: Iterable[tuple[float, str]], y: float, axis: float) -> list[str]:
    """Write labels under an axis, leaving out those that would run into the one before."""
    body: list[str] = []
    free = 0.0
    for x, label in places:
        if label and x >= free and x + 6.4 * len(label) <= WIDTH:
            body += [line(x, axis, x, axis + 4, "a"), words(x + 2, y, label)]
            free = x + 6 + 6.4 * len(label)
    return body


def ticks(highest: float, about: int = 4, *, whole: bool = False) -> list[float]:
    """Choose round axis marks from zero to at least the highest value; whole ones for counts."""
    if highest <= 0:
        return [0.0, 1.0]
    rough = highest / about
    magnitude = 10.0 ** floor(log10(rough))
    step = next(magnitude * factor for factor in (1, 2, 2.5, 5, 10) if magnitude * factor >= rough * 0.999)
    if whole and not step.is_integer():
        step = float(ceil(step))
    return [round(step * index, 10) for index in range(ceil(highest / step - 1e-9) + 1)]
