from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.casebook.independence import FourEyes

people = st.sampled_from(["A", "B", "C", "D", "E"])


@given(st.dictionaries(people, people), people)
def test_the_line_above_ends_whatever_the_register_says_and_never_holds_the_person(
    managers: dict[str, str], person: str
) -> None:
    line = FourEyes(managers=managers).line_above(person)
    assert person not in line
    assert len(line) == len(set(line))
    for below, above in zip((person, *line), line, strict=False):
        assert managers[below] == above


@given(st.dictionaries(people, people), people, people)
def test_being_of_one_line_goes_both_ways(managers: dict[str, str], one: str, other: str) -> None:
    eyes = FourEyes(managers=managers)
    assert eyes.one_line(one, other) == eyes.one_line(other, one)


def test_an_account_stands_for_its_employee() -> None:
    eyes = FourEyes(officers={"wang.bo": "M1"}, managers={"E1": "M1"})
    assert eyes.person(" wang.bo ") == "M1"
    assert eyes.person("zhao.min") == "zhao.min"
    assert eyes.needs_second("wang.bo", "E1", "low")
    assert not eyes.needs_second("zhao.min", "E1", "low")
