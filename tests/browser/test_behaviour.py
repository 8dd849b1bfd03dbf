from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reports.render import render_night
from tests.browser.conftest import Visit
from tests.reports import factories
from tests.reports.test_hostile import HOSTILE, everywhere

pytestmark = pytest.mark.chromium

RECEIVED = "#coverage-table tbody td:nth-child(4)"


@pytest.mark.parametrize("name", ["night", "night-zh", "dossier", "month", "index"])
def test_no_page_says_anything_to_the_console_or_asks_for_anything_but_itself(
    visit: Callable[..., Visit], name: str
) -> None:
    seen = visit(name)
    seen.page.wait_for_load_state("networkidle")
    seen.assert_quiet()


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_name_runs_nothing_and_asks_for_nothing(
    visit: Callable[..., Visit], pages: Path, kind: str
) -> None:
    night, _ = everywhere(HOSTILE[kind])
    (pages / f"hostile-{kind}.html").write_text(night, encoding="utf-8")
    seen = visit(f"hostile-{kind}", width=390)
    seen.assert_quiet()
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_policy_stops_what_the_escaping_would_ever_let_through(
    visit: Callable[..., Visit], pages: Path
) -> None:
    html = render_night(factories.night_report())
    attack = "<script>document.title = 'taken'</script><img src='https://evil.example/x'>"
    (pages / "attacked.html").write_text(html.replace("</main>", attack + "</main>"), encoding="utf-8")
    seen = visit("attacked")
    assert "taken" not in seen.page.title()
    assert len([line for line in seen.said if "Content Security Policy" in line]) >= 2
    assert not [address for address in seen.asked if "evil" in address] or any(
        "evil" in line for line in seen.said
    )


def test_a_click_on_a_column_head_sorts_and_the_address_keeps_it(visit: Callable[..., Visit]) -> None:
    page = visit("night").page
    head = page.get_by_role("columnheader", name="Received")
    assert head.get_attribute("aria-sort") is None
    head.get_by_role("button").click()
    assert page.locator(RECEIVED).all_inner_texts() == ["0", "7,020", "9,412", "20,144", "41,870"]
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").click()
    assert page.locator(RECEIVED).all_inner_texts()[0] == "41,870"
    assert page.locator("#coverage-table th[aria-sort]").count() == 1
    page.reload()
    assert page.locator(RECEIVED).all_inner_texts()[0] == "41,870"


def test_search_and_boxes_filter_the_cases_and_the_count_is_announced(visit: Callable[..., Visit]) -> None:
    page = visit("night").page
    count = page.locator("form[data-filter=case-list] output")
    page.get_by_label("Search").fill("okonkwo")
    assert count.inner_text() == "1 / 4"
    assert page.locator(".case:visible h3").all_inner_texts()[0].startswith("E-3307")
    page.reload()
    assert page.get_by_label("Search").input_value() == "okonkwo"
    assert count.inner_text() == "1 / 4"
    page.get_by_label("Search").fill("")
    page.get_by_label("Critical").uncheck()
    assert count.inner_text() == "3 / 4"
    assert page.locator("#case-2026-0107").is_hidden()
    assert page.locator("p[role=status]").count() == 1


def test_cases_can_be_put_in_another_order(visit: Callable[..., Visit]) -> None:
    page = visit("night").page
    shown = page.locator("#case-list > .case .who")
    assert [text.split()[0] for text in shown.all_inner_texts()] == ["E-2210", "E-1042", "E-3307"]
    page.get_by_label("due soonest first").check()
    page.get_by_label("most unexplained first").check()
    assert [text.split()[0] for text in shown.all_inner_texts()] == ["E-2210", "E-1042", "E-3307"]
    assert page.locator("#case-list > :last-child").evaluate("node => node.tagName") == "DETAILS"


def test_the_language_can_be_changed_and_goes_along_to_the_next_page(visit: Callable[..., Visit]) -> None:
    page = visit("night").page
    assert page.locator("html").get_attribute("lang") == "en"
    assert "1 new case" in page.locator(".verdict").inner_text()
    page.get_by_text("中文", exact=True).click()
    assert "新增 1 件" in page.locator(".verdict").inner_text()
    assert "new case" not in page.locator(".verdict").inner_text()
    assert page.locator("html").get_attribute("lang") == "zh-CN"
    assert page.locator("a[data-page]").first.get_attribute("href") == "../index.html?lang=zh"
    assert "lang=zh" in page.url


def test_an_address_can_ask_for_a_language(visit: Callable[..., Visit]) -> None:
    assert "新增" in visit("night?lang=zh").page.locator(".verdict").inner_text()
    assert "new case" in visit("night-zh#lang=en").page.locator(".verdict").inner_text()


def test_a_deep_link_opens_the_folded_case_and_shows_it(visit: Callable[..., Visit]) -> None:
    page = visit("night#case-2026-0119").page
    assert page.locator("#case-2026-0119").is_visible()
    assert page.evaluate("document.querySelector('#case-2026-0119').getBoundingClientRect().top") < 900


def test_a_reason_leads_to_the_look_up_behind_it(visit: Callable[..., Visit]) -> None:
    page = visit("dossier").page
    page.locator(".reasons a[href='#ev-EV-000003']").first.click()
    assert page.locator("#ev-EV-000003:target").is_visible()


def test_without_a_script_everything_is_there_and_both_languages_can_be_reached(
    visit: Callable[..., Visit],
) -> None:
    page = visit("night", script=False).page
    assert "1 new case" in page.locator(".verdict").inner_text()
    page.get_by_text("中文", exact=True).click()
    assert "新增 1 件" in page.locator(".verdict").inner_text()
    assert page.locator("form.tools").is_hidden()
    assert page.locator("#coverage-table thead .head").first.is_visible()
    assert page.locator(".case:visible").count() == 3


def test_dark_and_light_differ_and_the_shapes_stay(visit: Callable[..., Visit]) -> None:
    colours = [
        visit("night", dark=dark).page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        for dark in (False, True)
    ]
    assert len(set(colours)) == 2
    page = visit("night", dark=True).page
    assert (
        page.locator("#coverage-table .state svg").count()
        == page.locator("#coverage-table .state").count()
        == 5
    )


def test_a_chinese_word_for_a_state_stays_on_one_line_of_a_telephone(visit: Callable[..., Visit]) -> None:
    seen = visit("night-zh", width=390)
    tall = "[...document.querySelectorAll('td .state')].filter(e => e.getBoundingClientRect().height > 30).length"
    assert seen.page.locator("td .state").count() > 5
    assert seen.page.evaluate(tall) == 0
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390
