from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from pipeline.casebook.access import access_log_of
from pipeline.evidence.reasons import RULE_OF
from pipeline.intake.tokens import load_key, token
from reports.words import catalogue
from tests.homes import SmallBank, answer, numbers_in

Capture = pytest.CaptureFixture[str]


def looked_up(bank: SmallBank) -> tuple[str, set[str]]:
    """The customer whom most people looked up by the last night, and the look-ups' ids."""
    by_subject: dict[str, list[dict[str, str]]] = {}
    machines = {
        row["account_id"]
        for row in csv.DictReader((bank.feeds / "service_accounts.csv").open(encoding="utf-8-sig"))
    }
    for path in sorted(bank.feeds.glob("access_log*.csv")):
        for row in csv.DictReader(path.open(encoding="utf-8-sig")):
            if row["occurred_at"][:10] <= bank.last.night.isoformat() and row["employee_id"] not in machines:
                by_subject.setdefault(row["subject_id"], []).append(row)
    subject = max(sorted(by_subject), key=lambda name: len({row["employee_id"] for row in by_subject[name]}))
    return subject, {row["event_id"] for row in by_subject[subject]}


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> object:
    """Puts text on standard input."""

    def put(text: str | bytes) -> None:
        content = text.encode() if isinstance(text, str) else text
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))

    return put


def test_it_names_everyone_who_looked_at_the_customer(
    small_bank: SmallBank, capfd: Capture, typed: object
) -> None:
    subject, events = looked_up(small_bank)
    typed(f"  {subject}\n")  # type: ignore[operator]  # a function
    code, out, err = answer(capfd, small_bank, "who-queried", "--case", "C-9", "--json")
    shown = json.loads(out)
    assert code == 0
    assert {row["event_id"] for row in shown["inquiries"]} == events
    assert {row["employee_id"] for row in shown["inquiries"]} == {
        one["employee_id"] for one in shown["people"]
    }
    assert not numbers_in((out + err).encode(), small_bank.raw_subjects)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_number_that_an_editor_saved_in_its_own_encoding_is_read(
    small_bank: SmallBank, capfd: Capture, typed: object, encoding: str
) -> None:
    subject, events = looked_up(small_bank)
    typed(f"{subject}\r\n".encode(encoding))  # type: ignore[operator]  # a function
    code, out, _ = answer(capfd, small_bank, "who-queried", "--case", "C-9", "--json")
    assert code == 0
    assert {row["event_id"] for row in json.loads(out)["inquiries"]} == events


def test_what_is_no_text_is_refused_in_words(small_bank: SmallBank, capfd: Capture, typed: object) -> None:
    typed(b"\x81\x00\xff")  # type: ignore[operator]  # a function
    code, _, err = answer(capfd, small_bank, "who-queried", "--case", "C-9")
    assert code == 2
    assert "no text" in err


def test_the_table_names_them_too_and_never_the_number(
    small_bank: SmallBank, capfd: Capture, typed: object
) -> None:
    subject, _ = looked_up(small_bank)
    typed(subject)  # type: ignore[operator]  # as above
    code, out, err = answer(capfd, small_bank, "who-queried", "--case", "C-9")
    assert code == 0
    assert "Employee" in out
    assert subject not in out + err


def test_the_access_record_holds_the_token_and_is_there_before_the_answer(
    small_bank: SmallBank, capfd: Capture, typed: object
) -> None:
    number = "990199199901019999"
    typed(number)  # type: ignore[operator]  # as above
    code, out, _ = answer(capfd, small_bank, "who-queried", "--case", "C-NOBODY")
    assert code == 0
    assert "Nobody looked this customer up" in out
    with small_bank.engine.connect() as connection:
        entry = access_log_of(connection, case_no="C-NOBODY")[0]
    assert entry.target == token(load_key(small_bank.home), number)
    assert entry.act == "who-queried"


@pytest.mark.parametrize(("text", "words"), [("", "there was none"), ("1\n2\n", "2 lines")])
def test_it_wants_exactly_one_number(
    small_bank: SmallBank, capfd: Capture, typed: object, text: str, words: str
) -> None:
    typed(text)  # type: ignore[operator]  # as above
    code, out, err = answer(capfd, small_bank, "who-queried", "--case", "C-9")
    assert (code, out) == (2, "")
    assert words in err


