from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.casebook.access import access_log_of
from pipeline.casebook.scores import read_reasons, read_scores
from pipeline.cli.acting import operating_system_user
from pipeline.investigation.dossier import dossier
from pipeline.investigation.reasons import distinct
from pipeline.reporting import night_report
from tests.homes import LAST, SmallBank, answer, numbers_in, told

Capture = pytest.CaptureFixture[str]


def somebody(bank: SmallBank) -> str:
    """The most suspicious person of the last night."""
    with bank.engine.connect() as connection:
        return read_scores(connection, bank.last.run_id)[0].employee_id


def test_it_shows_the_same_numbers_as_the_nightly_report(small_bank: SmallBank, capfd: Capture) -> None:
    night = night_report(small_bank.home, small_bank.settings, small_bank.engine, small_bank.last)
    assert night.cases
    for card in night.cases:
        code, out, _ = answer(capfd, small_bank, "investigate", card.employee_id, "--case", "T-1", "--json")
        shown = json.loads(out)
        assert code == 0
        assert shown["unexplained"] == card.unexplained == shown["evidence"]["unlinked"]
        assert shown["score"] == card.score
        assert shown["p_value"] == card.p_value
        reasons = [reason["text"]["en"] for reason in shown["reasons"][:2]]
        assert reasons == [text.en for text in card.reasons][: len(reasons)]


def test_everybodys_evidence_adds_up_to_the_stored_figure(small_bank: SmallBank) -> None:
    with small_bank.engine.connect() as connection:
        scores = read_scores(connection, small_bank.last.run_id)
    for row in scores:
        found = dossier(small_bank.home, small_bank.settings, small_bank.engine, row.employee_id)
        assert found.evidence.unlinked == row.unexplained == found.unexplained
        assert sum(day.unexplained for day in found.timeline) == row.unexplained


def test_the_points_of_the_reasons_and_the_rest_are_the_score(small_bank: SmallBank) -> None:
    person = somebody(small_bank)
    with small_bank.engine.connect() as connection:
        stored = read_reasons(connection, small_bank.last.run_id, [person])[person]
    found = dossier(small_bank.home, small_bank.settings, small_bank.engine, person)
    assert [reason.code for reason in found.reasons] == [row.code for row in distinct(stored)]
    total = sum(reason.points for reason in found.reasons) + found.other_points
    assert found.score is not None
    assert total == pytest.approx(found.score, abs=1e-5)


def test_the_json_has_what_the_contract_names(small_bank: SmallBank, capfd: Capture) -> None:
    _, out, _ = answer(capfd, small_bank, "investigate", somebody(small_bank), "--case", "T-1", "--json")
    shown = told(out)
    assert shown["schema_version"]
    assert {"profile", "peers", "reasons", "evidence", "lookups"} <= set(shown)
    evidence, lookups = shown["evidence"], shown["lookups"]
    assert isinstance(evidence, dict)
    assert set(evidence) == {"linked", "thin", "pending", "unlinked", "mismatch", "not_assessable"}
    assert isinstance(lookups, list)
    for row in lookups:
        assert row["subject"].startswith("S-")
        assert row["state"] in evidence
        assert bool(row["record_id"]) or row["state"] != "linked"


def test_a_customer_keeps_one_alias_and_no_token_is_shown(small_bank: SmallBank, capfd: Capture) -> None:
    person = somebody(small_bank)
    _, out, _ = answer(capfd, small_bank, "investigate", person, "--case", "T-1", "--json")
    truth = small_bank.feeds.glob("access_log*.csv")
    subject_of = {
        row["event_id"]: row["subject_id"]
        for path in truth
        for row in csv.DictReader(path.open(encoding="utf-8-sig"))
    }
    alias_of: dict[str, str] = {}
    for row in json.loads(out)["lookups"]:
        subject = subject_of[row["event_id"]]
        assert alias_of.setdefault(subject, row["subject"]) == row["subject"]
    assert len(set(alias_of.values())) == len(alias_of)
    assert not numbers_in(out.encode(), small_bank.raw_subjects)


def test_without_a_case_number_nothing_is_shown(small_bank: SmallBank, capfd: Capture) -> None:
    for extra in ((), ("--case", "  ")):
        code, out, err = answer(capfd, small_bank, "investigate", somebody(small_bank), *extra)
        assert (code, out) == (2, "")
        assert "--case" in err


def test_the_access_record_is_written_even_when_nobody_is_found(
    small_bank: SmallBank, capfd: Capture
) -> None:
    person = somebody(small_bank)
    wrong = person[:-1] + ("0" if person[-1] != "0" else "1") + "x"
    code, out, err = answer(capfd, small_bank, "investigate", wrong, "--case", "T-404")
    assert (code, out) == (2, "")
    assert "Did you mean" in err
    with small_bank.engine.connect() as connection:
        entry = access_log_of(connection, case_no="T-404")[0]
    assert (entry.act, entry.target_kind, entry.target) == ("investigate", "employee", wrong)


def test_an_id_with_two_digits_in_each_others_place_is_understood_first(
    small_bank: SmallBank, capfd: Capture
) -> None:
    with small_bank.engine.connect() as connection:
        staff = [row.employee_id for row in read_scores(connection, small_bank.last.run_id)]
    swapped = (
        (person, person[:at] + person[at + 1] + person[at] + person[at + 2 :])
        for person in staff
        for at in range(len(person) - 2, 0, -1)
    )
    person, wrong = next((right, wrong) for right, wrong in swapped if wrong not in staff)
    code, out, err = answer(capfd, small_bank, "investigate", wrong.lower(), "--case", "T-405")
    assert (code, out) == (2, "")
    assert f"Did you mean {person}" in err


