"""Homes that older versions have made work on with this one: nothing is lost, and the next night runs.

Each archive in `homes/` is a home of a tiny invented bank as that version left it, named after the version and
its casebook's schema; its token key is no secret. A release adds one and never changes an older one.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from pipeline.casebook.engine import open_casebook
from pipeline.casebook.upgrade import HEAD, stored_revision
from pipeline.home import Home
from pipeline.settings import Settings, load_settings
from tests.soak.tiny_bank import FIRST, drop_day

HOMES = sorted((Path(__file__).parent / "homes").glob("*.tar.xz"))
MOST_BYTES = 300_000


@pytest.fixture(params=HOMES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def old(request: pytest.FixtureRequest, home: Home) -> Home:
    """An old home, unpacked at this test's place."""
    # Pythons before 3.11.4 know no filters.
    safely = {"filter": "tar"} if hasattr(tarfile, "tar_filter") else {}
    with tarfile.open(request.param) as archive:
        archive.extractall(home.root.parent, **safely)
    return home


def test_each_archive_is_small_and_there_is_one_of_the_first_schema():
    assert [path.name for path in HOMES if "schema-0001" in path.name]
    assert all(path.stat().st_size <= MOST_BYTES for path in HOMES)


def test_the_first_command_brings_the_casebook_up_to_date_and_keeps_what_was_decided(old, tellerwatch):
    listed = tellerwatch("cases", "list", "--json")
    assert listed.code == 0, listed.err
    (case,) = listed.json["cases"]
    assert (case["case_id"], case["employee_id"], case["status"]) == ("C-2026-0001", "E05", "new")
    engine = open_casebook(old, Settings())
    assert stored_revision(engine) == HEAD
    engine.dispose()
    assert load_settings(old.config).bank.name == "Bank of Example"
    verified = tellerwatch("ledger", "verify")
    assert verified.code == 0
    assert "from a version that kept no digests" in " ".join(verified.out.split())
    told = tellerwatch("doctor", "--json")
    failed = [one for one in told.json["checks"] if one["state"] == "FAIL"]
    assert [one for one in failed if one["name"] not in ("disk",)] == []


def test_its_files_are_known_and_its_next_night_runs_and_is_drawn(old, tellerwatch, tmp_path):
    feeds = tmp_path / "feeds"
    feeds.mkdir()
    day = FIRST.replace(day=FIRST.day + 5)
    drop_day(feeds, day)
    assert tellerwatch("ingest", feeds).code in (0, 3)
    answer = tellerwatch("run", "--night", day, "--json")
    assert answer.code in (0, 3), answer.err
    (night,) = answer.json["nights"]
    assert night["scored"] == 12  # six who are new to this home among them
    assert Path(night["report"]).is_file()
    shown = tellerwatch("investigate", "E05", "--case", "C-2026-0001", "--json")
    assert shown.code == 0, shown.err
    assert sum(shown.json["evidence"].values()) > 0
