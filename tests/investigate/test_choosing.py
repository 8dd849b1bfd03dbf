"""A customer's number is refused where a token is wanted: it would stay in the shell's history, and find nobody."""

from __future__ import annotations

import pytest

from pipeline.errors import UsageError
from pipeline.investigation.choosing import Wanted, chosen


@pytest.mark.parametrize(
    "typed", ["931404197604262094", "93140419760426209X", "931404760426209", "6222020000000000001"]
)
def test_a_number_is_refused_and_not_said_again(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen([], {"S-0001": "ab" * 32}, Wanted(subject=typed))
    assert typed not in str(caught.value)


@pytest.mark.parametrize("typed", ["abababab", "12345678", "s-0001"])
def test_a_tokens_beginning_and_an_alias_are_taken(typed: str) -> None:
    assert chosen([], {"S-0001": "ab" * 32}, Wanted(subject=typed)) == []
