"""A synthetic bank with planted leakers: for measuring, showing, drills. Nothing that detects imports it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from pipeline.simulate.bank import SimulatedBank, build
from pipeline.simulate.writing import write

__all__ = ["SimulatedBank", "build", "simulate", "write"]


def simulate(
    out: Path,
    seed: int = 1,
    *,
    employees: int = 300,
    days: int = 250,
    start: date = date(2025, 9, 1),
    leakers: float = 0.02,
    scenarios: Sequence[str] | None = None,
    form: str = "csv",
) -> SimulatedBank:
    """Make a bank and write it: feeds into `out`, the truth into `out/truth`.

    Args:
        out: A folder without tables; made where it does not exist.
        seed: The same seed and sizes give the same bytes.
        employees: How many people work there over the span.
        days: Calendar days.
        start: The first day.
        leakers: Share of the staff that leaks at some time; 0 for a quiet bank.
        scenarios: Families to choose from; None takes all.
        form: `csv` or `parquet`.

    Returns:
        The tables and the truth, as written.
    """
    return write(build(seed, employees, days, start, leakers, scenarios), out, form)
