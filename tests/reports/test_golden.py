"""The same document gives the same bytes, until somebody means to change the page."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.render import render_dossier, render_index, render_month, render_night, to_json
from tests.reports import factories

GOLDEN = Path(__file__).parent / "golden"
COMMAND = "REFRESH_GOLDEN=1 .venv/bin/pytest tests/reports/test_golden.py"

PAGES: dict[str, Callable[[], str]] = {
    "night.html": lambda: render_night(factories.night_report()),
    "night.json": lambda: to_json(factories.night_report()),
    "dossier.html": lambda: render_dossier(factories.dossier(evidence_rows=80)),
    "month.html": lambda: render_month(factories.month_report()),
    "index.html": lambda: render_index(factories.index_report()),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_the_golden_one_to_the_last_byte(name: str) -> None:
    drawn = PAGES[name]().encode()
    path = GOLDEN / name
    if os.environ.get("REFRESH_GOLDEN"):
        path.write_bytes(drawn)
    kept = path.read_bytes()
    if drawn != kept:
        line = next(
            (
                i
                for i, (a, b) in enumerate(zip(drawn.split(b"\n"), kept.split(b"\n"), strict=False), 1)
                if a != b
            ),
            0,
        )
        pytest.fail(
            f"{name} differs from tests/reports/golden/{name} from line {line} on. "
            f"When the change is meant, look at the page and run: {COMMAND}"
        )


def test_the_page_does_not_depend_on_the_process_that_draws_it() -> None:
    code = "from tests.reports.test_golden import PAGES; print(ascii(PAGES['night.html']()))"
    root = Path(__file__).parents[2]
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "America/New_York"))
    }
    assert len(seen) == 1
