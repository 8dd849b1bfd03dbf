from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Visit, need

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def paper(chromium: Browser, pages: Path) -> Callable[[str], list[str]]:
    """Print a page to A4, once, and read the text of each sheet."""
    need(shutil.which("pdftotext"), "pdftotext (poppler-utils)")

    @cache
    def sheets(name: str) -> list[str]:
        page = chromium.new_page(color_scheme="dark")
        page.goto((pages / f"{name}.html").as_uri())
        path = pages / f"{name}.pdf"
        page.pdf(path=path, prefer_css_page_size=True, tagged=True)
        page.close()
        done = subprocess.run(
            ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
        )
        return done.stdout.rstrip("\f").split("\f")

    return sheets


def test_every_sheet_with_look_ups_repeats_the_head_of_the_table(paper: Callable[[str], list[str]]) -> None:
    sheets = [
        sheet
        for sheet in paper("dossier")
        if len(re.findall(r"\bS-\d{4}\b", sheet)) > 3 and "EV-0000" in sheet
    ]
    with_rows = [sheet for sheet in sheets if re.search(r"^.*No record|Record found", sheet, re.MULTILINE)]
    assert len(with_rows) >= 3
    for sheet in with_rows:
        assert "Customer" in sheet
        assert "Consent" in sheet


def test_every_sheet_bears_the_institution_the_mark_and_its_number(paper: Callable[[str], list[str]]) -> None:
    sheets = paper("night")
    for number, sheet in enumerate(sheets, 1):
        assert "Bank of Example" in sheet
        assert "C2" in sheet
        assert re.search(rf"\b{number} ?/ ?{len(sheets)}\b", sheet)


def test_figures_are_whole_and_never_parted_from_their_caption(paper: Callable[[str], list[str]]) -> None:
    sheets = paper("dossier")
    (week,) = [sheet for sheet in sheets if "Look-ups by weekday and hour" in sheet]
    assert all(day in week for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
    (parts,) = [sheet for sheet in sheets if "What the score is made of" in sheet]
    assert "All other reasons" in parts.split("What the score is made of")[1]


def test_folded_cases_are_printed_and_tools_are_not(paper: Callable[[str], list[str]]) -> None:
    text = "\n".join(paper("night"))
    assert "2026-0119" in text
    assert "3 members of one household" in text
    assert "Search" not in text
    assert "On this page" not in text


def test_no_sheet_ends_with_the_head_of_a_table_alone(paper: Callable[[str], list[str]]) -> None:
    for sheet in paper("night"):
        lines = [line.strip() for line in sheet.splitlines() if line.strip()]
        assert not lines[-2].startswith(("Person", "Rule", "Kind", "Feed"))


def test_the_decision_block_stands_on_one_sheet_with_room_for_two_signatures(
    paper: Callable[[str], list[str]],
) -> None:
    (sheet,) = [sheet for sheet in paper("dossier") if "First signature, date" in sheet]
    assert "Second signature, date" in sheet
    assert "To be filled in by hand" in sheet


def test_the_paper_is_white_even_for_a_reader_in_the_dark(visit: Callable[..., Visit]) -> None:
    page = visit("night", dark=True).page
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
