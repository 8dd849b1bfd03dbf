"""Which nights may be asked for: none before its own end."""

from __future__ import annotations

from datetime import date, datetime

from pipeline.errors import UsageError
from pipeline.nightly.due import last_closed_night
from pipeline.settings import Settings


def refuse_open_nights(settings: Settings, last: date, at: datetime | None = None) -> None:
    """Refuse nights that have not ended: they would be stored as done without their data.

    Args:
        settings: The effective configuration: zone and cut-off.
        last: The last night asked for.
        at: The moment at which it is asked for, aware; None is now.

    Raises:
        UsageError: The night's cut-off has not passed.
    """
    closed = last_closed_night(settings, at)
    if last > closed:
        raise UsageError(
            f"The night of {last} cannot be run yet: the last night whose cut-off has passed is {closed}. "
            "What is scored before a night's data are whole would stand as done.",
            f"Ask for nights up to {closed}, or leave the night out: `tellerwatch run` takes the last one.",
        )
