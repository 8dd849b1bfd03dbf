"""What is wrong with the data is kept, said on the nights that it concerns, and gone once it is mended."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from pipeline.calendar import BusinessCalendar
from pipeline.intake.manifest import Promise, promised, read_manifest, take_manifests
from pipeline.lake.store import Lake
from pipeline.nightly.completeness import completeness
from pipeline.nightly.findings import late_rows
from pipeline.settings import Settings
from tests.intake.conftest import HEADER, NOW, Bank, as_csv

NIGHT = date(2026, 6, 18)
CALENDAR = BusinessCalendar("CN", date(2026, 1, 1), date(2026, 12, 31))
ROWS = [(str(at), f"{NIGHT} 10:{at:02d}", "E1", "900001199001010012", "02") for at in range(20)]


def said(
    bank: Bank, night: date = NIGHT, at: datetime = NOW, horizon: int | None = None
) -> dict[str, tuple[str, int, bool]]:
    known = Lake(bank.home, bank.engine).horizon() if horizon is None else horizon
    found = completeness(bank.engine, bank.settings, night, known, at, CALENDAR)
    return {finding.code: (finding.feed, finding.count, finding.incomplete) for finding in found}


def test_a_refused_file_is_said_until_it_comes_and_only_on_the_nights_it_concerns(bank: Bank) -> None:
    name = f"access_log-{NIGHT}.csv"
    bank.write(name, as_csv(ROWS, ("event", *HEADER[1:])))
    bank.take()
    assert said(bank) == {"refused_file": ("access_log", 1, True)}
    assert "refused_file" in said(bank, NIGHT + timedelta(days=6))
    assert said(bank, NIGHT + timedelta(days=7)) == said(bank, NIGHT - timedelta(days=1)) == {}
    bank.write(name, as_csv(ROWS))
    bank.take()
    assert said(bank) == {}
    assert said(bank, horizon=0) == {"refused_file": ("access_log", 1, True)}


def test_rejected_rows_are_said_until_they_come_in(bank: Bank) -> None:
    bad = [(*row[:3], "", row[4]) if at < 5 else row for at, row in enumerate(ROWS)]
    bank.write(f"access_log-{NIGHT}.csv", as_csv(bad))
    bank.take()
    assert said(bank) == {"rejects_over_limit": ("access_log", 5, True)}
    bank.write(f"access_log-{NIGHT}-again.csv", as_csv(ROWS[5:10]))
    bank.take()
    assert said(bank)["rejects_over_limit"] == ("access_log", 5, True)
    bank.write(f"access_log-{NIGHT}.csv", as_csv(ROWS))
    bank.take()
    assert "rejects_over_limit" not in said(bank)


def test_clipped_numbers_are_said_until_the_rows_are_corrected(bank: Bank) -> None:
    clipped = [(*row[:3], "900001199001010000", row[4]) for row in ROWS]
    bank.write(f"access_log-{NIGHT}.csv", as_csv(clipped))
    bank.take()
    assert said(bank) == {"clipped_ids": ("access_log", 20, True)}
    bank.write(f"access_log-{NIGHT}.csv", as_csv(ROWS))
    bank.take()
    assert said(bank) == {}


def test_what_is_only_worth_a_note_makes_no_night_incomplete(bank: Bank) -> None:
    bank.write("employees.csv", "employee_id,role,hired_on\nE1,teller,2026-06-20\n")
    bank.write(f"access_log-{NIGHT}.csv", as_csv(ROWS))
    bank.write(f"access_log-{NIGHT}-copy.csv", as_csv(reversed(ROWS)))
    bank.take()
    assert said(bank) == {
        "before_hire": ("access_log", 20, False),
        "duplicates_across_files": ("access_log", 20, False),
    }


def test_a_twelve_hour_clock_is_said_of_its_nights(bank: Bank) -> None:
    hours = (9, 10, 11, 12, 1, 2, 3, 4, 5)
    rows = [(str(at), f"{NIGHT} {hours[at % 9]:02d}:{at % 60:02d}", "E1", "X1", "02") for at in range(240)]
    bank.write(f"access_log-{NIGHT}.csv", as_csv(rows))
    bank.take()
    assert said(bank) == {"twelve_hour_clock": ("access_log", 240, True)}
    assert said(bank, NIGHT - timedelta(days=1)) == {}


def test_dates_without_times_are_said_of_their_nights_until_the_times_come(bank: Bank) -> None:
    bank.write(f"access_log-{NIGHT}.csv", as_csv([(row[0], str(NIGHT), *row[2:]) for row in ROWS]))
    bank.take()
    assert said(bank) == {"no_time_of_day": ("access_log", 20, True)}
    assert said(bank, NIGHT - timedelta(days=1)) == {}
    bank.write(f"access_log-{NIGHT}.csv", as_csv(ROWS))
    bank.take()
    assert said(bank) == {}


def test_a_file_that_a_manifest_names_is_missed_until_it_comes(bank: Bank) -> None:
    other = f"logins-{NIGHT}.csv"
    bank.write("manifest.csv", f"file,rows\n{other},2\naccess_log-{NIGHT}.csv,20\n")
    bank.write(f"access_log-{NIGHT}.csv", as_csv(ROWS))
    result = bank.take()
    assert [file.path.rsplit("/", 1)[1] for file in result.files] == [f"access_log-{NIGHT}.csv"]
    assert said(bank) == {"manifest_missing": ("logins", 2, True)}
    bank.write(other, f"occurred_at,employee_id,outcome\n{NIGHT} 8:00,E1,ok\n")
    result = bank.take()
    assert [finding.code for finding in result.findings if finding.level == "incomplete"] == ["manifest_rows"]
    assert said(bank) == {"manifest_rows": ("logins", 1, True)}


def test_a_file_whose_bytes_are_not_the_manifest_s_is_refused_whole(bank: Bank) -> None:
    name = f"access_log-{NIGHT}.csv"
    bank.write("north.manifest.toml", f'[[expect]]\nfile = "{name}"\nsha256 = "{"0" * 64}"\n')
    bank.write(name, as_csv(ROWS))
    result = bank.take()
    assert result.files[0].refused
    assert [finding.code for finding in result.findings] == ["manifest_mismatch"]
    assert said(bank) == {
        "manifest_missing": ("access_log", 1, True),
        "refused_file": ("access_log", 1, True),
    }


def test_a_feed_s_day_can_be_promised_without_a_file(bank: Bank) -> None:
    bank.write("manifest.csv", f"feed,day,rows\naccess_log,{NIGHT},25\n")
    bank.write("access_log.csv", as_csv(ROWS))
    bank.take()
    assert said(bank) == {"manifest_missing": ("access_log", 5, True)}
    more = [(f"b{at}", *ROWS[0][1:]) for at in range(5)]
    bank.write("access_log-2.csv", as_csv(more))
    bank.take()
    assert said(bank) == {}


@pytest.mark.parametrize(
    "text",
    ["feed,day\nweather,2026-06-18\n", "feed,day\nlogins,18.6.2026\n", "feed\nlogins\n", "who\nme\n"],
)
def test_an_entry_that_says_nothing_is_a_finding_and_stops_no_file(bank: Bank, text: str) -> None:
    bank.write("manifest.csv", text)
    bank.write("access_log.csv", as_csv(ROWS))
    result = bank.take()
    assert [file.accepted for file in result.files] == [len(ROWS)]
    assert [(one.code, one.level, one.count) for one in result.findings] == [
        ("bad_manifest", "incomplete", 1)
    ]


def test_a_manifest_that_cannot_be_read_is_a_finding_and_its_good_neighbour_counts(bank: Bank) -> None:
    bank.write("north.manifest.toml", "[[expect")
    bank.write("manifest.csv", "file,rows\naccess_log.csv,7\nweather.csv,1\n")
    bank.write("access_log.csv", as_csv(ROWS))
    codes = [finding.code for finding in bank.take().findings]
    assert sorted(codes) == ["bad_manifest", "bad_manifest", "manifest_rows"]


def test_a_manifest_may_write_rows_as_people_do_and_name_files_that_only_a_pattern_knows(bank: Bank) -> None:
    (bank.home.root / "mappings").mkdir()
    (bank.home.root / "mappings" / "mine.toml").write_text(
        'feed = "complaints"\n[columns]\ncomplaint_id = "a"\nsubject_id = "b"\nreceived_on = "c"\n'
    )
    path = bank.write("manifest.csv", 'file,rows\n投诉登记.csv,"1,000"\n')
    chosen = Settings.model_validate({"schedule": {"drop_mappings": {"投诉*": "mine"}}})
    assert take_manifests(bank.home, chosen, bank.engine, [path.parent], NOW) == []
    promise = promised(bank.engine, "complaints", "投诉登记.csv")
    assert promise is not None
    assert promise.rows == 1000


def test_a_manifest_names_feeds_days_rows_and_hashes(bank: Bank) -> None:
    path = bank.write("manifest.csv", f"feed,day,file,rows,sha256\nlogins,2026-06-18,x.csv,7,{'AB' * 32}\n")
    assert read_manifest(path) == ([Promise("logins", NIGHT, "x.csv", 7, "ab" * 32)], [])


def reopened(bank: Bank, since: int) -> dict[str, list[str]]:
    horizon = Lake(bank.home, bank.engine).horizon()
    found = late_rows(bank.engine, NIGHT + timedelta(days=1), since, horizon, bank.settings.bank.zone)
    return {one.feed: one.detail["days"] for one in found}


def test_whatever_a_late_file_changes_of_a_day_re_opens_that_day(bank: Bank) -> None:
    records = "record_id,kind,created_at\n"
    before = NIGHT - timedelta(days=1)
    day = NIGHT - timedelta(days=3)
    bank.take(bank.write(f"access_log-{NIGHT}.csv", as_csv(ROWS)))
    late = bank.write("business_records-late.csv", f"{records}R1,loan_application,{day} 9:00\n")
    bank.take(late)
    assert reopened(bank, 1) == {"business_records": [day.isoformat()]}
    # The same again re-opens nothing.
    bank.take(late, bank.write("business_records-again.csv", late.read_text() + "\n"))
    assert reopened(bank, 2) == {}
    # A correction that moves a row re-opens the day that it leaves as well.
    since = Lake(bank.home, bank.engine).horizon()
    bank.take(bank.write("business_records-new.csv", f"{records}R1,loan_application,{before} 9:00\n"))
    assert reopened(bank, since) == {"business_records": [day.isoformat(), before.isoformat()]}
