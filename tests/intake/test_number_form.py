"""What speaks for a slip in a customer's number that was typed."""

from __future__ import annotations

import pytest

from pipeline.intake.number_form import doubt_about
from pipeline.intake.tokens import normalise_subject


@pytest.mark.parametrize(
    "typed",
    [
        "990101-19900101-1234",
        "990101 19900101-1234",
        "9901\u201301199001011234",
        "6222-0212-3456-7890",
        "6222.0212.3456.7890.123",
    ],
)
def test_signs_between_the_digits_make_another_number_and_are_doubted(typed: str) -> None:
    assert "signs between its digits" in doubt_about(typed)


def test_blanks_make_no_other_number() -> None:
    assert normalise_subject("9901 0119 9001 0112 34") == "990101199001011234"


@pytest.mark.parametrize("typed", ["A-123456", "H-123456(7)", "12345-67", "990101900101123"])
def test_documents_that_are_written_with_signs_are_not(typed: str) -> None:
    assert "signs between" not in doubt_about(typed)
