"""Leaks for money by the look-up: in bulk, to order, drop by drop, in a busy desk's shadow, by a program."""

from __future__ import annotations

from datetime import date

import numpy as np

from pipeline.drill.leaks.leak import Leak
from pipeline.drill.leaks.material import Host


def _sell(leak: Leak, host: Host, days: list[date]) -> None:
    leak.look_up(host, days, leak.victims(host, len(days)))


def _some_days(leak: Leak, host: Host, most: int) -> list[date]:
    """Choose a few consecutive days at work, so that a night or two is left after the last."""
    days = leak.working_days(host)
    length = int(leak.rng.integers(1, min(most, max(1, len(days) - 1)) + 1))
    start = int(leak.rng.integers(0, max(1, len(days) - length)))
    return days[start : start + length]


def bulk(leak: Leak) -> None:
    """Sell a list of strangers, twenty to eighty a day, for a week at most."""
    for host in leak.hosts:
        _sell(leak, host, leak.doses(_some_days(leak, host, 6), 20, 80, idle=0.0))


def to_order(leak: Leak) -> None:
    """Sell three to eight a day, every day."""
    for host in leak.hosts:
        _sell(leak, host, leak.doses(leak.working_days(host), 3, 8))


def slow_drip(leak: Leak) -> None:
    """Sell one or two a day, on three days of four."""
    for host in leak.hosts:
        _sell(leak, host, leak.doses(leak.working_days(host), 1, 2, idle=0.25))


def needle(leak: Leak) -> None:
    """Sell four to ten a day from one of the bank's busiest desks."""
    for host in leak.hosts:
        _sell(leak, host, leak.doses(leak.working_days(host), 4, 10))


def closed_days(leak: Leak) -> None:
    """Sell four to fifteen on each day on which the bank is closed."""
    for host in leak.hosts:
        _sell(leak, host, leak.doses(leak.material.closed_days, 4, 15, idle=0.2))


def crawler(leak: Leak) -> None:
    """Let a program read eighty to three hundred in a row, seconds apart, once or twice."""
    rng = leak.rng
    for host in leak.hosts:
        low, high = rng.uniform(2, 5), rng.uniform(6, 20)
        for day in _some_days(leak, host, 2):
            n = int(rng.integers(80, 300))
            begin = int(rng.choice([9, 12, 17, 20])) * 3600 + int(rng.integers(0, 3600))
            second = begin + np.cumsum(rng.uniform(low, high, n)).astype(np.int64)
            leak.look_up(host, [day] * n, leak.victims(host, n), second)
