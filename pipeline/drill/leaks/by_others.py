"""Leaks in which the account and the hand are not the same, or several hands share one list."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.drill.leaks.leak import Days, Leak
from pipeline.drill.leaks.material import Host


def _other_seat(leak: Leak, host: Host) -> dict[str, Any]:
    """Choose a terminal that is not the host's own, preferably of the host's branch."""
    seats = leak.material.terminals
    own = set(host.work["terminal_id"].dropna())
    others = seats[~seats["terminal_id"].isin(own)]
    near = others[others["branch_id"] == host.branch]
    near = near if len(near) and leak.rng.random() < 0.6 else others
    if not len(near):
        return {}
    seat = near.iloc[int(leak.rng.integers(len(near)))]
    return {name: seat[name] for name in ("branch_id", "terminal_id", "source_ip")}


def _alone(host: Host) -> dict[str, Any]:
    """The account itself, nobody typing for it."""
    return {"employee_id": host.employee_id, "requester_id": None}


def absent_account(leak: Leak) -> None:
    """Let the account work while its owner is away."""
    for host in leak.hosts:
        away = [day for day in host.away if day in set(leak.material.work_days)]
        days = leak.doses(away, 4, 30)
        alone = _alone(host) | _other_seat(leak, host)
        leak.look_up(host, days, leak.victims(host, len(days)), **alone)


def lent_account(leak: Leak) -> None:
    """Let somebody else work under the account, from another terminal, at hours of their own."""
    rng = leak.rng
    for host in leak.hosts:
        days = leak.doses(leak.working_days(host), 5, 30, idle=0.2)
        hour = rng.normal(rng.uniform(9, 20), 1.5, len(days)).clip(6.0, 23.5)
        second = (hour * 3600).astype(np.int64)
        alone = _alone(host) | _other_seat(leak, host)
        leak.look_up(host, days, leak.victims(host, len(days)), second, **alone)


def stolen_account(leak: Leak) -> None:
    """Guess passwords from one terminal until one fits, then read sixty to two hundred and fifty."""
    rng = leak.rng
    for host in leak.hosts:
        days = leak.working_days(host)
        day = days[int(rng.integers(0, max(1, len(days) - 1)))]
        seat = _other_seat(leak, host)
        begin = int(rng.choice([rng.uniform(11.5, 14), rng.uniform(18, 21.5), rng.uniform(3, 6)]) * 3600)
        tried = begin - np.cumsum(rng.integers(4, 60, int(rng.integers(3, 12))))
        _failed(leak, host, [day] * len(tried), np.maximum(tried, 0), seat)
        n = int(rng.integers(60, 250))
        second = begin + np.cumsum(rng.integers(6, int(rng.choice([20, 40])), n))
        leak.look_up(host, [day] * n, leak.victims(host, n), second, **(_alone(host) | seat))


def _failed(leak: Leak, host: Host, days: Days, second: Any, seat: dict[str, Any]) -> None:
    if "logins" not in leak.material.feeds:
        return
    utc, local = leak.moments(days, second)
    rows = pd.DataFrame(
        {
            "occurred_at": utc,
            "occurred_at_local": local,
            "employee_id": host.employee_id,
            "terminal_id": seat.get("terminal_id"),
            "source_ip": seat.get("source_ip"),
            "outcome": "fail",
            "recorded_at": utc,
            "recorded_at_local": local,
            "business_day": list(days),
        }
    )
    leak.add("logins", rows)


def ring(leak: Leak) -> None:
    """Let three colleagues share a buyer's list, each only a few a day, often the same people."""
    shared = leak.victims(leak.hosts[0], 60 * len(leak.hosts))
    for host in leak.hosts:
        days = leak.doses(leak.working_days(host), 1.5, 4.5, idle=0.15)
        fresh = leak.rng.random() < 0.3
        victims = leak.victims(host, len(days))
        if not fresh:
            victims = shared.iloc[leak.rng.integers(0, len(shared), len(days))].reset_index(drop=True)
        leak.look_up(host, days, victims)
