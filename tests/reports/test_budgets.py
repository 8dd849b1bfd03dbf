from __future__ import annotations

import json
import time

from reports import document as d
from reports.render import render_dossier, render_night, to_json
from tests.reports import factories


def large_night() -> d.NightReport:
    """A bank of 10,000 staff: 400 branches, 60 open cases, a long watch list, 200 clocks."""
    cards = factories.case_cards()
    cases = tuple(
        cards[index % 4].model_copy(update={"case_id": f"2026-{index:04d}", "employee_id": f"E-{index:05d}"})
        for index in range(60)
    )
    base = factories.night_report()
    return factories.night_report(
        cases=cases,
        population=factories.population(branches=400),
        watch=base.watch * 150,
        clocks=base.clocks * 100,
        suppressions=base.suppressions * 20,
    )


def fastest(render: object, document: d.Part) -> float:
    """Best of three, so that a busy machine does not decide."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        render(document)  # type: ignore[operator]  # one of the renderers below
        times.append(time.perf_counter() - start)
    return min(times)


def test_the_overview_of_ten_thousand_staff_stays_under_a_megabyte() -> None:
    assert len(render_night(large_night()).encode()) < 1_000_000


def test_a_dossier_with_five_thousand_look_ups_stays_under_600_kilobytes() -> None:
    assert len(render_dossier(factories.dossier(evidence_rows=5_000)).encode()) < 600_000


def test_each_page_is_drawn_within_a_second_even_on_a_shared_machine() -> None:
    assert fastest(render_night, large_night()) < 1.0
    assert fastest(render_dossier, factories.dossier(evidence_rows=5_000)) < 1.0


def test_what_a_page_cuts_the_json_twin_has_whole() -> None:
    night = json.loads(to_json(large_night()))
    assert len(night["watch"]) == 300
    assert len(json.loads(to_json(factories.dossier(evidence_rows=5_000)))["lookups"]) == 5_000


def test_a_document_read_back_from_its_twin_gives_the_same_page() -> None:
    for kind, document, render in (
        (d.NightReport, factories.night_report(), render_night),
        (d.Dossier, factories.dossier(), render_dossier),
    ):
        again = kind.model_validate_json(to_json(document))
        assert again == document
        assert render(again) == render(document)  # type: ignore[operator]  # each kind with its own renderer
        assert again.schema_version == 1
