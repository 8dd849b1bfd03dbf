"""The lint over every label and sentence: no guilt, no probability of wrongdoing, the same facts twice."""

from __future__ import annotations

import re
import string
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import document as d
from reports.document import Text
from reports.words import LADDER, catalogue, ladder_words, number, odds, rarity, say, share, styled
from tests.reports import factories

ROOT = Path(__file__).parents[2]
PAGES = {"common", "night", "dossier", "trend"}
GUILT = re.compile(
    r"\b(criminal\w*|crime\w*|thie\w+|theft|stole\w*|steal\w*|suspicio\w*|suspect\w*|guilt\w*|culprit\w*|offend\w*|illegal\w*"
    r"|corrupt\w*|fraudulen\w*|malicious\w*|perpetrator\w*|wrongdo\w*|insider|leaker\w*|seller\w*|abus\w+|betray\w*|dishonest\w*"
    r"|shocking|alarming|egregious|blatant|obvious\w*|clearly|proof|prove[sn]?)\b"
    r"|可疑|嫌疑|犯罪|罪犯|小偷|盗|贼|非法|内鬼|作案|窃取|贩卖|倒卖|恶劣|猖獗|显然|证实有罪",
    re.IGNORECASE,
)
PROBABILITY = re.compile(r"probab\w+|likel\w+|chance (that|of) |概率|几率|可能性", re.IGNORECASE)


def entries() -> list[tuple[str, Text]]:
    return sorted(catalogue().items())


def documents() -> list[d.Part]:
    return [factories.night_report(), factories.dossier(), factories.month_report(), factories.index_report()]


def texts(value: object) -> list[Text]:
    if isinstance(value, Text):
        return [value]
    if isinstance(value, d.Part):
        return [text for name in type(value).model_fields for text in texts(getattr(value, name))]
    return [text for item in value for text in texts(item)] if isinstance(value, tuple) else []


def numbers(sentence: str) -> Counter[str]:
    return Counter(re.findall(r"\d+(?:[.,:-]\d+)*%?", sentence))


def offenders(pattern: re.Pattern[str]) -> list[str]:
    return [key for key, entry in entries() if pattern.search(entry.en) or pattern.search(entry.zh)]


def test_no_entry_speaks_of_guilt() -> None:
    assert not offenders(GUILT)


def test_no_entry_gives_a_probability_of_wrongdoing() -> None:
    assert not offenders(PROBABILITY)


def test_both_languages_are_filled_from_the_same_facts() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    for key, entry in entries():
        assert entry.en.strip(), key
        assert entry.zh.strip(), key
        for english in entry.en.split("|"):
            assert fields(english) == fields(entry.zh), key
            assert numbers(re.sub(r"\{.*?\}", "", english)) == numbers(re.sub(r"\{.*?\}", "", entry.zh)), key


def test_chinese_entries_use_chinese_punctuation_and_english_ones_none_of_it() -> None:
    for key, entry in entries():
        assert not re.search("[\u4e00-\u9fff][,;:?()]|[,;:?()][\u4e00-\u9fff]", entry.zh), key
        assert not re.search("[\u3000-\u303f\uff00-\uffef\u4e00-\u9fff]", entry.en), key


def source_of_the_users() -> str:
    """Read what takes sentences from the catalogue: the view, and the rooms that build its documents."""
    paths = [*sorted((ROOT / "reports").rglob("*")), *sorted((ROOT / "pipeline").rglob("*.py"))]
    paths = [path for path in paths if path.suffix in (".py", ".j2")]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_every_entry_of_the_pages_is_used() -> None:
    source = source_of_the_users()
    words = set(re.findall(r"['\"]([A-Za-z0-9_.]+)['\"]", source))
    stems = set(re.findall(r"['\"]([a-z_.]+\.(?:none_)?)(?:['\"] ~|\{)", source))
    for key in (key for key in catalogue() if key.split(".")[0] in PAGES):
        built = any(key.startswith(stem) for stem in stems if stem.count(".") > 1)
        assert built or key in words or key.split(".", 1)[1] in words or key.rsplit(".", 1)[1] in words, key


def test_every_entry_that_is_asked_for_exists() -> None:
    asked = set(
        re.findall(r"""(?:\bt|say)\(\s*['"]([a-z_]+\.[a-z_.0-9]+)['"]\s*[,)]""", source_of_the_users())
    )
    assert len(asked) > 200
    assert asked <= set(catalogue())


def test_the_made_documents_carry_the_same_numbers_in_both_languages_and_no_guilt() -> None:
    seen = [text for document in documents() for text in texts(document)]
    assert len(seen) > 80
    for text in seen:
        assert set(numbers(text.en)) == set(numbers(text.zh)), text
        assert not GUILT.search(text.en + text.zh), text


@given(st.integers(0, 10**7), st.floats(1e-9, 1.0), st.integers(0, 400), st.integers(0, 400))
def test_any_numbers_come_out_the_same_in_both_languages(
    n: int, p_value: float, before: int, after: int
) -> None:
    for text in (
        ladder_words(n),
        rarity(p_value),
        rarity(p_value, short=True),
        say("night.verdict.complete", n=n, continued=before, reopened=after),
        say("night.cases.rose", before=before, n=after),
        say("night.population.scores_caption", n=n, cutoff=p_value),
    ):
        assert numbers(text.en) == numbers(text.zh)


@pytest.mark.parametrize(
    ("p_value", "written"),
    [
        (0.0005, "2,000"),
        (0.00047, "2,100"),
        (0.001, "1,000"),
        (0.5, "2"),
        (0.012, "83"),
        (1e-12, "1,000,000,000"),
        (0.0, "1,000,000,000"),
    ],
)
def test_a_p_value_is_written_as_one_in_so_many_and_never_overstated(p_value: float, written: str) -> None:
    assert odds(p_value) == written
    assert int(written.replace(",", "")) <= 1 / max(p_value, 1e-9) + 1e-6


def test_a_missing_p_value_is_not_called_rare_or_common() -> None:
    assert "Not calibrated" in rarity(None).en


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (0, "0 unexplained look-ups: below the first mark, 25."),
        (1, "1 unexplained look-up: below the first mark, 25."),
        (25, "25 unexplained look-ups: past 25, 50 not reached."),
        (499, "499 unexplained look-ups: past 250, 500 not reached."),
        (500, "500 unexplained look-ups: past the last mark, 500."),
    ],
)
def test_the_ladder_names_the_mark_passed_and_the_next_one(count: int, sentence: str) -> None:
    assert ladder_words(count).en == sentence
    assert LADDER == (25, 50, 250, 500)


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (1.0, "1"), (9.84, "9.84"), (0.02134, "0.0213"), (41_020.0, "41,020"), (0.999999, "1")],
)
def test_numbers_are_written_short(value: float, written: str) -> None:
    assert number(value) == written


def test_a_share_that_is_not_nothing_never_reads_as_nothing() -> None:
    assert share(0.00001) == "<0.1%"
    assert share(0) == "0.0%"
    assert styled(47 / 212, "share") == "22.2%"
    assert styled(None, "count") == "–"


def test_an_empty_brace_is_an_error_and_not_a_hole_in_a_sentence() -> None:
    with pytest.raises(KeyError):
        say("night.title")
