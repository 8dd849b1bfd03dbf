"""A chart with its caption and the table behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from reports.document import Text

MAX_TABLE = 260


@dataclass(frozen=True)
class Figure:
    """What a template needs to place a chart.

    Attributes:
        name: Anchor of the figure on the page.
        title: What is shown.
        caption: The finding, in one sentence.
        svg: The drawing.
        columns: Heads of the table behind it, each with whether it holds numbers.
        rows: The table's rows; the first cell of each names the row.
        total: How many rows there are in the document.
        key: Signs used in the drawing and what they mean.
    """

    name: str
    title: Text
    caption: Text
    svg: Markup
    columns: tuple[tuple[Text, bool], ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int
    key: tuple[tuple[str, Text], ...] = ()


def figure(
    name: str,
    title: Text,
    caption: Text,
    svg: Markup,
    columns: Sequence[tuple[Text, bool]],
    rows: Sequence[tuple[Any, ...]],
    key: Sequence[tuple[str, Text]] = (),
) -> Figure:
    """Put a figure together, with as many table rows as a page can carry."""
    return Figure(name, title, caption, svg, tuple(columns), tuple(rows[:MAX_TABLE]), len(rows), tuple(key))


def month_tick(day: date, before: date | None, dense: bool) -> str:
    """Label each month's first day shown: by month over a long stretch, by day over a short one."""
    if before is not None and before.month == day.month:
        return ""
    return f"{day:%Y-%m}" if dense else f"{day:%m-%d}"