def test_nobody_investigates_themself_and_the_attempt_is_on_record(
    small_bank: SmallBank, capfd: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = somebody(small_bank)
    officers = json.dumps({operating_system_user(): person})
    monkeypatch.setenv("TELLERWATCH_CASEBOOK__OFFICERS", officers)
    code, out, err = answer(capfd, small_bank, "investigate", person, "--case", "T-SELF")
    assert (code, out) == (4, "")
    assert "nobody investigates themself" in err
    with small_bank.engine.connect() as connection:
        assert access_log_of(connection, case_no="T-SELF")[0].target == person


def test_an_id_in_small_letters_names_the_right_one(small_bank: SmallBank, capfd: Capture) -> None:
    person = somebody(small_bank)
    _, _, err = answer(capfd, small_bank, "investigate", person.lower(), "--case", "T-1")
    assert person in err


def test_filters_narrow_the_rows_and_leave_the_counts(small_bank: SmallBank, capfd: Capture) -> None:
    person = somebody(small_bank)
    _, whole, _ = answer(capfd, small_bank, "investigate", person, "--case", "T-1", "--json")
    everything = json.loads(whole)
    alias = everything["lookups"][0]["subject"]
    first = (LAST - timedelta(days=14)).isoformat()
    for options, kept in (
        (("--state", "unlinked"), lambda row: row["state"] == "unlinked"),
        (("--from", first), lambda row: row["occurred_at"][:10] >= first),
        (("--to", first), lambda row: row["occurred_at"][:10] <= first),
        (("--subject-token", alias), lambda row: row["subject"] == alias),
    ):
        _, out, _ = answer(capfd, small_bank, "investigate", person, "--case", "T-1", "--json", *options)
        narrowed = json.loads(out)
        assert narrowed["lookups"] == [row for row in everything["lookups"] if kept(row)], options
        assert narrowed["evidence"] == everything["evidence"]


def test_a_customers_number_is_refused_as_a_filter(small_bank: SmallBank, capfd: Capture) -> None:
    number = next(iter(sorted(small_bank.raw_subjects)))
    code, out, err = answer(
        capfd, small_bank, "investigate", somebody(small_bank), "--case", "T-1", "--subject-token", number
    )
    assert (code, out) == (2, "")
    assert number not in err


def test_an_earlier_night_is_shown_as_it_was(small_bank: SmallBank, capfd: Capture) -> None:
    person, first = somebody(small_bank), small_bank.runs[0]
    _, out, _ = answer(
        capfd, small_bank, "investigate", person, "--case", "T-1", "--as-of", first.night, "--json"
    )
    shown = json.loads(out)
    with small_bank.engine.connect() as connection:
        score = read_scores(connection, first.run_id, [person])[0]
    assert shown["as_of"] == first.night.isoformat()
    assert (shown["score"], shown["unexplained"]) == (score.score, score.unexplained)
    assert all(row["occurred_at"][:10] <= first.night.isoformat() for row in shown["lookups"])


def test_a_night_before_the_first_is_an_error_that_names_the_first(
    small_bank: SmallBank, capfd: Capture
) -> None:
    code, _, err = answer(
        capfd, small_bank, "investigate", somebody(small_bank), "--case", "T-1", "--as-of", "2020-01-01"
    )
    assert code == 2
    assert small_bank.runs[0].night.isoformat() in err


def test_the_page_is_written_with_its_rows_and_twin(
    small_bank: SmallBank, capfd: Capture, tmp_path: Path
) -> None:
    page = tmp_path / "out" / "dossier.html"
    code, _, _ = answer(
        capfd, small_bank, "investigate", somebody(small_bank), "--case", "T-7", "--html", page
    )
    assert code == 0
    text = page.read_text(encoding="utf-8")
    assert "T-7" in text
    assert "default-src 'none'" in text
    for file in (page, page.with_suffix(".csv"), page.with_suffix(".json")):
        assert file.stat().st_mode & 0o077 == 0
        assert not numbers_in(file.read_bytes(), small_bank.raw_subjects)


def test_the_terminal_says_who_why_and_what_speaks_for_them(small_bank: SmallBank, capfd: Capture) -> None:
    person = somebody(small_bank)
    code, out, _ = answer(capfd, small_bank, "investigate", person, "--case", "T-1")
    assert code == 0
    for words in (person, "What speaks for the person", "Evidence", "Peers", "A person must decide"):
        assert words in out
    assert not numbers_in(out.encode(), small_bank.raw_subjects)


def test_it_loads_no_detector_no_frame_library_and_no_query_compiler(small_bank: SmallBank) -> None:
    import subprocess
    import sys

    code = (
        "import sys; from pipeline.cli.main import invoke; "
        f"home, person = {str(small_bank.home.root)!r}, {somebody(small_bank)!r}; "
        "invoke(['--home', home, 'investigate', person, '--case', 'T', '--json']); "
        "heavy = {'ibis', 'pandas', 'pyod', 'sklearn', 'jinja2', 'alembic'} & set(sys.modules); "
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
