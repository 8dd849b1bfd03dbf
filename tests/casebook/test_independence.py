from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.casebook.independence import FourEyes, same_person
from pipeline.casebook.register_names import known_name
from pipeline.errors import NotPermittedError, UsageError

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


@pytest.mark.parametrize(
    "second", ["\uff52\uff4f\uff4f\uff54", "ROOT", " root\u3000", "ro\u200bot", "\ufeffroot"]
)
def test_a_name_written_in_another_way_is_no_second_person(second: str) -> None:
    assert same_person(second, "root")
    with pytest.raises(NotPermittedError, match="is the one who decides"):
        FourEyes().check_second("root", second, "E1")


@pytest.mark.parametrize("written", ["\uff37ang.bo", "WANG.BO", "wang\u200d.bo"])
def test_an_account_written_in_another_way_stands_for_the_same_employee(written: str) -> None:
    eyes = FourEyes(officers={"wang.bo": "M1"}, managers={"E1": "\uff2d1"})
    assert eyes.person(written) == "M1"
    with pytest.raises(NotPermittedError, match="leads E1"):
        eyes.check_second("chen.jing", written, "E1")
    with pytest.raises(NotPermittedError, match="same person"):
        eyes.check_actor("\uff25\uff11", "e1")


def test_a_name_is_found_however_it_is_written_and_a_slip_is_answered_with_the_nearest() -> None:
    staff = ["E10476", "E10477", "m1"]
    assert known_name(" \uff25\uff11\uff10\uff14\uff17\uff16", staff, "the register") == "E10476"
    assert known_name("M1", staff, "the register") == "m1"
    with pytest.raises(UsageError, match=r"There is no E10478 in the register\.") as caught:
        known_name("E10478", staff, "the register")
    assert "Did you mean E10477, E10476?" in caught.value.todo
    with pytest.raises(UsageError) as untold:
        known_name("E10478", staff, "the register", tell=False)
    assert "E1047" not in untold.value.todo
