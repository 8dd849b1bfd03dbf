"""A real Chromium for the pages. Where it is missing the tests are skipped by name; in CI they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from reports.render import render_dossier, render_index, render_month, render_night
from tests.reports import factories

AXE = Path(__file__).parent / "node_modules/axe-core/axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def need(found: object, what: str) -> None:
    """Skip by name where something is missing; in CI that is a failure."""
    if found:
        return
    words = f"{what} is missing; scripts/setup-browser.sh installs it"
    if os.environ.get("CI") == "true":
        pytest.fail(words)
    pytest.skip(words)


@dataclass
class Visit:
    """An open page, with everything it said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def assert_quiet(self) -> None:
        assert self.said == []
        assert all(address.startswith(("file://", "data:,")) for address in self.asked), self.asked
        assert len([address for address in self.asked if address.startswith("file://")]) == 1, self.asked


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    need(CHROMIUM, "Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    need(AXE.is_file(), "axe-core")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All kinds of page, drawn once."""
    folder = tmp_path_factory.mktemp("pages")
    drawn = {
        "night": render_night(factories.night_report(language="en")),
        "night-zh": render_night(factories.night_report()),
        "dossier": render_dossier(factories.dossier(evidence_rows=70, language="en")),
        "month": render_month(factories.month_report()),
        "index": render_index(factories.index_report()),
    }
    for name, html in drawn.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return folder


@pytest.fixture
def visit(chromium: Browser, pages: Path) -> Iterator[Callable[..., Visit]]:
    """Open a page in a fresh context; `visit("night#case-1", script=False, width=320)`."""
    contexts: list[BrowserContext] = []

    def go(
        address: str, *, width: int = 1366, height: int = 900, dark: bool = False, script: bool = True
    ) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        seen = Visit(context.new_page())
        seen.page.on("console", lambda message: seen.said.append(message.text))
        seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
        seen.page.on("dialog", lambda dialog: seen.said.append(dialog.message))
        seen.page.on("request", lambda request: seen.asked.append(request.url))
        name, mark, rest = address.partition("#")
        name, question, query = name.partition("?")
        seen.page.goto((pages / f"{name}.html").as_uri() + question + query + mark + rest)
        return seen

    yield go
    for context in contexts:
        context.close()
