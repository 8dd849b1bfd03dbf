from __future__ import annotations

import pytest

from reports import document as d
from reports.render import MAX_LOOKUPS, render_dossier, render_index, render_month
from tests.reports import factories
from tests.reports.pages import Element, read


def words(dossier: d.Dossier) -> str:
    return " ".join(read(render_dossier(dossier)).text.split())


def table(page: Element, name: str) -> Element:
    return next(item for item in page.all("table") if item.attributes.get("id") == name)


def test_the_status_is_for_review_and_nothing_has_been_established() -> None:
    assert "For review. Nothing has been established." in words(factories.dossier())


def test_the_points_of_the_reasons_and_the_rest_add_up_to_the_score_shown() -> None:
    page = read(render_dossier(factories.dossier()))
    rows = list(next(table(page, "reasons-table").all("tbody")).all("tr"))
    points = [float(list(row.all("td"))[-1].text) for row in rows]
    assert sum(points[:-1]) == pytest.approx(points[-1])


def test_each_reason_has_the_value_beside_the_own_and_the_peers_normal() -> None:
    page = read(render_dossier(factories.dossier()))
    first = next(next(table(page, "reasons-table").all("tbody")).all("tr"))
    assert [cell.text for cell in first.all("td")][:3] == ["22.2%", "2.1%", "1.4%"]


def test_a_reason_links_to_the_look_ups_behind_it() -> None:
    page = read(render_dossier(factories.dossier()))
    links = [a.attributes["href"] for item in page.all("ol") for a in item.all("a")]
    assert "#ev-EV-000000" in links


def test_what_speaks_for_the_person_stands_before_the_evidence_rows() -> None:
    html = render_dossier(factories.dossier())
    assert html.index('id="for"') < html.index('id="lookups"')
    assert "Does not explain it" in html
    assert "Could not be checked" in html


def test_look_ups_beyond_the_page_are_counted_and_pointed_to_in_the_csv() -> None:
    dossier = factories.dossier(evidence_rows=5_000)
    page = read(render_dossier(dossier))
    assert len(list(next(table(page, "lookups-table").all("tbody")).all("tr"))) == MAX_LOOKUPS
    text = " ".join(page.text.split())
    assert f"{MAX_LOOKUPS} of 5,000 look-ups stand here; {5_000 - MAX_LOOKUPS:,} more are in the CSV" in text


def test_a_person_without_a_case_a_score_or_a_look_up_still_has_a_page() -> None:
    bare = d.Dossier(
        institution="B",
        classification="C2",
        profile=d.Profile(employee_id="E-1", role="Teller"),
        case_number="INQ-1",
        as_of=factories.NIGHT,
        window=factories.text("60 working days", "60 个工作日"),
        status=factories.text("no case", "未立案"),
        unexplained=0,
        evidence=d.EvidenceCounts(),
        manifest=factories.manifest(),
    )
    shown = words(bare)
    assert "no case" in shown
    assert "There is no look-up in the window." in shown
    assert "Not calibrated yet" in shown


def test_the_month_names_its_gaps_and_gives_every_share_its_denominator() -> None:
    page = read(render_month(factories.month_report()))
    assert "30 nights, 3 of them incomplete, failed or not run" in " ".join(page.text.split())
    row = next(next(table(page, "approvers-table").all("tbody")).all("tr"))
    assert [cell.text for cell in row.all("th", "td")] == ["E-0440", "410", "52", "12.7%", "2"]


def test_the_index_of_an_empty_home_says_that_no_night_has_been_run() -> None:
    html = render_index(factories.index_report(latest=(), months=()))
    assert "No night has been run yet." in html


def test_the_index_leads_to_every_month() -> None:
    report = factories.index_report()
    links = {a.attributes["href"] for a in read(render_index(report)).all("a")}
    assert {month.address for month in report.months} <= links


def test_stated_reasons_are_named_in_the_readers_language_and_unknown_ones_as_they_stand() -> None:
    reasons = ("post_loan", "self_request", "the bank's own word", "")
    some = zip(factories.dossier().lookups, reasons, strict=False)
    rows = tuple(row.model_copy(update={"reason": reason}) for row, reason in some)
    page = read(render_dossier(factories.dossier(lookups=rows, lookups_total=len(rows))))
    cells = [list(row.all("td"))[1].text for row in next(table(page, "lookups-table").all("tbody")).all("tr")]
    assert [" ".join(cell.split()) for cell in cells] == [
        "贷后管理review of a running loan",
        "本人查询at the customer's own request",
        "the bank's own word",
        "–",
    ]
