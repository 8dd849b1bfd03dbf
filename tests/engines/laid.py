"""What the groundwork of one engine says, in a form that two engines' words can be compared in."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import ibis.expr.types as ir

from pipeline.features.windows import band_table, windowed
from pipeline.groundwork import Groundwork

TABLES = ("acts", "states", "mismatches", "pairs", "wide", "staff", "facts")
Rows = list[tuple[Any, ...]]


def rows_of(table: ir.Table) -> tuple[tuple[str, ...], Rows]:
    """Fetch a table: its columns, and its rows in an order of their own."""
    frame = table.to_pandas()
    rows = [tuple(_plain(value) for value in row) for row in frame.itertuples(index=False)]
    return tuple(frame.columns), sorted(rows, key=repr)


def _plain(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)) or str(value) in ("NaT", "<NA>"):
        return None
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    return value.item() if hasattr(value, "item") else value


def said(laid: Groundwork, nights: list[date]) -> dict[str, tuple[tuple[str, ...], Rows]]:
    """Fetch everything that nights are read from, and the windows of some."""
    found = {name: rows_of(getattr(laid, name)) for name in TABLES}
    found["windows"] = rows_of(windowed(laid.facts, band_table(laid.calendar, nights, laid.first)))
    found["gaps"] = (tuple(laid.gaps.columns), sorted(laid.gaps.itertuples(index=False, name=None)))
    return found


def assert_alike(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Compare table by table, so that a difference is shown by its first rows."""
    assert one.keys() == other.keys()
    for name in one:
        assert one[name][0] == other[name][0], f"columns of {name}"
        here, there = set(one[name][1]), set(other[name][1])
        missing, beside = sorted(here - there, key=repr), sorted(there - here, key=repr)
        assert (missing[:2], beside[:2]) == ([], []), f"{name}: {len(missing)} and {len(beside)} rows differ"
        assert one[name][1] == other[name][1], f"{name}: rows come more than once"
