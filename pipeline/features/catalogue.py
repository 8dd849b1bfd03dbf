"""The whole catalogue: every family, written out, so that a search finds it."""

from __future__ import annotations

from pipeline.features.families import (
    access,
    breadth,
    bureau,
    conduct,
    evenness,
    hours,
    linkage,
    presence,
    volume,
)
from pipeline.features.scattering import FAR_PLACES
from pipeline.features.spec import Feature, Fold, Mark

KEYS = ("person", "day", "night")
"""Whose day a row of the daily facts is of, and which night brought it."""

MARKS: tuple[Mark, ...] = (
    *volume.MARKS,
    *hours.MARKS,
    *breadth.MARKS,
    *conduct.MARKS,
    *access.MARKS,
    *presence.MARKS,
)
"""Marks of single acts; what they count becomes a column of the daily facts."""

ON_OWN_NIGHT: tuple[str, ...] = (
    *(f"{what}_{kind}" for kind in linkage.CLASSES for what in ("fresh", "fresh_bare")),
    "fresh_thin",
)
"""What a look-up's own night saw of it: judged at all, without any record so far (class of reasons by class), with a thin one."""

FRESH_NUMBERS = ("fresh_reference", "fresh_unknown")
"""The same of business numbers: typed in, and in no record while nothing else explains the look-up."""

STATE_MARKS: tuple[str, ...] = (
    "linked",
    "thin",
    "long_open",
    "hollow",
    "far",
    "pending",
    "unlinked",
    "not_assessable",
    "watched_unlinked",
    "gathered",
    "crowd",
    *FAR_PLACES,
    "family_unlinked",
    "absent_untraced",
    "absent_judged",
    "mismatch",
    "unknown_number",
    "unknown_explained",
    "with_reference",
    "victims",
    "unlinked_days",
    "unlinked_squares",
    "explained_days",
    "explained_squares",
    *(f"pending_{kind}" for kind in linkage.WAITING),
    *ON_OWN_NIGHT,
    *FRESH_NUMBERS,
    *(
        f"{what}_{kind}"
        for kind in linkage.CLASSES
        for what in ("closed", "unlinked", "supported", "hollow", "far", "long_open")
    ),
)
"""Counts that change with the night, from evidence/states.py and the complaints."""

OTHER_MARKS: tuple[str, ...] = ("active", "busiest", "login_fails", "at_limit", "bureau_listed")
"""Counts that come from elsewhere: days with any look-up, the look-ups of the busiest one, log-ins, days that ended under a
limit, the bureau."""

PEAKS: frozenset[str] = frozenset({"busiest", *(mark.name for mark in MARKS if mark.fold is Fold.PEAK)})

MEASURES: tuple[str, ...] = (*(mark.name for mark in MARKS), *STATE_MARKS, *OTHER_MARKS)
"""Columns of the daily facts, in order."""

FEATURES: tuple[Feature, ...] = (
    *linkage.FEATURES,
    *volume.FEATURES,
    *hours.FEATURES,
    *breadth.FEATURES,
    *conduct.FEATURES,
    *evenness.FEATURES,
    *bureau.FEATURES,
    *access.FEATURES,
    *presence.FEATURES,
)

FEATURE_OF: dict[str, Feature] = {feature.id: feature for feature in FEATURES}

FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(feature.family for feature in FEATURES))
