from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Answer
from tests.homes import LAST, SmallBank, answer

Capture = pytest.CaptureFixture[str]


def test_it_draws_the_last_night_again_and_prints_the_path(small_bank: SmallBank, capfd: Capture) -> None:
    code, out, _ = answer(capfd, small_bank, "report")
    assert code == 0
    assert Path(out.strip()).name == f"{LAST}.html"
    assert Path(out.strip()).is_file()


def test_a_lost_page_comes_back_with_the_same_bytes(small_bank: SmallBank, capfd: Capture) -> None:
    night = small_bank.runs[0].night
    path = Path(json.loads(answer(capfd, small_bank, "report", "--night", night, "--json")[1])["path"])
    before = path.read_bytes()
    path.unlink()
    answer(capfd, small_bank, "report", "--night", night)
    assert path.read_bytes() == before


def test_a_night_that_was_never_run_is_an_error_that_names_those_that_were(
    small_bank: SmallBank, capfd: Capture
) -> None:
    code, out, err = answer(capfd, small_bank, "report", "--night", "2025-12-31")
    assert (code, out) == (2, "")
    assert "2025-12-31" in err
    assert LAST.isoformat() in err


def test_a_home_without_nights_says_so(home: object, tellerwatch: object) -> None:
    tellerwatch("init")  # type: ignore[operator]  # the command line as a function
    found: Answer = tellerwatch("report")  # type: ignore[operator]  # as above
    assert found.code == 2
    assert "No night has been run" in found.err
