"""The same bank that intake's tests use."""

from tests.intake.conftest import bank, make_bank

__all__ = ["bank", "make_bank"]
