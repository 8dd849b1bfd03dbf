from __future__ import annotations

from datetime import date

import pytest

from pipeline.simulate import SimulatedBank, build

START = date(2026, 1, 5)


@pytest.fixture(scope="session")
def bank() -> SimulatedBank:
    """A middling bank with many leakers of all kinds."""
    return build(5, 160, 130, START, leakers=0.3)


@pytest.fixture(scope="session")
def quiet_bank() -> SimulatedBank:
    return build(6, 60, 50, START, leakers=0.0)
