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
    """

    name: str
    title: Text
    caption: Text
    svg: Markup
    columns: tuple[tuple[Text, bool], ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int


def figure(
    name: str,
    title: Text,
    caption: Text,
    svg: Markup,
    columns: Sequence[tuple[Text, bool]],
    rows: Sequence[tuple[Any, ...]],
) -> Figure:
    """Put a figure together, with as many table rows as a page can carry."""
    return Figure(name, title, caption, svg, tuple(columns), tuple(rows[:MAX_TABLE]), len(rows))


def month_tick(day: date, before: date | None, dense: bool) -> str:
    """Label the first day of each month that is shown; over a long stretch by month, over a short one by day."""
    if before is not None and before.month == day.month:
        return ""
    return day.strftime("%Y-%m") if dense or before is None else day.strftime("%m-%d")
