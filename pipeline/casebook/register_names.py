"""Names that somebody types, held against what is known: a slip is answered with the nearest, not taken as it is."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from pipeline.casebook.independence import name_key
from pipeline.errors import UsageError

NEAREST = 3
_WITHOUT_FEATURE = ("score", "gathered", "absent", "after_left")
"""What stands for a case without a reason of its own: its score, or the policy rule that raised it."""


def known_name(typed: str, known: Collection[str], where: str, *, tell: bool = True) -> str:
    """Return a name as it stands where it is kept.

    Args:
        typed: What somebody has typed.
        known: What there is.
        where: Where that is, in words.
        tell: Whether the nearest names may be told; not those of people where staff is shown under codes.

    Raises:
        UsageError: There is none of that name; the nearest ones are named.
    """
    by_key = {name_key(name): name for name in sorted(known, reverse=True)}
    key = name_key(typed)
    if typed.strip() in known:
        return typed.strip()
    if key in by_key:
        return by_key[key]
    near = (
        [by_key[one] for one in get_close_matches(key, list(by_key), n=NEAREST, cutoff=0.5)] if tell else []
    )
    raise UsageError(
        f"There is no {typed.strip() or 'empty name'} in {where}.",
        f"Did you mean {', '.join(near)}?" if near else "Check how it is written there.",
    )


def reason_code(typed: str) -> str:
    """Return a reason's code as reports name it.

    Raises:
        UsageError: There is no such reason; the nearest ones are named.
    """
    from pipeline.features.catalogue import FEATURE_OF  # here: names of people need no catalogue

    return known_name(typed, {*FEATURE_OF, *_WITHOUT_FEATURE}, "the catalogue of reasons")
