"""Every feature and mark says what it is, in both languages, and counts something that is counted."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from pipeline.features.catalogue import FEATURES, MARKS, MEASURES, OTHER_MARKS, STATE_MARKS
from pipeline.features.page import page
from pipeline.features.scattering import SCATTERED
from pipeline.features.spec import WINDOWS, Feature, Mark, Words
from pipeline.features.windows import _derive

ROOT = Path(__file__).resolve().parents[2]
PLACES = {"k", "n", "share", "own", "peer", "days"}
IDS = [feature.id for feature in FEATURES]


def measures() -> set[str]:
    import numpy as np

    bands = {name: np.zeros((1, len(WINDOWS) + 1)) for name in MEASURES}
    _derive(bands)
    return {*bands, SCATTERED}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("feature", FEATURES, ids=IDS)
def test_a_feature_says_what_it_is_in_both_languages(feature: Feature) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]+", feature.id)
    assert re.fullmatch(r"[a-z][a-z_]+", feature.family)
    for name in ("title", "sentence", "unit", "look_alikes", "blind_spot"):
        words = getattr(feature, name)
        assert isinstance(words, Words)
        assert words.en.strip(), name
        assert re.search(r"[\u4e00-\u9fff]", words.zh), name
        assert not re.search(r"[\u4e00-\u9fff]", words.en), name
    assert all(re.fullmatch(r"F\d\d", one) and 1 <= int(one[1:]) <= 42 for one in feature.dossier)
    assert feature.dossier


@pytest.mark.parametrize("feature", FEATURES, ids=IDS)
def test_a_sentence_has_the_same_places_in_both_languages(feature: Feature) -> None:
    assert places(feature.sentence.en) == places(feature.sentence.zh)
    assert "k" in places(feature.sentence.en)
    assert places(feature.sentence.en) <= PLACES
    for name in ("title", "unit", "look_alikes", "blind_spot"):
        words = getattr(feature, name)
        assert not places(words.en) | places(words.zh)


@pytest.mark.parametrize("feature", FEATURES, ids=IDS)
def test_a_feature_counts_what_is_counted_over_windows_that_are_kept(feature: Feature) -> None:
    assert {feature.numerator, feature.denominator} <= measures()
    assert feature.windows
    assert set(feature.windows) <= set(WINDOWS)
    assert list(feature.windows) == sorted(feature.windows)
    assert feature.least_n >= 1
    assert 0 < feature.weight <= 1
    assert feature.direction == "high", "unusually little work never alerts"


def test_ids_titles_and_measures_are_unique() -> None:
    assert len(set(IDS)) == len(IDS)
    assert len({feature.title.en for feature in FEATURES}) == len(FEATURES)
    assert len({feature.title.zh for feature in FEATURES}) == len(FEATURES)
    assert len(set(MEASURES)) == len(MEASURES)
    assert not {mark.name for mark in MARKS} & {*STATE_MARKS, *OTHER_MARKS}


@pytest.mark.parametrize("mark", MARKS, ids=[mark.name for mark in MARKS])
def test_a_mark_is_a_field_term_that_is_used(mark: Mark) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]+", mark.name)
    used = {feature.numerator for feature in FEATURES} | {feature.denominator for feature in FEATURES}
    derived = {"lookups", "exports", "absent"}  # shown beside features, or the start of one
    assert mark.name in used | derived


def test_the_page_of_features_is_current() -> None:
    text = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    assert text == page(), "refresh it: python -m pipeline.features.page > docs/features.md"
