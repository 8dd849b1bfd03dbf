"""Things on the night's page: a machine off its register and the bureau's lists, from stored rows; people beside them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline import reporting
from pipeline.entities.bureau import listed
from pipeline.entities.machines import machine_drifts
from pipeline.entities.shares import standings
from pipeline.entities.tallies import WORKDAYS, tallies
from pipeline.investigation.stored import Stored, open_stored
from pipeline.reporting.things import things
from reports.document import NightReport, Text, Thing
from reports.render import render_night, to_json
from tests.homes import SmallBank


@pytest.fixture
def stored(small_bank: SmallBank) -> Any:
    bank = small_bank
    with open_stored(bank.home, bank.settings, bank.engine, bank.last) as opened:
        yield opened


def test_tallies_of_branches_count_each_judged_customer_once_a_day(stored: Stored) -> None:
    since = stored.window_start(WORKDAYS)
    (expected,) = stored.rows(
        """
        SELECT count(*) FROM (
            SELECT DISTINCT entity, own_branch, day, subject_token FROM read_parquet(?, hive_partitioning = false)
            WHERE is_lookup AND own_branch <> '' AND state IN ('linked', 'thin', 'unlinked')
                AND night <= ? AND from_night <= ? AND until_night > ?
        )
        """,
        [stored.evidence_paths(since), stored.night, stored.night, stored.night],
    )
    found = tallies(stored)
    assert sum(one.lookups for one in found if one.kind == "branch") == expected[0] > 0
    assert {one.kind for one in found} >= {"branch", "terminal"}


def test_the_small_banks_things_are_told_once_each_and_worst_first(stored: Stored) -> None:
    found = standings(tallies(stored))
    assert len({(one.kind, one.key) for one in found}) == len(found)
    assert [one.nats for one in found] == sorted((one.nats for one in found), reverse=True)


def test_machines_that_work_as_registered_are_not_told_of(stored: Stored) -> None:
    assert all(code in ("hour", "volume") for one in machine_drifts(stored) for code, _ in one.outside)


def test_without_the_bureaus_feed_nothing_is_listed(stored: Stored) -> None:
    assert listed(stored, "branch_id") == []


class Listing(Stored):
    """A night with one list of the bureau in place of the feed."""

    path = ""

    def feed_paths(self, feed: str, first: date | None = None, last: date | None = None) -> list[str]:
        return [self.path] if feed == "bureau_findings" else super().feed_paths(feed, first, last)


def test_the_bureaus_list_names_the_branch_with_counts_and_kinds(
    small_bank: SmallBank, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    night = stored.night
    rows = [
        ("F1", "cross_region", "B1", night - timedelta(days=5), night),
        ("F2", "no_consent", "B1", night - timedelta(days=6), night),
        ("F3", "volume", "B1", night - timedelta(days=6), night + timedelta(days=3)),
    ]
    names = ("finding_id", "kind", "branch_id", "day", "received_on")
    columns: dict[str, Any] = {
        name: [row[at] for row in rows] for at, name in enumerate(names) if name != "day"
    }
    columns["occurred_at_local"] = pa.array([row[3] for row in rows], pa.date32()).cast(pa.timestamp("us"))
    columns["recorded_at_local"] = pa.array([None] * len(rows), pa.timestamp("us"))
    columns["employee_id"] = pa.array([None] * len(rows), pa.string())
    listed_at = small_bank.home.lake / "listed.parquet"  # the engine reads nothing outside of the home
    pq.write_table(pa.table(columns), listed_at)
    night_of = Listing(
        small_bank.home, small_bank.settings, small_bank.engine, small_bank.last, stored.connection
    )
    monkeypatch.setattr(night_of, "path", str(listed_at))
    try:
        (one,) = [thing for thing in things(night_of) if thing.kind == "bureau"]
    finally:
        listed_at.unlink()
    assert (one.key, one.unexplained) == ("B1", 2), "what came after the night is not known on it"
    assert "across regions, without consent" in one.text.en


def test_the_page_and_its_twin_show_things_and_name_the_people_beside_their_cases(
    small_bank: SmallBank,
) -> None:
    report: NightReport = reporting.night_report(
        small_bank.home, small_bank.settings, small_bank.engine, small_bank.last
    )
    who = report.cases[0].employee_id
    thing = Thing(
        kind="terminal",
        key="T077-01",
        lookups=90,
        unexplained=33,
        expected=2.5,
        people=(who, "somebody"),
        text=Text(en="Much stays unexplained here.", zh="此处大量查询无记录。"),
    )
    page = render_night(report.model_copy(update={"things": (thing,)}))
    assert page.count("Much stays unexplained here.") == 2, "in the table, and on the card of its person"
    assert "T077-01" in page
    twin = json.loads(to_json(report.model_copy(update={"things": (thing,)})))
    assert twin["things"][0]["key"] == "T077-01"
    assert "No branch, terminal, requester or machine stands out." in render_night(
        report.model_copy(update={"things": ()})
    )
