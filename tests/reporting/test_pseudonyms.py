"""Staff under codes: no id and no name of anybody leaves, in any output; a code is told to two people."""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path

import pytest

from pipeline.casebook.case_file import list_cases
from pipeline.cli.main import invoke
from pipeline.errors import ExitCode
from pipeline.home import Home
from pipeline.pseudonyms import StaffCodes, is_code
from tests.casebook.filling import rows_of
from tests.conftest import Answer
from tests.evidencepack.test_story import verified_elsewhere
from tests.homes import SmallBank, copied

CHEN, SUN = "chen.jing", "sun.li"


class CodedBank:
    """A copy of the small bank whose staff is shown under codes."""

    def __init__(
        self, bank: SmallBank, home: Home, capfd: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch
    ):
        self.bank, self.home, self.capfd, self.patch = bank, home, capfd, patch
        with (bank.feeds / "employees.csv").open(encoding="utf-8-sig") as file:
            staff = list(csv.DictReader(file))
        self.ids = {row["employee_id"] for row in staff} | {row["manager_id"] for row in staff} - {""}
        self.names = {row["name"] for row in staff}
        with bank.engine.connect() as connection:
            self.case = list_cases(connection)[0]

    def does(self, *words: object, who: str = CHEN, typed: str = "", code: int = ExitCode.OK) -> Answer:
        """Run a command, and see that it named nobody."""
        got = self.asks(*words, who=who, typed=typed, code=code)
        assert self.named_in(got.out + got.err) == set()
        return got

    def asks(self, *words: object, who: str = CHEN, typed: str = "", code: int = ExitCode.OK) -> Answer:
        """Run a command that may name people."""
        self.patch.setattr("pipeline.cli.acting.operating_system_user", lambda: who)
        self.patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
        self.capfd.readouterr()
        got = invoke(["--home", str(self.home.root), *(str(word) for word in words)])
        out, err = self.capfd.readouterr()
        assert got == code, err
        return Answer(int(got), out, err)

    def named_in(self, text: str) -> set[str]:
        """Find whom a text names; a name counts where it stands by itself, as Chinese has no blanks."""
        ids = {
            name for name in self.ids if re.search(rf"(?<![0-9A-Za-z]){re.escape(name)}(?![0-9A-Za-z])", text)
        }
        return ids | {name for name in self.names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)}


