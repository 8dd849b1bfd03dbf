"""Days are counted in lots: none lost, none twice, none larger than it must be."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts.lots import lots

FIRST = date(2026, 1, 1)


@given(st.lists(st.integers(0, 120), max_size=30), st.randoms())
def test_lots_hold_every_day_once_in_order_and_only_a_single_day_is_larger_than_a_lot(sizes, shuffle) -> None:
    size_of = {FIRST + timedelta(days=place): size for place, size in enumerate(sizes)}
    days = list(size_of)
    shuffle.shuffle(days)
    found = lots(days, size_of.__getitem__, at_most=100)
    assert [day for lot in found for day in sorted(lot)] == sorted(size_of)
    held = [sum(map(size_of.__getitem__, lot)) for lot in found]
    assert all(size <= 100 or len(lot) == 1 for size, lot in zip(held, found, strict=True))
    # None is begun before the one before it is full.
    assert all(size + size_of[min(later)] > 100 for size, later in zip(held, found[1:], strict=False))