def test_a_number_on_the_command_line_is_refused_and_not_said_again(
    small_bank: SmallBank, capfd: Capture
) -> None:
    number = "990101199003071234"
    code, out, err = answer(capfd, small_bank, "who-queried", "--case", "C-9", number)
    assert code == 2
    assert "history" in err
    assert number not in out + err


def test_it_asks_for_a_case_number_first(small_bank: SmallBank, capfd: Capture, typed: object) -> None:
    typed("990199199901019999")  # type: ignore[operator]  # as above
    code, _, err = answer(capfd, small_bank, "who-queried")
    assert code == 2
    assert "--case" in err
    assert "990199199901019999" not in err


def test_the_answer_letter_tells_every_act_and_names_nobody(
    small_bank: SmallBank, capfd: Capture, typed: object, tmp_path: Path
) -> None:
    subject, _ = looked_up(small_bank)
    typed(subject)  # type: ignore[operator]  # as above
    place = tmp_path / "letter.html"
    code, out, _ = answer(capfd, small_bank, "who-queried", "--case", "C-9", "--json", "--letter", place)
    page = place.read_text(encoding="utf-8")
    shown = json.loads(out)
    done = [row for row in shown["inquiries"] if row["outcome"] == "ok"]
    assert code == 0
    assert page.count("<tr><td>") == 2 * len(done)  # once in each language
    assert page.count(f"<td>{done[0]['occurred_at'][:10]}</td>") >= 2
    for row in shown["inquiries"]:
        assert not {row["employee_id"], row["name"], row["event_id"]} & set(re.findall(r"[\w-]+", page))
    assert not numbers_in(page.encode(), small_bank.raw_subjects)
    assert place.stat().st_mode & 0o077 == 0
    assert "style=" not in page
    assert "<script" not in page


def test_a_customer_nobody_looked_up_gets_a_letter_that_says_so(
    small_bank: SmallBank, capfd: Capture, typed: object, tmp_path: Path
) -> None:
    typed("999999190001010001")  # type: ignore[operator]  # as above
    place = tmp_path / "letter.html"
    answer(capfd, small_bank, "who-queried", "--case", "C-9", "--letter", place)
    page = place.read_text(encoding="utf-8")
    assert "show nobody who did" in page
    assert "没有任何查询" in page
    assert "<table>" not in page


@pytest.mark.parametrize(
    ("text", "words"), [("abc", "only 3 characters"), ("zhang san", "no digit"), ("9901_1990;0301", "signs")]
)
def test_what_can_be_no_customers_number_is_not_answered_with_nobody(
    small_bank: SmallBank, capfd: Capture, typed: object, text: str, words: str
) -> None:
    typed(text)  # type: ignore[operator]  # as above
    code, out, err = answer(capfd, small_bank, "who-queried", "--case", "C-9")
    assert (code, out) == (2, "")
    assert words in err
    assert text not in err
    assert "bank's own system" in err


def test_a_resident_number_with_a_wrong_check_digit_is_answered_with_a_doubt(
    small_bank: SmallBank, capfd: Capture, typed: object
) -> None:
    typed("990199199901019999")  # type: ignore[operator]  # as above
    code, out, err = answer(capfd, small_bank, "who-queried", "--case", "C-9")
    assert code == 0
    assert "Nobody" in out
    assert "check digit" in err


def test_a_case_number_of_the_casebooks_own_form_must_be_one_of_its_cases(
    small_bank: SmallBank, capfd: Capture, typed: object
) -> None:
    typed("990199199901019999")  # type: ignore[operator]  # as above
    for command in (("who-queried",), ("investigate", "E10032")):
        code, out, err = answer(capfd, small_bank, *command, "--case", "C-1999-0001")
        assert (code, out) == (2, "")
        assert "There is no case C-1999-0001" in err
        with small_bank.engine.connect() as connection:
            assert access_log_of(connection, case_no="C-1999-0001")[0].act == command[0]


def test_every_reason_of_the_contract_has_words_in_both_languages() -> None:
    known = catalogue()
    assert not [reason for reason in RULE_OF if f"common.reason.{reason}" not in known]
