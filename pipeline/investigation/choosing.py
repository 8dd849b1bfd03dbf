"""Which look-ups of a person are wanted: by day, by state, by customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.errors import UsageError
from pipeline.intake.number_form import may_be_number
from reports.document import LookUp

LEAST_TOKEN = 8
"""Characters of a token that must be given: fewer would fit several customers."""


@dataclass(frozen=True)
class Wanted:
    """A choice of look-ups; what is None does not narrow it.

    Attributes:
        first: From this day.
        last: To this day.
        states: These states alone.
        subject: A customer's token, its beginning, or the alias within the dossier.
    """

    first: date | None = None
    last: date | None = None
    states: frozenset[str] = frozenset()
    subject: str | None = None

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.first or self.last or self.states or self.subject)


def chosen(lookups: Sequence[LookUp], tokens: Mapping[str, str], wanted: Wanted) -> list[LookUp]:
    """Choose look-ups, keeping their order.

    Args:
        lookups: A dossier's look-ups.
        tokens: alias → the customer's token.
        wanted: The choice.

    Raises:
        UsageError: The token is too short, or the span is turned round.
    """
    if wanted.first and wanted.last and wanted.first > wanted.last:
        raise UsageError(
            f"The span ends before it begins: {wanted.first} is after {wanted.last}.", "Swap --from and --to."
        )
    named = _aliases(tokens, wanted.subject)
    return [
        row
        for row in lookups
        if (wanted.first is None or row.occurred_at.date() >= wanted.first)
        and (wanted.last is None or row.occurred_at.date() <= wanted.last)
        and (not wanted.states or row.state in wanted.states)
        and (named is None or row.subject in named)
    ]


def _aliases(tokens: Mapping[str, str], subject: str | None) -> set[str] | None:
    if subject is None:
        return None
    asked = subject.strip()
    if asked.upper() in tokens:
        return {asked.upper()}
    if (
        may_be_number(asked)
        or len(asked) < LEAST_TOKEN
        or not all(letter in "0123456789abcdef" for letter in asked.lower())
    ):
        raise UsageError(
            "That is neither an alias of this dossier (such as S-0012) nor a customer's token.",
            f"Give the alias, or {LEAST_TOKEN} or more characters of the token; never the customer's number.",
        )
    return {alias for alias, token in tokens.items() if token.startswith(asked.lower())}
