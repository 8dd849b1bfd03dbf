"""Plays single nights of the tiny bank at the moments at which a scheduler would."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from sqlalchemy import Engine

from pipeline.casebook.engine import open_casebook
from pipeline.home import Home
from pipeline.intake.drop import take_dropped
from pipeline.nightly.run import NightDone, Nights
from pipeline.settings import load_settings
from tests.soak.tiny_bank import ZONE
from tests.soak.undisturbed import after

CONFIG = f"""
[bank]
zone = "{ZONE}"
country = "NL"

[detection]
detectors = []
reference_every = 20
least_reference_nights = 1
least_reference_rows = 10
warm_up_days = 10

[alerting]
open_nats = 3.0
keep_nats = 2.0
budget_per_1000_per_week = 1000.0

[schedule]
drop_folders = ["drop"]
"""


@contextmanager
def opened(home: Home) -> Iterator[Engine]:
    engine = open_casebook(home, load_settings(home.config))
    try:
        yield engine
    finally:
        engine.dispose()


def take_in(home: Home, night: date) -> None:
    """Take in what was dropped, half an hour after a night's cut-off."""
    with opened(home) as engine:
        take_dropped(home, load_settings(home.config), engine, clock=lambda: after(night))


def play(home: Home, nights: Sequence[date], *, late_too: bool = False) -> list[NightDone]:
    """Run nights, half an hour after the last one's cut-off."""
    with opened(home) as engine:
        runner = Nights(home, load_settings(home.config), engine, lambda: after(nights[-1]))
        return runner.run(nights, late_too=late_too)
