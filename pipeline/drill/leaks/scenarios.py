"""Which leaks there are, what each needs of the bank, and whom it takes for a host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.drill.leaks import by_others, for_sale, with_cover
from pipeline.drill.leaks.leak import Leak
from pipeline.drill.leaks.material import Host, Material


@dataclass(frozen=True)
class Scenario:
    """One way to leak.

    Attributes:
        plant: Writes the leak.
        hosts: How many people leak together.
        feeds: Feeds without which this bank could not have such a leak, or could not see it.
        reason: Reason that the log must give at all; empty for any.
        busy: Takes hosts of the busiest desks (True) or of all others (False).
        away: Takes hosts who were absent.
    """

    plant: Callable[[Leak], None]
    hosts: int = 1
    feeds: frozenset[str] = frozenset()
    reason: str = ""
    busy: bool = False
    away: bool = False

    def lacks(self, material: Material) -> str:
        """Say what of this bank is missing for the scenario; empty for nothing."""
        if missing := sorted(self.feeds - material.feeds):
            return f"no feed {', '.join(missing)}"
        if self.reason and self.reason not in material.reasons:
            return f"no look-up gives the reason {self.reason}"
        if self.plant is with_cover.borrowed_ref and not len(material.applications):
            return "no recent loan application"
        if self.plant is with_cover.hollow and not len(material.records_like):
            return "no business record says whether a second person worked on it"
        if self.plant is with_cover.resale and not {"print", "export"} & material.operations:
            return "the log tells of no copies"
        if self.plant is for_sale.closed_days and not material.closed_days:
            return "the bank was not closed on any day of the span"
        return ""

    def suits(self, host: Host) -> bool:
        """Tell whether a person can be the host."""
        gives = not self.reason or self.reason in set(host.work["reason"])
        return gives and host.is_busy == self.busy and (bool(host.away) or not self.away)


BUSINESS = frozenset({"business_records", "record_parties"})

SCENARIOS: dict[str, Scenario] = {
    "bulk": Scenario(for_sale.bulk),
    "to_order": Scenario(for_sale.to_order),
    "slow_drip": Scenario(for_sale.slow_drip),
    "needle": Scenario(for_sale.needle, busy=True),
    "closed_days": Scenario(for_sale.closed_days),
    "crawler": Scenario(for_sale.crawler),
    "borrowed_ref": Scenario(with_cover.borrowed_ref, feeds=BUSINESS, reason="loan_approval"),
    "hollow": Scenario(with_cover.hollow, feeds=BUSINESS, reason="loan_approval"),
    "post_loan_pretext": Scenario(with_cover.post_loan_pretext, feeds=BUSINESS, reason="post_loan"),
    "resale": Scenario(with_cover.resale, feeds=frozenset({"complaints"})),
    "absent_account": Scenario(by_others.absent_account, feeds=frozenset({"absences"}), away=True),
    "lent_account": Scenario(by_others.lent_account),
    "stolen_account": Scenario(by_others.stolen_account),
    "ring": Scenario(by_others.ring, hosts=3),
}
