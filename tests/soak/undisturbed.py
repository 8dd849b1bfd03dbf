"""The same nights without any disturbance, one after the other in one process: what a soak is measured against."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.casebook.engine import open_casebook
from pipeline.home import Home
from pipeline.intake.drop import take_dropped
from pipeline.nightly.due import nights_due
from pipeline.nightly.run import Nights
from pipeline.settings import load_settings
from tests.soak.plan import arrivals, together
from tests.soak.tiny_bank import ZONE, first_night


def main(root: Path, nights: int) -> None:
    """Run the nights, each after its files have come."""
    home = Home(root)
    settings = load_settings(home.config)
    engine = open_casebook(home, settings)
    for places in together(nights):
        for place in places:
            night = first_night() + timedelta(days=place)
            at = after(night)
            arrivals(root / "drop", night)
            take_dropped(home, settings, engine, clock=lambda at=at: at)
        due = nights_due(home, settings, engine, at)
        Nights(home, settings, engine, lambda at=at: at).run(due, late_too=True)
    engine.dispose()


def after(night: date) -> datetime:
    """The moment at which a night is run: half an hour after the cut-off."""
    day = night + timedelta(days=1)
    return datetime(day.year, day.month, day.day, 2, 31, tzinfo=ZoneInfo(ZONE))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
