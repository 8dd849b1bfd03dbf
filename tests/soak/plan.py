"""What comes when, and what goes wrong on which night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path

from tests.soak.tiny_bank import HEADERS, drop_day, first_night

LATE_FIRST, LATE_BY = 2, 2
"""Place in each round of the night whose business records stay away, and for how many nights."""
BUSINESS = ("business_records", "record_parties")

TROUBLES = (
    "power cut",
    "database gone midway",
    "disk full",  # and the business of this day comes late
    "two machines",
    "mail closed",
    "run killed",
    "scheduler killed",
    "two schedulers",
    "database gone before",
    "clock set back",
    "ingest killed",
    "nothing",
    "down for nights",
)
"""In this order, again and again; the last takes as many nights as are left of the round, whose files are taken in each night."""
ROUND = 30


def trouble_of(place: int) -> str:
    """What goes wrong on a night, by its place among the nights."""
    return TROUBLES[min(place % ROUND, len(TROUBLES) - 1)]


def together(nights: int) -> Iterator[list[int]]:
    """The places of the nights, in order; those for which the scheduler is down are caught up in one."""
    for down, group in groupby(range(nights), lambda place: trouble_of(place) == TROUBLES[-1]):
        some = list(group)
        yield from [some] if down else [[place] for place in some]


def is_late(place: int) -> bool:
    return place % ROUND == LATE_FIRST


def arrivals(folder: Path, night: date) -> None:
    """Leave what comes before a night's cut-off: its own day, and what was late."""
    place = (night - first_night()).days
    drop_day(folder, night, ("access_log",) if is_late(place) else tuple(HEADERS))
    if place >= LATE_BY and is_late(place - LATE_BY):
        drop_day(folder, night - timedelta(days=LATE_BY), BUSINESS)
