"""The sentences of the reasons, filled: what is not known is not spoken of, and Chinese looks like Chinese."""

from __future__ import annotations

import re

import pytest

from pipeline.features.catalogue import FEATURE_OF
from pipeline.scoring.explain import UNKNOWN, in_words

FACTS = {"k": "46", "n": "104", "own": "3", "peer": "18", "days": "20"}


@pytest.mark.parametrize("code", sorted(FEATURE_OF))
def test_somebody_without_a_past_is_compared_with_colleagues_alone(code: str) -> None:
    words = FEATURE_OF[code].sentence
    en, zh = in_words(words, FACTS | {"own": UNKNOWN})
    assert UNKNOWN not in en + zh
    assert ("18" in en, "18" in zh) == ("{peer}" in words.en, "{peer}" in words.zh)
    assert not re.search("[\u4e00-\u9fff][,;:()]|[,;:()][\u4e00-\u9fff]", zh)
