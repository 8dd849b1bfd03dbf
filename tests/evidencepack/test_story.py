"""From a complaint to a pack that is verified elsewhere: the story of docs/investigation.md, step by step."""

from __future__ import annotations

import io
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from pipeline.casebook.engine import open_casebook, writing
from pipeline.casebook.tables import access_records
from pipeline.cli.main import invoke
from pipeline.errors import ExitCode
from pipeline.settings import load_settings
from tests.casebook.conftest import postgres_server, postgres_url  # noqa: F401  # fixtures
from tests.casebook.filling import rows_of, save_csv
from tests.conftest import Answer
from tests.evidencepack.story_bank import StoryBank, make_story_bank
from tests.homes import content_of, numbers_in

CHEN, SUN = "chen.jing", "sun.li"


class Story:
    """Two officers at one home, each under their own account."""

    def __init__(self, bank: StoryBank, capfd: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.bank, self.capfd, self.patch = bank, capfd, patch

    def does(self, who: str, *words: object, typed: str = "", code: int = ExitCode.OK) -> Answer:
        """Let one of them run a command."""
        self.patch.setattr("pipeline.cli.acting.operating_system_user", lambda: who)
        self.patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
        self.capfd.readouterr()
        got = invoke(["--home", str(self.bank.home.root), *(str(word) for word in words)])
        out, err = self.capfd.readouterr()
        assert got == code, err
        assert not numbers_in((out + err).encode(), set(self.bank.numbers))
        return Answer(int(got), out, err)


def verified_elsewhere(pack: Path, elsewhere: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Verify a pack in a process that knows no home, from a folder that holds nothing else."""
    root = Path(__file__).parents[2]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(root), "HOME": str(elsewhere)}
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "verify", pack, *more],
        cwd=elsewhere,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("casebook", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_complaint_ends_as_a_closed_case_whose_evidence_holds_elsewhere(
    casebook: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = request.getfixturevalue("postgres_url") if casebook == "postgres" else ""
    bank = make_story_bank(tmp_path / "bank", url)
    story = Story(bank, capfd, monkeypatch)
    anchor = tmp_path / "anchor.jsonl"

    # A customer complains. Three people have looked them up; one of them without business.
    asked = story.does(CHEN, "who-queried", "--case", "COMPLAINT-17", "--json", typed=bank.victim).json
    people = {person["employee_id"]: person["unexplained"] for person in asked["people"]}
    assert set(people) == {bank.seller, *bank.honest}
    assert [name for name, unexplained in people.items() if unexplained] == [bank.seller]

    # The night has opened a case on that person; the clocks run since the complaint.
    listed = story.does(CHEN, "cases", "list", "--employee", bank.seller, "--json").json["cases"]
    case = listed[0]["case_id"]
    received = ("--at", "2025-10-24T09:00+08:00", "--text", "Complaint 17.")
    story.does(CHEN, "cases", "aware", case, *received)
    story.does(CHEN, "cases", "assign", case, CHEN)
    running = story.does(CHEN, "cases", "clocks", "--json").json["clocks"]
    law = next(clock for clock in running if clock["kind"] == "legal")
    assert (law["case_id"], law["overdue"], law["source"]) == (case, True, "Article 0 of an invented rule")
    overdue = story.does(CHEN, "cases", "list", "--employee", bank.seller, "--json").json["cases"][0][
        "overdue"
    ]
    assert overdue == ["decide", "report to the supervisor"]

    # The full picture, and the manager's word.
    seen = story.does(CHEN, "investigate", bank.seller, "--case", case, "--json").json
    assert seen["evidence"]["unlinked"] > 0
    sheet = tmp_path / "attest.csv"
    told = story.does(CHEN, "cases", "attest-sheet", case, "--out", sheet, "--json").json
    assert told["manager_id"] not in (bank.seller, *told["passed_over"])
    filled = save_csv(
        [{**row, "answer": "不属实"} for row in rows_of(sheet.read_bytes())], tmp_path / "a.csv"
    )
    taken = story.does(CHEN, "cases", "import-sheet", filled, "--json").json["taken"]
    assert (taken["not_confirmed"], taken["unanswered"]) == (told["rows"], 0)
    shown = " ".join(story.does(CHEN, "cases", "show", case).out.split())
    assert f"由 {told['manager_id']} 确认：属实 0 笔，不属实 {told['rows']} 笔" in shown

    # The victims have to be told: an unmasked copy, by four eyes.
    wanted = ("reveal", "request", case, "--reason", "The victims have to be told.", "--json")
    request = story.does(CHEN, *wanted).json["reveal_id"]
    copy, numbers = tmp_path / "copy.html", "\n".join(sorted(bank.numbers))
    story.does(CHEN, "reveal", "copy", request, "--out", copy, typed=numbers, code=ExitCode.NOT_PERMITTED)
    story.does(CHEN, "reveal", "approve", request, code=ExitCode.NOT_PERMITTED)
    assert not copy.exists()
    story.does(SUN, "reveal", "approve", request)
    inside = bank.home.reports / "copy.html"
    story.does(CHEN, "reveal", "copy", request, "--out", inside, typed=numbers, code=ExitCode.NOT_PERMITTED)
    made = story.does(CHEN, "reveal", "copy", request, "--out", copy, "--json", typed=numbers).json
    assert (made["masked"], made["shown"]) == (0, made["customers"])
    page = copy.read_text(encoding="utf-8")
    assert bank.victim in page
    assert page.count(f"{request} · {case} · {CHEN} / {SUN}") > made["shown"]
    assert story.does(SUN, "reveal", "list", "--json").json["reveals"][0]["copies"] == 1

    # Two people close it.
    closing = ("cases", "close", case, "--disposition", "confirmed_leak", "--text", "Sold to order.")
    assert "waits for a second account" in story.does(CHEN, *closing).out
    assert story.does(SUN, *closing, "--json").json["case"]["status"] == "closed"
    measured = story.does(SUN, "cases", "precision", "--json").json["rows"]
    assert {row["precision"] for row in measured} == {1.0}

    # The pack leaves the house, and holds elsewhere.
    pack = tmp_path / "out" / "pack.zip"
    exported = story.does(SUN, "export", "evidence", case, "--out", pack, "--no-pdf", "--json").json
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    there = Path(shutil.move(pack, elsewhere / "pack.zip"))
    good = verified_elsewhere(there, elsewhere, "--key", exported["key"])
    assert good.returncode == ExitCode.OK, good.stdout + good.stderr
    assert sorted(path.name for path in elsewhere.iterdir()) == ["pack.zip"]

    # Every step is in the access record, under the name of whoever took it.
    story.does(SUN, "ledger", "verify", "--write-anchor", anchor)
    entries = story.does(SUN, "ledger", "show", "--limit", 200, "--json").json["entries"][::-1]
    assert_told(entries, case, bank)

    # Changing any byte anywhere is found: in the pack, and in the access record.
    chance = random.Random(7)
    body = there.read_bytes()
    for _ in range(3):
        place = chance.randrange(len(body))
        turned = elsewhere / "turned.zip"
        turned.write_bytes(body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :])
        assert verified_elsewhere(turned, elsewhere).returncode in (ExitCode.INCOMPLETE, ExitCode.USAGE)
    for path in sorted(path for path in bank.home.root.rglob("*") if path.is_file()):
        assert not numbers_in(content_of(path), set(bank.numbers)), path
    assert not numbers_in(body, set(bank.numbers))
    engine = open_casebook(bank.home, load_settings(bank.home.config))
    with writing(engine) as connection:
        connection.execute(update(access_records).where(access_records.c.seq == 3).values(actor="nobody"))
    engine.dispose()
    story.does(SUN, "ledger", "verify", "--anchor", anchor, code=ExitCode.INCOMPLETE)


def assert_told(entries: list[dict[str, Any]], case: str, bank: StoryBank) -> None:
    """Hold the access record against the story: nothing that was done is missing."""
    told = [(entry["actor"], entry["act"]) for entry in entries]
    order = [
        (CHEN, "who-queried"),
        (CHEN, "cases list"),
        (CHEN, "cases aware"),
        (CHEN, "cases assign"),
        (CHEN, "cases clocks"),
        (CHEN, "investigate"),
        (CHEN, "cases attest-sheet"),
        (CHEN, "cases import-sheet"),
        (CHEN, "reveal request"),
        (CHEN, "reveal copy"),  # refused
        (CHEN, "reveal approve"),  # refused
        (SUN, "reveal approve"),
        (CHEN, "reveal copy"),
        (SUN, "reveal list"),
        (CHEN, "cases close"),
        (SUN, "cases close"),
        (SUN, "cases precision"),
        (SUN, "export evidence"),
    ]
    rest = iter(told)
    assert [step for step in order if step not in rest] == []
    assert bank.victim not in str(entries)
    assert {entry["case_no"] for entry in entries} >= {case, "COMPLAINT-17"}
