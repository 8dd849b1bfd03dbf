"""What people decide after a night changes what is asked today, and never the page of that night."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.main import invoke
from tests.homes import LAST, SmallBank, copied

Ask = Callable[..., str]


@pytest.fixture
def ask(small_bank: SmallBank, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Ask:
    """The command line on a copy of the small bank's home."""
    small_bank.engine.dispose()
    copy = copied(small_bank.home.root, tmp_path / "copy")

    def run(*arguments: object) -> str:
        capfd.readouterr()
        code = invoke(["--home", str(copy), *(str(argument) for argument in arguments)])
        out, err = capfd.readouterr()
        assert code == 0, err
        return out

    return run


def worst_case(ask: Ask) -> dict[str, str]:
    found: dict[str, str] = json.loads(ask("cases", "list", "--open", "--json"))["cases"][0]
    return found


def test_a_case_closed_later_stays_open_on_the_nights_page(ask: Ask) -> None:
    path = Path(json.loads(ask("report", "--json"))["path"])
    before, case = path.read_bytes(), worst_case(ask)
    closing = ("--disposition", "data_error", "--text", "wrong feed", "--second-person", "somebody.else")
    ask("cases", "close", case["case_id"], *closing)
    ask("report", "--night", LAST)
    assert path.read_bytes() == before


def test_an_investigation_today_shows_what_was_decided_and_one_of_the_night_does_not(ask: Ask) -> None:
    case = worst_case(ask)
    ask("cases", "note", case["case_id"], "papers were asked for")
    now = json.loads(ask("investigate", case["employee_id"], "--case", case["case_id"], "--json"))
    then = json.loads(ask("investigate", case["employee_id"], "--case", "T", "--as-of", LAST, "--json"))
    assert "papers were asked for" in [entry["note"] for entry in now["history"]]
    assert now["status"]["en"] == "being examined"
    assert "papers were asked for" not in [entry["note"] for entry in then["history"]]
    assert then["status"]["en"] == "for review"
    assert now["evidence"] == then["evidence"]
