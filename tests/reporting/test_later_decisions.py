"""What people decide after a night changes what is asked today, and never the page of that night."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.casebook import decisions
from pipeline.casebook.engine import open_casebook, writing
from pipeline.cli.main import invoke
from pipeline.home import Home
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


def test_a_case_that_is_open_again_tells_how_it_was_closed_wherever_it_is_shown(
    small_bank: SmallBank, ask: Ask, tmp_path: Path
) -> None:
    case = worst_case(ask)
    engine = open_casebook(Home(tmp_path / "copy"), small_bank.settings)
    run = small_bank.last
    assert run.finished_at is not None
    with writing(engine) as connection:
        told = {"actor": "chen.jing", "at": run.finished_at, "case_id": case["case_id"]}
        decisions.close(
            connection, **told, disposition="duplicate", text="As before.", second_person="wu.min"
        )
        decisions.reopen(connection, **told, text="A second complaint.")
    engine.dispose()
    on = run.finished_at.astimezone(ZoneInfo(small_bank.settings.bank.zone)).date()
    words = f'closed as "duplicate" by chen.jing with wu.min on {on}'
    page = Path(json.loads(ask("report", "--night", LAST, "--json"))["path"]).read_text(encoding="utf-8")
    chinese = f"{on} 由 chen.jing 会同 wu.min 以“重复”结案"
    shown = json.loads(ask("cases", "show", case["case_id"], "--json"))["case"]
    assert words in shown["before"]["en"]
    assert chinese in shown["before"]["zh"]
    assert shown["before"]["zh"] in re.sub("<[^>]+>", "", page)
    language = small_bank.settings.reports.language
    assert shown["before"][language] in " ".join(ask("cases", "show", case["case_id"]).split())
    dossier = json.loads(ask("investigate", case["employee_id"], "--case", case["case_id"], "--json"))
    assert any(words in entry["act"]["en"] for entry in dossier["history"])
