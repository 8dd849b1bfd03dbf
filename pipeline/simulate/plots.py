"""Which leaks there are, and how many of them a bank gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pipeline.errors import UsageError
from pipeline.simulate import leaks_by_others, leaks_for_sale, leaks_with_cover
from pipeline.simulate.growing import NONE
from pipeline.simulate.leaking import WARM_UP_DAYS, Leak
from pipeline.simulate.world import World

SCENARIOS: dict[str, Callable[[Leak], None]] = {
    "bulk": leaks_for_sale.bulk,
    "to_order": leaks_for_sale.to_order,
    "slow_drip": leaks_for_sale.slow_drip,
    "needle": leaks_for_sale.needle,
    "crawler": leaks_for_sale.crawler,
    "quota_hugging": leaks_for_sale.quota_hugging,
    "household": leaks_for_sale.household,
    "weekend": leaks_for_sale.weekend,
    "borrowed_ref": leaks_with_cover.borrowed_ref,
    "hollow": leaks_with_cover.hollow,
    "post_loan_pretext": leaks_with_cover.post_loan_pretext,
    "ask_clerk": leaks_with_cover.ask_clerk,
    "resale": leaks_with_cover.resale,
    "favour_cards": leaks_with_cover.favour_cards,
    "celebrity": leaks_with_cover.celebrity,
    "absent_account": leaks_by_others.absent_account,
    "stolen_account": leaks_by_others.stolen_account,
    "lent_account": leaks_by_others.lent_account,
    "ring": leaks_by_others.ring,
}


def plant(world: World, leakers: float, scenarios: Sequence[str] | None) -> None:
    """Plant leaks until about the given share of the staff leaks at some time.

    Args:
        world: The bank, its honest work done.
        leakers: Share of the staff; 0 makes a quiet bank.
        scenarios: Which families to choose from; None takes all.

    Raises:
        UsageError: A scenario does not exist, or the span leaves no room after the warm-up.
    """
    names = list(scenarios or SCENARIOS)
    if unknown := [name for name in names if name not in SCENARIOS]:
        raise UsageError(
            f"No scenario is called {', '.join(unknown)}; nothing was written.",
            f"Choose from {', '.join(SCENARIOS)}.",
        )
    if leakers <= 0:
        return
    if world.days.n < WARM_UP_DAYS + 6:
        raise UsageError(
            f"{world.days.n} days leave no room for a leak after {WARM_UP_DAYS} days of warm-up.",
            f"Give at least {WARM_UP_DAYS + 6} days, or --leakers 0.",
        )
    wanted = max(1, round(leakers * world.staff.n))
    order = world.rng("which leaks").permutation(len(names))
    tries = 0
    while wanted > sum(len(plot["people"]) for plot in world.plots) and tries < 6 * len(names) + 3 * wanted:
        name = names[order[tries % len(names)]]
        stage(world, name, tries)
        tries += 1


def stage(world: World, name: str, occasion: int) -> bool:
    """Plant one leak; False where the bank has nobody for it."""
    leak = Leak(world, world.rng("leak", name, occasion), len(world.plots), name)
    before = len(world.lookups)
    SCENARIOS[name](leak)
    people = [leak.answers_for] if leak.answers_for != NONE else leak.people
    if not people or len(world.lookups) == before or not np.any(world.lookups["plot"] == leak.number):
        return False
    world.plots.append({"scenario": name, "people": people, "answers_for": leak.answers_for})
    return True
