from __future__ import annotations

from tests.homes import numbers_in


def test_the_search_finds_a_number_inside_longer_digits_and_binary() -> None:
    raw = {"990101199001011234", "AB1234567"}
    assert numbers_in(b"\x00\xff7990101199001011234\x01", raw) == {"990101199001011234"}
    assert numbers_in(b"..AB1234567..", raw) == {"AB1234567"}
    assert numbers_in(b"990101199001011235", raw) == set()
