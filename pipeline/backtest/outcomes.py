"""What became of each leak in a replay: when its person was raised, and what had been leaked by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from pipeline.backtest.tally import Tally
from pipeline.backtest.truth import Campaign
from pipeline.calendar import cutoff_of

GRACE_DAYS = 3
"""A raise counts until as many days after the last illegitimate look-up (contract, section 5)."""


@dataclass(frozen=True)
class Clock:
    """Where the bank's nights end.

    Attributes:
        zone: The bank's time zone.
        cutoff: Local time on the day after, at which a night's data are closed.
    """

    zone: str
    cutoff: time


@dataclass(frozen=True)
class Outcome:
    """One campaign and what the replay made of it.

    Attributes:
        employee_id: Who.
        scenario: What kind of leak.
        starts: Day of the first illegitimate look-up.
        ends: Day of the last.
        caught_on: First night of a raise between `starts` and three days after `ends`; None without one.
        leaked: Illegitimate look-ups until the cut-off of that night; until the replay's end without one.
        first_day: Illegitimate look-ups of the first day. Both None where the look-ups are not known.
    """

    employee_id: str
    scenario: str
    starts: date
    ends: date
    caught_on: date | None
    leaked: int | None
    first_day: int | None

    @property
    def delay_days(self) -> int | None:
        """Calendar days from the first illegitimate look-up to the raise; 0 is the same night."""
        return None if self.caught_on is None else (self.caught_on - self.starts).days


def within(campaign: Campaign, night: date) -> bool:
    """Tell whether a raise on this night finds a leaker in their leak."""
    return campaign.starts <= night <= campaign.ends + timedelta(days=GRACE_DAYS)


def judged(tally: Tally, truth: Sequence[Campaign]) -> list[Campaign]:
    """Keep the campaigns that begin within the replay.

    One that began before its first night could not have been raised in time, and the evidence gathered till
    then would flatter the delay; its person still counts as a leaker in their leak when raised.
    """
    return [leak for leak in truth if tally.first <= leak.starts <= tally.last]


def outcomes(tally: Tally, truth: Sequence[Campaign], clock: Clock) -> list[Outcome]:
    """Follow each campaign that begins within the replay.

    "Before the raise" is all that was made until the cut-off of the night that raised: the alert is on no
    desk earlier, so the look-ups of its own day count as leaked.

    Args:
        tally: What the replay raised.
        truth: What happened.
        clock: Where nights end.
    """
    found = []
    for leak in judged(tally, truth):
        nights = [night for night in tally.raised.get(leak.employee_id, ()) if within(leak, night)]
        caught = min(nights, default=None)
        leaked = first_day = None
        if leak.lookups is not None:
            end = cutoff_of(caught or tally.last, clock.cutoff, clock.zone)
            leaked = sum(moment < end for moment in leak.lookups)
            day = cutoff_of(leak.starts, time(0), clock.zone)  # the midnight that ends it
            first_day = sum(moment < day for moment in leak.lookups)
        found.append(
            Outcome(leak.employee_id, leak.scenario, leak.starts, leak.ends, caught, leaked, first_day)
        )
    return found
