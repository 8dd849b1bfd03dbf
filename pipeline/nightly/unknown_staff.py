"""People in the log whom the list of employees does not have: their roles, peers, branches and leaving dates are unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from pipeline.groundwork import Groundwork
from pipeline.nightly.finding import Finding

MANY = 0.05
"""Share of a night's people from which the night counts as incomplete: rules on leavers and norms of roles are off for them."""
LEAST = 3
"""Fewer people than this are a technical account or two, and are only told."""


def unknown_staff(night: date, groundwork: Groundwork) -> list[Finding]:
    """Say how many of a night's look-ups are of people whom the list of employees does not have.

    Args:
        night: The night.
        groundwork: Its evidence.

    Returns:
        One finding, or none; its detail has the people, of how many, and how many of them would be found if case, leading letters and
        zeros were left aside, which tells that the two sources write the same numbers in two ways.
    """
    if "employees" not in groundwork.feeds:
        return []
    acts = groundwork.acts
    mine = acts.filter((acts.day == night) & (acts.night <= night) & acts.is_lookup & ~acts.is_machine)
    counted = mine.group_by("entity").agg(n=mine.count()).to_pyarrow().to_pylist()
    listed = set(groundwork.staff.select("employee_id").distinct().to_pyarrow()["employee_id"].to_pylist())
    strange = {row["entity"]: row["n"] for row in counted if row["entity"] not in listed}
    if not strange:
        return []
    many = len(strange) >= LEAST and len(strange) >= MANY * len(counted)
    detail = {"people": len(strange), "of": len(counted), "alike": _alike(strange, listed)}
    return [
        Finding("unknown_staff", "employees", sum(strange.values()), detail, "incomplete" if many else "note")
    ]


def _alike(strange: Iterable[str], listed: Iterable[str]) -> int:
    known = {_bare(name) for name in listed}
    return sum(_bare(name) in known for name in strange)


def _bare(name: str) -> str:
    """Leave aside how a source writes a number: case, punctuation, leading letters and zeros."""
    return re.sub("^[a-z]*0*", "", re.sub("[^0-9a-z]", "", name.casefold())) or name
