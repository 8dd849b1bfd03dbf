"""The page from which an operator connects a bank names what he has to ask for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.contract import FEEDS, Feed
from pipeline.evidence.reasons import RULE_OF, UNSTATED

PAGE = (Path(__file__).parents[2] / "docs" / "feeds.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_each_feed_has_a_line_with_its_columns_the_required_ones_bold(feed: Feed) -> None:
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{feed.name}` |"))
    columns = line.split("|")[3]
    assert re.findall(r"`(\w+)`", columns) == [column.name for column in feed.columns]
    assert re.findall(r"\*\*`(\w+)`\*\*", columns) == list(feed.required_columns)


def test_every_word_that_a_choice_or_a_reason_may_be_is_named() -> None:
    words = {word for feed in FEEDS.values() for column in feed.columns for word in column.choices}
    assert not {word for word in words | RULE_OF.keys() - {UNSTATED} if f"`{word}`" not in PAGE}
