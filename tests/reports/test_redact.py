from __future__ import annotations

import pytest

from reports import document as d
from reports.redact import RedactionError, _is_resident
from reports.render import render_dossier, render_night, to_json
from tests.reports import factories

# Region 99 does not exist; the check digit is right.
RESIDENT = "99010119900307753"
CHECK = "10X98765432"[
    sum(
        int(n) * w
        for n, w in zip(RESIDENT, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    % 11
]
VALID = RESIDENT + CHECK


def with_note(note: str) -> d.NightReport:
    suppression = factories.night_report().suppressions[0].model_copy(update={"why": note})
    return factories.night_report(suppressions=(suppression,))


def with_event(event_id: str) -> d.Dossier:
    row = factories.lookups(1)[0].model_copy(update={"event_id": event_id})
    return factories.dossier(lookups=(row,), reasons=())


@pytest.mark.parametrize(
    "note",
    [
        f"asked about {VALID}",
        "asked about 99010119900307753X, twice",
        "990101900307753",
        "990101 19900307 7531",
        "990101-19900307-753X",
        "".join(chr(ord(digit) + 0xFEE0) for digit in VALID),
        "account 6222020000000000",
        "call 13900000000",
        "call +86 139-0000-0000",
        f"客户{VALID}来访",
    ],
)
def test_a_text_that_looks_like_a_customers_number_is_not_rendered(note: str) -> None:
    with pytest.raises(RedactionError) as caught:
        render_night(with_note(note))
    assert caught.value.where == "NightReport.suppressions[0].why"
    assert not any(part in str(caught.value) for part in (VALID[:12], "13900000000", "6222020000000000"))


def test_the_json_twin_stands_behind_the_same_wall() -> None:
    with pytest.raises(RedactionError):
        to_json(with_note(VALID))


@pytest.mark.parametrize("event_id", [VALID, f"E-{VALID}-1", "110101900307753"])
def test_a_key_that_is_a_valid_resident_number_is_not_rendered(event_id: str) -> None:
    with pytest.raises(RedactionError, match="lookups"):
        render_dossier(with_event(event_id))


@pytest.mark.parametrize(
    "event_id",
    [
        "202606180000012345",
        "2026061821045900123",
        "000000000000017",
        "20260618210459001",
        f"{VALID}9",
        "a" * 64,
        "7" * 64,
    ],
)
def test_a_banks_own_serial_numbers_and_hashes_are_no_customers_numbers(event_id: str) -> None:
    assert event_id in render_dossier(with_event(event_id))


@pytest.mark.parametrize(
    "note",
    [
        "ticket CH-2231",
        "41,870 rows",
        "2026-06-18 21:04:59",
        "sha256 " + "9" * 64,
        "S-0042",
        "EV139000000001",
    ],
)
def test_ordinary_notes_pass(note: str) -> None:
    assert note in render_night(with_note(note))


def test_a_number_inside_either_language_of_a_text_is_found() -> None:
    spot = d.BlindSpot(code="T1", text=d.Text(en="fine", zh=f"客户 {VALID}"))
    with pytest.raises(RedactionError, match=r"blind_spots\[0\]\.text\.zh"):
        render_night(factories.night_report(blind_spots=(spot,)))


@pytest.mark.parametrize("serial", ["202606180112345", "440301260112345"])
def test_a_serial_number_of_a_day_or_of_a_branch_and_a_day_is_no_old_resident_number(serial: str) -> None:
    assert not _is_resident(serial)


def test_a_resident_number_in_its_old_form_is_one() -> None:
    assert _is_resident("440301850112345")
