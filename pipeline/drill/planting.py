"""Choose scenarios and hosts for a night, by seed, and write the leaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from pipeline.drill.leaks.leak import Leak
from pipeline.drill.leaks.material import Host, Material
from pipeline.drill.leaks.scenarios import SCENARIOS


@dataclass(frozen=True)
class Plan:
    """What is planted for one drill.

    Attributes:
        leaks: The leaks, each with its rows.
        skipped: Scenario → why this bank, tonight, could not have it.
    """

    leaks: tuple[Leak, ...]
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> dict[str, pd.DataFrame]:
        """Feed → everything planted in it."""
        feeds = sorted({feed for leak in self.leaks for feed in leak.rows})
        return {
            feed: pd.concat(
                [part for leak in self.leaks for part in leak.rows.get(feed, [])], ignore_index=True
            )
            for feed in feeds
        }

    @property
    def hosts(self) -> int:
        """How many people leak."""
        return sum(len(leak.hosts) for leak in self.leaks)


def hosts_wanted(people: int, per_1000: float, least: int) -> int:
    """Return how many hosts a drill has: few enough not to become what is ordinary."""
    return max(least, int(people * per_1000 / 1000))


def turn_of(names: Sequence[str], seed: int, night: date, wanted: int) -> list[str]:
    """Put scenarios into tonight's order: every night begins where the one before ended, so all take their turn."""
    order = [str(name) for name in np.random.default_rng([seed]).permutation(sorted(names))]
    start = night.toordinal() * wanted % len(order) if order else 0
    return order[start:] + order[:start]


def plant(
    material: Material,
    hosts: Sequence[Host],
    names: Sequence[str],
    seed: int,
    wanted: int,
) -> Plan:
    """Write leaks until enough people leak.

    Args:
        material: The bank.
        hosts: Who can be a host.
        names: Scenarios to choose from.
        seed: The drill's seed; with the night it decides everything.
        wanted: How many hosts.
    """
    rng = np.random.default_rng([seed, material.night.toordinal()])
    free = [hosts[int(place)] for place in rng.permutation(len(hosts))]
    skipped = {name: why for name in names if (why := SCENARIOS[name].lacks(material))}
    order = turn_of([name for name in names if name not in skipped], seed, material.night, wanted)
    leaks: list[Leak] = []
    planted, occasion, idle = 0, 0, 0
    while order and planted < wanted and idle < len(order):
        name = order[occasion % len(order)]
        leak = _leak(name, free, material, f"{seed}:{material.night}:{occasion}", rng.spawn(1)[0])
        occasion, idle = occasion + 1, idle + 1
        if leak is None:
            skipped.setdefault(name, "nobody is left who could be the host")
            continue
        idle, planted = 0, planted + len(leak.hosts)
        taken = {host.employee_id for host in leak.hosts}
        free = [host for host in free if host.employee_id not in taken]
        leaks.append(leak)
    planted_names = {leak.scenario for leak in leaks}
    return Plan(tuple(leaks), {name: why for name, why in skipped.items() if name not in planted_names})


def _leak(
    name: str, free: Sequence[Host], material: Material, key: str, rng: np.random.Generator
) -> Leak | None:
    scenario = SCENARIOS[name]
    able = [host for host in free if scenario.suits(host)][: scenario.hosts]
    if len(able) < scenario.hosts:
        return None
    leak = Leak(name, key, rng, able, material)
    scenario.plant(leak)
    return leak if leak.looked else None
