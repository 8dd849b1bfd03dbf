"""Parts of many days that are counted one after another, so that no engine holds a great bank's year at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date

LOT_BYTES = 512 << 20
"""Stored acts that are counted at once, some nine million: the engine then spills a few gigabytes, where a hundred million
at once spill more than sixty."""


def lots(days: Iterable[date], size_of: Callable[[date], int], at_most: int = LOT_BYTES) -> list[set[date]]:
    """Part days, in their order, into lots of about one size.

    Args:
        days: The days.
        size_of: Bytes of a day's stored acts.
        at_most: Bytes of one lot; a day that is larger by itself is a lot of its own.
    """
    found: list[set[date]] = []
    held = 0
    for day in sorted(days):
        size = size_of(day)
        if not found or held + size > at_most:
            found.append(set())
            held = 0
        found[-1].add(day)
        held += size
    return found
