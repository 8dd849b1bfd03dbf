"""Which nights may be asked for: none before the first look-up, and none before its own end."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Engine

from pipeline.errors import UsageError
from pipeline.home import Home
from pipeline.lake.store import Lake
from pipeline.nightly.due import last_closed_night
from pipeline.settings import Settings


def refuse_open_nights(
    home: Home, engine: Engine, settings: Settings, last: date, at: datetime | None = None
) -> None:
    """Refuse nights that have not ended: they would be stored as done without their data.

    Where there are look-ups of a later day the machine's clock is behind, or logs are made up to try the program out: up to that day
    there is something to score.

    Args:
        home: The installation.
        engine: The casebook.
        settings: The effective configuration: zone and cut-off.
        last: The last night asked for.
        at: The moment at which it is asked for, aware; None is now.

    Raises:
        UsageError: The night's cut-off has not passed, and there are no look-ups so late.
    """
    closed = last_closed_night(settings, at)
    if last > closed:
        closed = max([closed, *Lake(home, engine).days("access_log")[-1:]])
    if last > closed:
        raise UsageError(
            f"The night of {last} cannot be run yet: the last night whose cut-off has passed is {closed}. "
            "What is scored before a night's data are whole would stand as done.",
            f"Ask for nights up to {closed}, or leave the night out: `tellerwatch run` takes the last one.",
        )


def refuse_nights_without_data(home: Home, engine: Engine, first: date) -> None:
    """Refuse nights before the first look-up: nothing could be scored, and no page be drawn of it.

    A home without any look-up is left to the work itself, which says so.

    Args:
        home: The installation.
        engine: The casebook.
        first: The first night asked for.

    Raises:
        UsageError: The look-ups begin later.
    """
    begins = min(Lake(home, engine).days("access_log"), default=None)
    if begins is not None and first < begins:
        raise UsageError(
            f"There is nothing to score on the night of {first}: the look-ups at {home.lake} begin on {begins}.",
            f"Ask for nights from {begins} on, or take in the exports of the days before it first.",
        )
