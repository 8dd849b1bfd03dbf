from __future__ import annotations

import csv
import json
import stat
from datetime import date, datetime
from pathlib import Path

import pytest

from pipeline import reporting
from pipeline.casebook.case_file import list_cases
from pipeline.casebook.scores import read_scores
from pipeline.reporting.places import night_path
from reports.document import NightReport
from tests.homes import LAST, SmallBank, content_of, numbers_in


@pytest.fixture(scope="module")
def report(small_bank: SmallBank) -> NightReport:
    return reporting.night_report(small_bank.home, small_bank.settings, small_bank.engine, small_bank.last)


def test_every_open_case_stands_on_a_card_with_a_reason_in_both_languages(
    small_bank: SmallBank, report: NightReport
) -> None:
    with small_bank.engine.connect() as connection:
        waiting = list_cases(connection, statuses=("new", "in_review"))
    assert waiting
    assert {card.case_id for card in report.cases} == {case.case_id for case in waiting}
    for card in report.cases:
        assert card.reasons[0].en
        assert card.reasons[0].zh


def test_a_card_shows_the_figures_that_the_casebook_holds(small_bank: SmallBank, report: NightReport) -> None:
    with small_bank.engine.connect() as connection:
        scores = {row.employee_id: row for row in read_scores(connection, small_bank.last.run_id)}
        cases = {case.case_id: case for case in list_cases(connection)}
    assert report.cases
    for card in report.cases:
        assert card.unexplained == scores[card.employee_id].unexplained
        assert card.score == scores[card.employee_id].score
        assert card.opened_on == cases[card.case_id].opened_on
        assert card.severity == cases[card.case_id].severity


def test_cases_opened_over_the_nights_add_up(small_bank: SmallBank) -> None:
    opened = 0
    for run in small_bank.runs:
        night = reporting.night_report(small_bank.home, small_bank.settings, small_bank.engine, run)
        assert night.verdict.new == run.new_cases
        opened += night.verdict.new
    with small_bank.engine.connect() as connection:
        assert opened == len(list_cases(connection))


def test_an_earlier_night_shows_nothing_of_what_later_nights_found(small_bank: SmallBank) -> None:
    first = small_bank.runs[0]
    night = reporting.night_report(small_bank.home, small_bank.settings, small_bank.engine, first)
    assert all(card.opened_on is not None and card.opened_on <= first.night for card in night.cases)
    assert max(day.day for day in night.population.days) == first.night


def test_the_night_is_counted_as_the_feeds_have_it(small_bank: SmallBank, report: NightReport) -> None:
    in_time = late = 0
    for path in small_bank.feeds.glob("access_log*.csv"):
        for row in csv.DictReader(path.open(encoding="utf-8-sig")):
            if row["occurred_at"].startswith(LAST.isoformat()):
                known = not row["recorded_at"] or datetime.fromisoformat(row["recorded_at"]) <= report.cutoff
                in_time, late = in_time + known, late + (not known)
    by_feed = {row.feed: row for row in report.coverage}
    assert late
    assert by_feed["access_log"].received == in_time
    assert by_feed["employees"].received > 0
    assert {row.feed for row in report.coverage} >= {
        "access_log",
        "business_records",
        "record_parties",
        "absences",
    }


def test_the_manifest_names_every_file_with_its_hash_and_no_folder(
    small_bank: SmallBank, report: NightReport
) -> None:
    import hashlib

    known = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in small_bank.feeds.glob("*.csv")
    }
    assert {item.name: item.sha256 for item in report.manifest.inputs} == known
    assert report.manifest.previous_run_hash


def test_the_page_and_its_twin_are_there_for_the_owner_alone(small_bank: SmallBank) -> None:
    path = night_path(small_bank.home, LAST)
    assert path == small_bank.home.reports / "nights" / "2025" / "10" / f"{LAST}.html"
    for file in (
        path,
        path.with_suffix(".json"),
        path.with_name("month.html"),
        small_bank.home.reports / "index.html",
    ):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_drawing_a_night_again_gives_the_same_bytes(small_bank: SmallBank) -> None:
    home = small_bank.home
    files = sorted(path for path in home.reports.rglob("*") if path.is_file())
    before = {path: path.read_bytes() for path in files}
    for run in small_bank.runs:
        reporting.write_night_report(home, small_bank.settings, small_bank.engine, run)
        reporting.write_dossiers(home, small_bank.settings, small_bank.engine, run)
    assert {path: path.read_bytes() for path in sorted(home.reports.rglob("*")) if path.is_file()} == before


def test_every_link_among_the_pages_leads_somewhere(small_bank: SmallBank) -> None:
    import re

    pages = sorted(small_bank.home.reports.rglob("*.html"))
    assert len(pages) >= 4
    for page in pages:
        addresses = re.findall(r'href="([^"#]+)"', page.read_text(encoding="utf-8"))
        for address in [address for address in addresses if address != "data:,"]:
            assert (page.parent / address).resolve().is_file(), f"{page.name} links to {address}"


def test_no_customers_number_stands_in_any_file_of_the_home(small_bank: SmallBank) -> None:
    raw = small_bank.raw_subjects
    assert len(raw) > 100
    for path in sorted(small_bank.home.root.rglob("*")):
        if path.is_file():
            assert not numbers_in(content_of(path), raw), path.name


def test_the_twin_holds_the_same_numbers_as_the_document(small_bank: SmallBank, report: NightReport) -> None:
    twin = json.loads(night_path(small_bank.home, LAST).with_suffix(".json").read_text(encoding="utf-8"))
    assert twin["schema_version"] == 1
    assert date.fromisoformat(twin["night"]) == LAST
    assert twin == json.loads(report.model_dump_json())


def test_each_open_case_has_a_dossier_with_its_rows_beside_it(small_bank: SmallBank) -> None:
    with small_bank.engine.connect() as connection:
        cases = list_cases(connection, statuses=("new", "in_review"))
    for case in cases:
        page = small_bank.home.reports / "cases" / f"{case.case_id}.html"
        twin = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
        rows = Path(page.with_suffix(".csv")).read_text(encoding="utf-8-sig").strip().splitlines()
        assert twin["profile"]["employee_id"] == case.employee_id
        assert len(rows) - 1 == twin["lookups_total"]
