"""Each threat of docs/threats.md in a hand-made case: where it shows, and a look-alike where it does not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pipeline.contract import FEEDS
from pipeline.features.catalogue import FEATURE_OF, MEASURES
from pipeline.features.relative import Relative, relate
from pipeline.features.spec import WINDOWS, Model
from pipeline.features.windows import BANDS, NightFacts, _derive

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "threats.md").read_text(encoding="utf-8")
COLLEAGUES = 40
SHOWS, QUIET = 6.0, 3.0
"""Nats: one in four hundred, and one in twenty."""


@dataclass(frozen=True)
class Case:
    """One person in a role of forty.

    Attributes:
        threat: Row of the page.
        feature: What shows it.
        days: Over which window.
        usual: What colleagues have, (numerator, denominator) in the window.
        shows: What the leaker has.
        innocent: What the look-alike has, beside the same colleagues.
        always: The look-alike's past is like their present.
        role_wide: The look-alike's whole role has it too.
    """

    threat: str
    feature: str
    days: int
    usual: tuple[int, int]
    shows: tuple[int, int]
    innocent: tuple[int, int]
    always: bool = False
    role_wide: bool = False


CASES = [
    Case("T01", "unlinked", 20, (2, 80), (60, 140), (4, 90)),
    Case("T01", "unlinked", 20, (2, 80), (60, 140), (14, 80), role_wide=True),
    Case("T01", "unlinked", 60, (6, 240), (60, 240), (60, 240), role_wide=True),
    Case("T01", "bare_today", 1, (6, 20), (60, 70), (9, 25)),
    Case("T01", "volume", 5, (50, 5), (400, 5), (400, 5), role_wide=True),
    Case("T02", "unlinked", 20, (2, 60), (20, 70), (3, 60)),
    Case("T01", "longest_run", 1, (6, 1), (120, 1), (60, 1), role_wide=True),
    Case("T01", "not_found", 20, (2, 80), (30, 80), (3, 80)),
    Case("T02", "consent_reused", 20, (1, 80), (30, 80), (2, 80)),
    Case("T02", "far_region", 20, (2, 60), (30, 60), (30, 60), always=True),
    Case("T03", "unlinked", 20, (1, 100), (25, 100), (1, 300)),
    Case("T04", "watched_unlinked", 20, (0, 80), (8, 80), (0, 80)),
    Case("T04", "watched", 20, (1, 80), (25, 80), (25, 80), always=True),
    Case("T04", "gathered", 5, (0, 5), (3, 5), (0, 5)),
    Case("T05", "unlinked", 250, (15, 800), (200, 900), (20, 1000)),
    Case("T06", "by_others", 20, (1, 80), (40, 80), (40, 80), always=True),
    Case("T06", "for_others", 20, (1, 80), (60, 80), (60, 80), always=True),
    Case("T07", "others_fresh", 20, (2, 100), (50, 100), (50, 100), always=True),
    Case("T08", "wealthy", 20, (5, 80), (60, 80), (60, 80), always=True),
    Case("T09", "later_victims", 60, (0, 250), (12, 250), (1, 800)),
    Case("T09", "copies", 5, (2, 60), (50, 60), (50, 60), role_wide=True),
    Case("T10", "copies", 5, (2, 60), (50, 60), (50, 60), role_wide=True),
    Case("T11", "for_others", 20, (1, 80), (60, 80), (60, 80), always=True),
    Case("T11", "by_others", 20, (1, 80), (60, 80), (60, 80), always=True),
    Case("T11", "unlinked", 20, (2, 80), (40, 80), (4, 90)),
    Case("T12", "crowded_terminal", 5, (0, 40), (35, 40), (35, 40), role_wide=True),
    Case("T12", "login_fails", 1, (0, 1), (30, 1), (8, 1), role_wide=True),
    Case("T12", "new_terminal", 5, (0, 40), (35, 40), (1, 40)),
    Case("T13", "terminal_clash", 5, (0, 40), (15, 40), (15, 40), always=True),
    Case("T13", "new_terminal", 5, (0, 40), (30, 40), (1, 40)),
    Case("T13", "woken_account", 5, (0, 40), (30, 40), (1, 40)),
    Case("T13", "others_account", 5, (0, 40), (15, 40), (15, 40), always=True),
    Case("T13", "absent", 5, (0, 40), (10, 40), (0, 40)),
    Case("T14", "machine_rhythm", 5, (2, 60), (50, 60), (30, 60), always=True),
    Case("T14", "steady_gaps", 5, (3, 60), (55, 60), (30, 60), always=True),
    Case("T14", "longest_run", 1, (6, 1), (300, 1), (60, 1), role_wide=True),
    Case("T15", "far_region", 20, (2, 60), (40, 60), (40, 60), role_wide=True),
    Case("T15", "not_found", 20, (2, 80), (30, 80), (3, 80)),
    Case("T16", "co_queried", 20, (1, 80), (30, 80), (2, 80)),
    Case("T16", "at_limit", 20, (0, 20), (18, 20), (18, 20), always=True),
    Case("T16", "bureau_listed", 60, (0, 250), (12, 250), (12, 250), role_wide=True),
    Case("T17", "age_unusual", 20, (1, 80), (20, 80), (20, 80), role_wide=True),
    Case("T18", "hollow", 20, (1, 80), (30, 80), (1, 80)),
    Case("T18", "long_open", 20, (1, 80), (40, 80), (4, 80)),
    Case("T18", "long_open", 20, (1, 80), (40, 80), (40, 80), always=True),
    Case("T19", "repeats", 20, (4, 80), (50, 80), (6, 80)),
    Case("T19", "co_queried", 20, (1, 80), (30, 80), (2, 80)),
    Case("T20", "later_victims", 60, (0, 250), (15, 250), (2, 1500)),
    Case("T21", "unlinked", 60, (5, 200), (90, 250), (6, 200)),
    Case("T24", "after_left", 5, (0, 40), (20, 40), (0, 40)),
    Case("T26", "family_unlinked", 20, (0, 80), (10, 80), (1, 80)),
    Case("T26", "unlinked", 60, (7, 240), (60, 240), (8, 240)),
]


def _facts(case: Case, own: tuple[int, int], *, always: bool, role_wide: bool) -> NightFacts:
    """Give forty colleagues the usual, now and before, and the fortieth person their own."""
    feature = FEATURE_OF[case.feature]
    bands = {name: np.zeros((COLLEAGUES, BANDS)) for name in MEASURES}
    now, past = WINDOWS.index(case.days), BANDS - 1
    longer = 1 if feature.model is Model.PEAK else 8  # the past is longer than the window
    wobble = np.array([(-1) ** n * (n % 3 == 0) for n in range(COLLEAGUES)])

    def put(measure: str, usual: int, mine: int, spread: bool) -> None:
        name = (
            f"{measure}_application" if f"{measure}_application" in bands and measure != "thin" else measure
        )
        cells = bands[name] if name in bands else bands[f"{measure}_application"]
        cells[:, now] = np.maximum(usual + (wobble if spread else 0), 0)
        cells[:, past] = longer * usual
        if role_wide:
            cells[:, now] = mine
        cells[-1, now] = mine
        cells[-1, past] = longer * (mine if always else usual)
        if measure in bands and name != measure:
            bands[measure][:] = cells

    put(feature.denominator, case.usual[1], own[1], spread=False)
    put(feature.numerator, case.usual[0], own[0], spread=True)
    bands["lookups"][:, now] = np.maximum(bands["lookups"][:, now], 1)
    bands["active"][:, now] = np.maximum(bands["active"][:, now], 1)
    _derive(bands)
    people = np.array([f"e{n:02d}" for n in range(COLLEAGUES)], dtype=object)
    roles = np.array(["manager"] * COLLEAGUES, dtype=object)
    branches = np.array([f"B{n % 20}" for n in range(COLLEAGUES)], dtype=object)
    return NightFacts(date(2026, 3, 10), people, roles, branches, bands)


def _nats(case: Case, own: tuple[int, int], *, always: bool = False, role_wide: bool = False) -> float:
    facts = _facts(case, own, always=always, role_wide=role_wide)
    found: list[Relative] = relate(facts, (FEATURE_OF[case.feature],))
    (one,) = [relative for relative in found if relative.days == case.days]
    return float(np.nan_to_num(one.nats[-1]))


IDS = [f"{case.threat}-{case.feature}-{case.days}" for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_threat_shows(case: Case) -> None:
    assert _nats(case, case.shows) >= SHOWS


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_its_innocent_look_alike_stays_quiet(case: Case) -> None:
    assert _nats(case, case.innocent, always=case.always, role_wide=case.role_wide) <= QUIET


def rows() -> dict[str, list[str]]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.splitlines()
        if re.match(r"\| T\d\d ", line)
    ]
    return {row[0][:3]: row for row in cells}


def test_every_threat_has_a_row_and_names_what_exists() -> None:
    assert list(rows()) == [f"T{n:02d}" for n in range(1, 27)]
    for threat, (_, needs, shown, look_alike, unseen) in rows().items():
        named = set(re.findall(r"`([a-z_0-9]+)`", shown))
        assert named <= set(FEATURE_OF), threat
        feeds = set(re.findall(r"`([a-z_]+)`", needs))
        columns = {column for feed in FEEDS.values() for column in feed.by_name}
        assert feeds <= set(FEEDS) | columns | {"service_ticket"}, threat
        assert look_alike
        assert unseen


def test_every_feature_that_a_row_names_has_a_case_or_a_test_of_its_own() -> None:
    tests = Path(__file__).parent
    for threat, row in rows().items():
        named = set(re.findall(r"`([a-z_0-9]+)`", row[2]))
        tried = {case.feature for case in CASES if case.threat == threat}
        for feature in named - tried:
            own = [path.name for path in tests.rglob("test_*.py") if feature in path.read_text("utf-8")]
            assert set(own) - {Path(__file__).name, "test_missing_feeds.py"}, (
                f"{threat}: nothing tries {feature}"
            )


def test_every_threat_is_shown_by_a_case_or_says_why_it_cannot_be() -> None:
    tried = {case.threat for case in CASES}
    for threat, row in rows().items():
        if threat in tried:
            shown = set(re.findall(r"`([a-z_0-9]+)`", row[2]))
            assert {case.feature for case in CASES if case.threat == threat} <= shown, threat
        else:
            assert "no feature" in row[2], threat
            assert "visible" in row[4], threat