@pytest.fixture
def coded(
    small_bank: SmallBank, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CodedBank:
    home = Home(tmp_path / "home")
    copied(small_bank.home.root, home.root)
    shutil.rmtree(home.reports)
    home.reports.mkdir(mode=0o700)
    monkeypatch.setenv("TELLERWATCH_PRIVACY__STAFF", "codes")
    return CodedBank(small_bank, home, capfd, monkeypatch)


def test_no_page_and_no_file_of_a_night_names_anybody(coded: CodedBank) -> None:
    coded.does("report", "--night", coded.bank.last.night)
    pages = [path for path in coded.home.reports.rglob("*") if path.is_file()]
    assert {path.suffix for path in pages} == {".html", ".json", ".csv"}
    assert {path.name: coded.named_in(path.read_text("utf-8")) for path in pages} == {
        path.name: set() for path in pages
    }
    overview = next(path for path in pages if path.name == f"{coded.bank.last.night}.html")
    assert re.search(r"P-[A-Z2-7]{10}", overview.read_text("utf-8"))


def test_no_command_names_anybody_whom_it_was_not_told(coded: CodedBank, tmp_path: Path) -> None:
    case, person = coded.case.case_id, coded.case.employee_id
    shown = coded.does("cases", "list", "--json").json["cases"]
    code = next(row["employee_id"] for row in shown if row["case_id"] == case)
    assert is_code(code)
    coded.does("cases", "list")
    coded.does("cases", "show", case)
    coded.does("cases", "show", case, "--json")
    coded.does("cases", "list", "--employee", code)
    page = tmp_path / "dossier.html"
    coded.does("investigate", code, "--case", case, "--html", page)
    for path in (page, page.with_suffix(".csv"), page.with_suffix(".json")):
        assert coded.named_in(path.read_text("utf-8")) == set(), path
    by_code = coded.does("investigate", code, "--case", case, "--json").json
    by_id = coded.does("investigate", person, "--case", case, "--json").json
    assert by_code["lookups"] == by_id["lookups"]
    assert by_code["score"] == by_id["score"]
    coded.does(
        "investigate", person[:-1], "--case", case, code=ExitCode.USAGE
    )  # its nearest match is a person
    coded.does("investigate", "P-AAAAAAAAAA", "--case", case, code=ExitCode.USAGE)
    subject = sorted(coded.bank.raw_subjects)[0]
    coded.does("who-queried", "--case", "C-9", "--json", typed=subject)
    coded.does("who-queried", "--case", "C-9", typed=subject)
    coded.does("cases", "clocks")
    until = ("--reason", "Known project.", "--until", "2026-11-30", "--second-person", SUN)
    coded.does("suppress", "add", "--employee", code, *until, "--json")
    coded.does("suppress", "list", "--all")
    coded.does("ledger", "show", "--limit", 200)
    coded.does("ledger", "show", "--json", "--target", code)
    for form in ("ocsf", "ecs", "cef"):
        coded.does("export", form)
    for name, value in (
        ("HOST", "localhost"),
        ("SENDER", "t@example.org"),
        ("RECIPIENTS", '["o@example.org"]'),
        ("WITH_IDS", "true"),
    ):
        coded.patch.setenv(f"TELLERWATCH_MAIL__{name}", value)
    coded.patch.setenv("TELLERWATCH_TELL__NIGHTS_BACK", "3650")
    assert coded.case.case_id in coded.does("notify", "--dry-run").out


def test_a_note_that_names_somebody_is_shown_without_the_name(coded: CodedBank) -> None:
    name = sorted(coded.names)[0]
    words = f"Asked {name} about {coded.case.employee_id}."
    coded.does("cases", "note", coded.case.case_id, words)
    assert "Asked *** about P-" in coded.does("cases", "show", coded.case.case_id, "--json").out


def test_a_decision_sheet_carries_codes_and_is_taken_back(coded: CodedBank, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    coded.does("cases", "export-sheet", "--out", sheet)
    body = sheet.read_bytes()
    assert coded.named_in(body.decode("utf-8-sig")) == set()
    assert all(is_code(row["employee_id"]) for row in rows_of(body))
    coded.does("cases", "import-sheet", sheet, "--dry-run")


def test_only_an_approved_request_tells_who_is_behind_a_code(coded: CodedBank) -> None:
    case, person = coded.case.case_id, coded.case.employee_id
    asked = ("reveal", "request", case, "--person", "--reason", "To be heard.", "--json")
    request = coded.does(*asked).json["reveal_id"]
    coded.does("reveal", "who", request, code=ExitCode.NOT_PERMITTED)
    coded.does("reveal", "approve", request, code=ExitCode.NOT_PERMITTED)
    coded.does("reveal", "approve", request, who=SUN)
    coded.does("reveal", "who", request, who=SUN, code=ExitCode.NOT_PERMITTED)
    told = coded.asks("reveal", "who", request, "--json").json["people"]
    assert [row["employee_id"] for row in told] == [person]
    assert told[0]["name"] in coded.names
    listed = coded.does("reveal", "list", "--json").json["reveals"][0]
    assert (listed["copies"], listed["employee_id"]) == (1, told[0]["code"])
    acts = coded.does("ledger", "show", "--limit", 20, "--json").json["entries"]
    assert (
        sum(entry["act"] == "reveal who" for entry in acts) == 4
    )  # two refused, one carried out and its proof


def test_the_manager_is_told_whom_it_is_about_only_once_that_is_approved(
    coded: CodedBank, tmp_path: Path
) -> None:
    case = coded.case.case_id
    with coded.bank.engine.connect() as connection:
        in_a_case = {one.employee_id for one in list_cases(connection)}
    manager = sorted(coded.ids - in_a_case)[-1]
    sheet = ("cases", "attest-sheet", case, "--manager", manager, "--out", tmp_path / "ask.csv")
    coded.does(*sheet, code=ExitCode.NOT_PERMITTED)
    request = coded.does("reveal", "request", case, "--person", "--reason", "To ask.", "--json").json[
        "reveal_id"
    ]
    coded.does(*sheet, code=ExitCode.NOT_PERMITTED)
    coded.does("reveal", "approve", request, who=SUN)
    coded.does(*sheet)
    assert coded.case.employee_id in (tmp_path / "ask.csv").read_text("utf-8-sig")


def test_a_pack_carries_codes_and_holds_elsewhere(coded: CodedBank, tmp_path: Path) -> None:
    coded.does("investigate", coded.case.employee_id, "--case", coded.case.case_id, "--json")
    pack = tmp_path / "pack"
    coded.does("export", "evidence", coded.case.case_id, "--out", pack, "--no-pdf")
    for path in pack.iterdir():
        assert coded.named_in(path.read_text("utf-8")) == set(), path
    got = verified_elsewhere(pack, tmp_path)
    assert got.returncode == ExitCode.OK, got.stdout + got.stderr


def test_a_code_is_stable_and_says_nothing_without_the_key() -> None:
    one, same = StaffCodes(b"k" * 32, ["E1"]), StaffCodes(b"k" * 32, ["E1", "E2"])
    assert one.code("E1") == same.code("E1") != StaffCodes(b"x" * 32, ["E1"]).code("E1")
    assert same.person(same.code("E2").lower()) == "E2"
    assert len({same.code(f"E{number}") for number in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("E10146 (typed by E10147)", "{0} (typed by {1})"),
        ("由E10146确认", "由{0}确认"),
        ("T-E10146/2", "T-{0}/2"),
        ("\x1b[31mE10146\x1b[0m", "\x1b[31m{0}\x1b[0m"),
        ("E101460 and XE10146 are others", "E101460 and XE10146 are others"),
        ("On 2026-06-30, 30 of 2026", "On 2026-06-30, 30 of {2}"),
        ("王小明说", "***说"),
    ],
)
def test_ids_are_found_wherever_they_stand_by_themselves(text: str, shown: str) -> None:
    codes = StaffCodes(b"k" * 32, ["E10146", "E10147", "2026"], ["王小明", "王"])
    assert codes.text(text) == shown.format(*(codes.code(name) for name in ("E10146", "E10147", "2026")))
