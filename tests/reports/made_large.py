"""The overview of a great bank, for sizes and times."""

from __future__ import annotations

from reports import document as d
from tests.reports import factories


def large_night() -> d.NightReport:
    """A bank of 10,000 staff: 400 branches, 60 open cases, a long watch list, 200 clocks."""
    cards = factories.case_cards()
    cases = tuple(
        cards[index % 4].model_copy(update={"case_id": f"2026-{index:04d}", "employee_id": f"E-{index:05d}"})
        for index in range(60)
    )
    base = factories.night_report()
    return factories.night_report(
        cases=cases,
        population=factories.population(branches=400),
        watch=base.watch * 150,
        clocks=base.clocks * 100,
        suppressions=base.suppressions * 20,
    )
