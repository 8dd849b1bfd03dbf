"""How a feature is declared. A family is one file: its marks, its features, nothing else to touch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

WINDOWS = (1, 5, 20, 60, 250)
"""Working days of the windows that are read side by side."""


class Whose(StrEnum):
    """Which of two people an act counts for."""

    ENTITY = "entity"  # the requester, else the person at the keyboard
    TYPIST = "employee_id"  # the person at the keyboard


class Fold(StrEnum):
    """How a mark of single acts becomes a number of a day, and of a window."""

    SUM = "sum"
    PEAK = "peak"  # the greatest of the days


class Model(StrEnum):
    """The law that says how surprising a feature's value is."""

    SHARE = "share"  # numerator of denominator: beta-binomial
    COUNT = "count"  # numerator per active day: gamma-Poisson
    PEAK = "peak"  # greatest of the days: gamma-Poisson on the greatest
    EVEN = "even"  # numerator over its days: too little spread for chance, lower tail of the dispersion test


@dataclass(frozen=True)
class Mark:
    """Something an act is or is not, counted per person and day.

    Attributes:
        name: Column of the daily facts.
        of: The act's value, 0/1 or a number, from the columns of `marks.described_acts`.
        whose: Whom it counts for.
        fold: How the acts of a day are put together.
    """

    name: str
    of: Callable[[ir.Table], ir.Value]
    whose: Whose = Whose.ENTITY
    fold: Fold = Fold.SUM


@dataclass(frozen=True)
class Words:
    """A sentence in two languages with the places {k}, {n}, {share}, {own}, {peer}, {days}."""

    en: str
    zh: str


@dataclass(frozen=True)
class Feature:
    """One thing that is measured.

    Attributes:
        id: Stable code of the reason.
        family: Features of one family speak of the same thing and are counted once.
        dossier: Where it comes from in the catalogue of domain.md (F01–F42).
        numerator: The mark counted.
        denominator: The mark it is a share of; for COUNT the active days.
        model: Its law.
        windows: Working days over which it is read.
        least_n: Fewer than this in the denominator, and it is not assessable.
        title: What it is, for headings.
        sentence: What is said about a person.
        unit: What the numbers count.
        look_alikes: Who shows the same innocently.
        blind_spot: What it cannot see.
        against_self: Whether the own past excuses: a person who always did so is not unusual to themself.
        weight: Share of the family's voice; weak corroborations have less.
        normal: Numerator and denominator of the share that is ordinary, where honest people show the feature's own too
            seldom for a normal; None takes its own.
        moot: Numerator and denominator of a share that, where it is common in a role, makes the feature say nothing of that role.
        busiest: The greatest of a day's counts; where it is named, one more day like one that lies a month back or longer
            surprises nobody: batches come back with the calendar.
    """

    id: str
    family: str
    dossier: tuple[str, ...]
    numerator: str
    denominator: str
    model: Model
    windows: tuple[int, ...]
    title: Words
    sentence: Words
    unit: Words
    look_alikes: Words
    blind_spot: Words
    least_n: int = 1
    against_self: bool = False
    weight: float = 1.0
    direction: str = "high"
    normal: tuple[str, str] | None = None
    moot: tuple[str, str] | None = None
    busiest: str = ""
