from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit

pytestmark = pytest.mark.chromium

NAMES = ("night", "night-zh", "dossier", "month", "index")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """async ([rules, without]) => {
  const off = Object.fromEntries(without.map((rule) => [rule, { enabled: false }]));
  const found = await axe.run(document, {
    runOnly: { type: 'tag', values: rules }, rules: off, resultTypes: ['violations'],
  });
  const places = (rule) => rule.nodes.slice(0, 3).map((node) => node.target.join(' ')).join(' | ');
  return found.violations.map((rule) => `${rule.id}: ${rule.help}: ${places(rule)}`);
}"""


def violations(page: Page, axe: str, *without: str) -> list[str]:
    page.evaluate(axe)  # by the debugging protocol: the page's own policy would not let it in
    found: list[str] = page.evaluate(RUN, [RULES, list(without)])
    return found


@pytest.mark.parametrize(
    ("name", "dark", "width"),
    [(name, dark, width) for name in NAMES for dark, width in ((False, 320), (True, 1366))]
    + [("night", False, 768), ("night", False, 1920), ("night", True, 320), ("dossier", True, 320)],
)
def test_axe_finds_no_violation_of_wcag_22_aa(
    visit: Callable[..., Visit], axe: str, name: str, dark: bool, width: int
) -> None:
    assert violations(visit(name, dark=dark, width=width).page, axe) == []


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_violation_on_paper(visit: Callable[..., Visit], axe: str, name: str) -> None:
    page = visit(name, width=794, dark=True).page
    page.emulate_media(media="print")
    assert violations(page, axe, "target-size") == [], "nobody taps on paper"


def test_axe_does_find_what_is_wrong_on_a_broken_page(visit: Callable[..., Visit], axe: str) -> None:
    page = visit("index").page
    page.evaluate("document.querySelector('main').insertAdjacentHTML('afterbegin', '<img src=\"data:,\">')")
    assert any(line.startswith("image-alt") for line in violations(page, axe))


@pytest.mark.parametrize("name", NAMES)
def test_the_page_never_scrolls_sideways_only_its_tables_and_charts_do(
    visit: Callable[..., Visit], name: str
) -> None:
    page = visit(name, width=1366).page
    for width in (1366, 768, 390, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_keyboard_reaches_the_language_the_skip_link_and_the_first_table(
    visit: Callable[..., Visit],
) -> None:
    page = visit("night").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "lang-en"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('section') !== null")
