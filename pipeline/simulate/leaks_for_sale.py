"""Leaks for money by the look-up: by the bulk, to order, drop by drop."""

from __future__ import annotations

from pipeline.simulate.leaking import LENDERS, Leak


def _sell(leak: Leak, person: int, low: float, high: float, idle: float = 0.1) -> None:
    day = leak.doses(leak.working_days(person), low, high, idle)
    leak.write(person, leak.times(person, day), leak.list_of_strangers(len(day)), leak.usual_reason(person))


def bulk(leak: Leak) -> None:
    """Twenty to eighty strangers a day, for days or weeks."""
    leak.between(4, 40)
    for person in leak.recruit(1, *LENDERS, "counter_teller"):
        _sell(leak, person, 20, 80)


def to_order(leak: Leak) -> None:
    """Three to eight a day, strangers from elsewhere, for months."""
    leak.between(20, 120)
    for person in leak.recruit(1, *LENDERS):
        _sell(leak, person, 3, 8)


def slow_drip(leak: Leak) -> None:
    """One or two a day, for months."""
    leak.between(45, 180)
    for person in leak.recruit(1, *LENDERS):
        _sell(leak, person, 1, 2, idle=0.25)
