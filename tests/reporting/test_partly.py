"""What is said of a feed that came in part is what the states do with it."""

from __future__ import annotations

from pipeline.evidence.coverage import LOST_BELOW
from pipeline.reporting.coverage import _consequence


def test_of_records_that_came_in_part_it_is_not_said_that_nobody_is_counted_against() -> None:
    partly, none = (_consequence("business_records", state, True).en for state in ("partial", "missing"))
    assert "nobody is counted against for it" in none
    assert "nobody is counted against for it" not in partly
    assert LOST_BELOW == 0.3, "the words say: less than a third"
    assert "less than a third" in partly


def test_every_feed_that_can_come_in_part_has_words() -> None:
    for feed in ("access_log", "business_records", "record_parties", "customers"):
        assert _consequence(feed, "partial", True).zh
