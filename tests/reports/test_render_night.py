from __future__ import annotations

import pytest

from reports import document as d
from reports.render import render_night
from tests.reports import factories
from tests.reports.factories import text
from tests.reports.pages import read

FAILED = d.Verdict(
    new=0,
    continued=0,
    reopened=0,
    data_state="failed",
    scored=0,
    lookups=0,
    failed_step=text("Features: out of memory.", "特征计算：内存不足。"),
)


def words(report: d.NightReport) -> str:
    return " ".join(read(render_night(report)).text.split())


def test_the_verdict_is_a_sentence_with_the_counts_in_it() -> None:
    shown = words(factories.night_report())
    assert "1 new case, 2 continued, 1 re-opened; the data are incomplete" in shown
    assert "新增 1 件，延续 2 件，重新打开 1 件；数据不完整" in shown


def test_a_quiet_night_with_complete_data_says_that_no_case_is_open() -> None:
    verdict = d.Verdict(new=0, continued=0, reopened=0, data_state="complete", scored=10, lookups=40)
    shown = words(factories.night_report(verdict=verdict, cases=()))
    assert "0 new cases, 0 continued; the data are complete." in shown
    assert "No case is open for this night." in shown


def test_a_failed_night_never_reads_as_a_quiet_one() -> None:
    shown = words(factories.night_report(verdict=FAILED, cases=()))
    assert "This night could not be assessed." in shown
    assert "Features: out of memory." in shown
    assert "an empty list says nothing" in shown
    assert "0 new cases" not in shown
    assert "No case is open for this night." not in shown


def test_coverage_stands_before_the_cases() -> None:
    html = render_night(factories.night_report())
    assert html.index('id="coverage"') < html.index('id="cases"')


def test_each_feed_says_its_state_in_a_word_beside_the_sign() -> None:
    page = read(render_night(factories.night_report()))
    table = next(item for item in page.all("table") if item.attributes.get("id") == "coverage-table")
    for word in ("Complete", "Partial", "Missing", "Late"):
        assert word in table.text


def test_rarity_is_said_in_words_and_the_count_stands_on_the_ladder() -> None:
    shown = words(factories.night_report())
    assert "About 1 in 2,100 ordinary employee-nights looks like this or more so." in shown
    assert "51 unexplained look-ups: past 50, 250 not reached." in shown


def test_without_calibration_the_queue_is_called_a_review_queue_and_no_rarity_is_claimed() -> None:
    cases = tuple(case.model_copy(update={"p_value": None}) for case in factories.case_cards())
    report = factories.night_report(cases=cases, short_history=d.ShortHistory(nights=12, needed=60), watch=())
    shown = words(report)
    assert "Review queue, not alerts" in shown
    assert "12 of 60 nights are there" in shown
    assert "ordinary employee-nights looks like" not in shown


def test_continued_cases_without_change_are_folded_and_changed_ones_say_from_what_they_rose() -> None:
    page = read(render_night(factories.night_report()))
    still = next(item for item in page.all("details") if item.attributes.get("class") == "still")
    assert "2026-0119" in still.text
    assert "2026-0131" not in still.text
    assert "rose from 28 to 31" in page.text


def test_a_suppression_says_what_it_hid_and_that_nobody_approved_it() -> None:
    shown = words(factories.night_report())
    assert "E-7001, E-7002" in shown
    assert "nobody approved" in shown


def test_a_drill_below_its_floor_is_said_aloud() -> None:
    drill = d.Drill(planted=20, found=14, recall=0.7, floor=0.9, on=factories.NIGHT)
    assert "The drill is below its floor" in words(factories.night_report(drill=drill))
    assert "The drill is below its floor" not in words(factories.night_report())


def test_the_overview_alone_answers_what_an_officer_asks() -> None:
    headings = {item.text for item in read(render_night(factories.night_report())).all("h2", "h4")}
    for question in (
        "Were the data complete?",
        "Who must be looked at, worst first",
        "Why",
        "How sure",
        "What speaks for the person",
        "What to do next",
        "What this run cannot see",
    ):
        assert any(question in heading for heading in headings), question


def test_an_empty_night_still_renders() -> None:
    bare = d.NightReport(
        institution="B",
        classification="C2",
        night=factories.NIGHT,
        run_id="N-1",
        cutoff=factories.moment(factories.NIGHT),
        verdict=d.Verdict(new=0, continued=0, reopened=0, data_state="complete", scored=0, lookups=0),
        coverage=(),
        manifest=factories.manifest(),
    )
    assert "No deadline is running." in words(bare)


def test_a_link_out_of_the_reports_folder_is_refused() -> None:
    for address in ("https://example.org/x", "javascript:alert(1)", "//host/x", "/etc/passwd", "..\\x"):
        with pytest.raises(ValueError, match="relative address"):
            d.Links(index=address)
