"""A branch, terminal or requester against what its people's roles show elsewhere; and never one person's excess."""

from __future__ import annotations

from pipeline.entities.shares import Standing, Tally, standings


def ordinary(kind: str = "terminal", things: int = 30) -> list[Tally]:
    """Two people at each of many things, with the usual two or three in a hundred unexplained."""
    return [
        Tally(kind, f"T{n:02d}", f"p{n:02d}{who}", "clerk", 60, (n + at) % 3, 180, 3)
        for n in range(things)
        for at, who in enumerate("ab")
    ]


def of(found: list[Standing], key: str) -> Standing:
    (one,) = [one for one in found if one.key == key]
    return one


def test_a_terminal_where_several_people_leave_much_unexplained_is_told_of() -> None:
    crowd = [Tally("terminal", "T99", who, "clerk", 40, 14, 120, 2) for who in ("x", "y", "z")]
    found = standings([*ordinary(), *crowd])
    one = of(found, "T99")
    assert one.tells
    assert found[0] is one
    assert (one.unexplained, one.lookups) == (42, 120)
    assert one.expected < 6
    assert one.before == 6 / 360
    assert [who for who, _ in one.people] == ["x", "y", "z"]


def test_nothing_is_told_of_ordinary_things() -> None:
    assert not [one for one in standings(ordinary()) if one.tells]


def test_one_persons_excess_is_theirs_and_not_the_terminals() -> None:
    seller = [
        Tally("terminal", "T99", "seller", "clerk", 60, 45),
        Tally("terminal", "T99", "honest", "clerk", 60, 2),
    ]
    assert not of(standings([*ordinary(), *seller]), "T99").tells


def test_a_terminal_that_one_person_uses_is_that_person() -> None:
    alone = [Tally("terminal", "T99", "seller", "clerk", 60, 45)]
    assert of(standings([*ordinary(), *alone]), "T99").nats == 0


def test_a_role_that_leaves_more_unexplained_everywhere_explains_its_branch() -> None:
    counters = [
        Tally("branch", f"C{n:02d}", f"c{n:02d}{who}", "counter", 60, 18) for n in range(10) for who in "ab"
    ]
    found = standings([*ordinary("branch"), *counters])
    assert not [one for one in found if one.tells]
    assert of(found, "C03").expected > 30


def test_a_few_look_ups_say_nothing() -> None:
    few = [Tally("requester", "boss", who, "clerk", 5, 5) for who in ("x", "y")]
    assert not [one for one in standings([*ordinary("requester"), *few]) if one.key == "boss"]


def test_what_was_hardly_there_before_has_no_share_of_before() -> None:
    new = [Tally("terminal", "T99", who, "clerk", 40, 14, 3, 0) for who in ("x", "y", "z")]
    assert of(standings([*ordinary(), *new]), "T99").before is None
