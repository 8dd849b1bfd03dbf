"""A number that is in no record: said beside each judged look-up, and held against those that nothing explains."""

from __future__ import annotations

from pipeline.investigation.acts import Act
from pipeline.investigation.lookups import note_of
from pipeline.investigation.reasons import _BEHIND
from tests.investigate.test_defences import NIGHT, act

TYPED = {"business_ref": "R-77", "number_unknown": True}


def note(act: Act) -> str:
    found = note_of(act)
    return found.en if found else ""


def test_the_note_says_why_it_has_its_state_and_that_the_number_is_in_no_record() -> None:
    assert note(act(NIGHT, "unlinked", **TYPED)).endswith(" The number R-77 is in no record.")
    assert note(act(NIGHT, "unlinked", **TYPED)).startswith("No record of this customer")
    assert note(act(NIGHT, "linked", **TYPED)) == "The number R-77 is in no record."


def test_of_a_long_number_only_the_end_is_said_as_it_might_be_a_customers() -> None:
    for number in ("2026000001804929", "LN2026000001804929", "1392 6180 4929"):
        assert note(act(NIGHT, "linked", **(TYPED | {"business_ref": number}))).endswith(
            "…804929 is in no record."
        )


def test_of_a_look_up_that_waits_or_that_cannot_be_judged_nothing_is_said_of_its_number() -> None:
    for state in ("pending", "not_assessable"):
        assert "R-77" not in note(act(NIGHT, state, **TYPED))
    assert "R-77" not in note(act(NIGHT, "unlinked", **(TYPED | {"number_unknown": False})))


def test_behind_the_reason_stand_the_look_ups_that_nothing_explains() -> None:
    behind = _BEHIND["unknown_number"]
    assert behind(act(NIGHT, "unlinked", **TYPED), NIGHT)
    assert not behind(act(NIGHT, "linked", **TYPED), NIGHT)
    assert not behind(act(NIGHT, "unlinked"), NIGHT)
    assert not behind(act(NIGHT, "unlinked", counted=False, **TYPED), NIGHT)
