"""The dossier on paper, printed by a real Chromium."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.evidencepack.paper import as_pdf, browser_here


@pytest.mark.chromium
def test_a_page_is_printed_and_leaves_no_scratch_behind(tmp_path: Path) -> None:
    if browser_here() is None:
        assert os.environ.get("CI") != "true", "Chromium is missing; scripts/setup-browser.sh installs it"
        pytest.skip("Chromium is missing; scripts/setup-browser.sh installs it")
    printed = as_pdf("<!doctype html><meta charset=utf-8><p>一人</p>".encode(), tmp_path / "tmp")
    assert printed is not None
    assert printed.startswith(b"%PDF-")
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("browser", ["false", "no-such-browser"])
def test_without_a_browser_that_prints_there_is_simply_no_paper(tmp_path: Path, browser: str) -> None:
    assert as_pdf(b"<p>x</p>", tmp_path, browser) is None
    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_a_browser_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser_here() is None
    assert as_pdf(b"<p>x</p>", tmp_path) is None
