from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from reports.render import render_dossier, render_index, render_month, render_night
from tests.reports import factories
from tests.reports.pages import Element, read

PAGES: dict[str, Callable[[], str]] = {
    "night": lambda: render_night(factories.night_report()),
    "night-en": lambda: render_night(factories.night_report(language="en")),
    "dossier": lambda: render_dossier(factories.dossier()),
    "month": lambda: render_month(factories.month_report()),
    "index": lambda: render_index(factories.index_report()),
}


@pytest.fixture(scope="module", params=list(PAGES))
def html(request: pytest.FixtureRequest) -> str:
    return PAGES[request.param]()


@pytest.fixture(scope="module")
def page(html: str) -> Element:
    return read(html)


def test_every_table_has_a_caption_and_every_head_a_scope(page: Element) -> None:
    tables = list(page.all("table"))
    assert tables
    for table in tables:
        captions = list(table.all("caption"))
        assert len(captions) == 1
        assert captions[0].text.strip()
        heads = list(table.all("th"))
        assert heads
        assert {head.attributes.get("scope") for head in heads} <= {"col", "row"}


def test_every_row_is_as_wide_as_the_head_of_its_table(page: Element) -> None:
    for table in page.all("table"):
        head = next(table.all("thead"))
        columns = len(list(head.all("th")))
        for row in next(table.all("tbody")).all("tr"):
            assert len(list(row.all("th", "td"))) == columns, row.text


def test_every_id_is_there_once_and_every_inner_link_and_label_leads_somewhere(page: Element) -> None:
    ids = [element.attributes["id"] for element in page.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    for element in page.all():
        for name in ("aria-labelledby", "for", "data-filter"):
            if name in element.attributes:
                assert element.attributes[name] in ids
        if element.tag in ("a", "use") and element.attributes["href"].startswith("#"):
            assert element.attributes["href"][1:] in ids


def test_headings_do_not_skip_a_level_and_there_is_one_main_heading(page: Element) -> None:
    levels = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_policy_lets_in_only_the_one_style_and_the_one_script_by_hash(html: str, page: Element) -> None:
    policy = next(meta for meta in page.all("meta") if "http-equiv" in meta.attributes).attributes["content"]
    for tag in ("style", "script"):
        elements = list(page.all(tag))
        assert len(elements) == 1
        digest = base64.b64encode(hashlib.sha256(elements[0].text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_nothing_needs_an_inline_style_a_handler_or_an_outside_address(page: Element) -> None:
    for element in page.all():
        for name, value in element.attributes.items():
            assert name != "style"
            assert not name.startswith("on")
            if name in ("href", "src", "action", "srcset", "data"):
                assert not re.match(r"[a-z]+:|//", value) or value == "data:,"


def test_every_text_that_differs_by_language_stands_in_both_languages_in_equal_number(page: Element) -> None:
    tagged = [element for element in page.all() if "lang" in element.attributes and element.tag != "html"]
    chinese = [element for element in tagged if element.attributes["lang"] == "zh"]
    english = [element for element in tagged if element.attributes["lang"] == "en"]
    assert len(chinese) == len(english) > 20


def test_chinese_text_is_never_left_without_its_language(page: Element) -> None:
    def walk(element: Element, tagged: bool) -> None:
        tagged = tagged or element.tag == "bdi" or ("lang" in element.attributes and element.tag != "html")
        for child in element.children:
            if isinstance(child, Element):
                if child.tag not in ("style", "script", "title"):
                    walk(child, tagged)
            elif not tagged:
                assert not re.search("[\u4e00-\u9fff]", child), child

    walk(page, False)


def test_every_chart_is_an_image_named_by_its_caption_with_a_table_behind_it(page: Element) -> None:
    for figure in page.all("figure"):
        (chart,) = figure.all("svg")
        assert chart.attributes["role"] == "img"
        caption = next(figure.all("figcaption"))
        assert chart.attributes["aria-labelledby"] == caption.attributes["id"]
        assert re.search(r"\d", caption.text), "the caption says the finding, with its numbers"
        assert next(chart.all("title")).text
        (details,) = figure.all("details")
        assert next(details.all("tbody")).text.strip()


def test_the_page_says_that_unusual_is_not_a_finding_and_that_a_person_decides(html: str) -> None:
    assert "This is an unusual pattern, not a finding of misconduct. A person must decide." in html
    assert "不构成违规认定" in html


def test_the_chosen_language_is_on_view_without_a_script() -> None:
    for language, other in (("zh", "en"), ("en", "zh")):
        page = read(render_night(factories.night_report(language=language)))
        switches = {
            item.attributes["id"]: item.attributes
            for item in page.all("input")
            if item.attributes.get("name") == "language"
        }
        assert "checked" in switches[f"lang-{language}"]
        assert "checked" not in switches[f"lang-{other}"]
