"""From the shipped mappings' sample exports to the night's page; what the data lack is said on it first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import ibis.expr.types as ir

from pipeline.bank import open_bank
from tests.conftest import Answer
from tests.intake.conftest import HEADER, Bank, as_csv

SAMPLES = Path(__file__).parent / "samples"
NIGHT = date(2026, 6, 18)


def _off_hours(acts: ir.Table) -> dict[str, tuple[int, int, int]]:
    """Return per employee look-ups off hours, look-ups whose time of day says something, and all of them."""
    told = acts.group_by("employee_id").agg(
        off=acts.off_hours.sum(), clocked=acts.has_clock.sum(), n=acts.count()
    )
    return {name: (off, clocked, n) for name, off, clocked, n in told.to_pandas().itertuples(index=False)}


def test_the_shipped_mappings_run_from_sample_to_report_and_a_refused_file_is_said_first(
    bank: Bank, tellerwatch: Callable[..., Answer]
) -> None:
    at = ("--home", bank.home.root)
    for mapping, names in {
        "credit_query_front_end": ["credit_query_front_end.csv"],
        "credit_platform": ["credit_platform.txt"],
        "bureau_anomalies": sorted(path.name for path in SAMPLES.glob("bureau_*.csv")),
    }.items():
        paths = [SAMPLES / name for name in names]
        assert tellerwatch("ingest", *paths, "--mapping", mapping, *at).code == 0
    refused = bank.write(f"logins-{NIGHT}.csv", "who,when\nE1,2026-06-18 8:00\n")
    assert tellerwatch("ingest", refused, *at).code == 3
    answer = tellerwatch("run", "--night", NIGHT, "--json", *at)
    assert answer.code == 3
    (night,) = answer.json["nights"]
    assert night["status"] == "incomplete"
    assert night["findings"][0]["code"] == "refused_file"
    page = Path(night["report"]).read_text(encoding="utf-8")
    assert "logins" in page
    assert page.index("refused_file") < page.index("short_history")

    refused.write_text(f"employee_id,occurred_at,outcome\nE1,{NIGHT} 8:00,ok\n", encoding="utf-8")
    assert tellerwatch("ingest", refused, *at).code == 0
    again = tellerwatch("run", "--night", NIGHT + timedelta(days=1), "--json", *at)
    (night,) = again.json["nights"]
    assert "refused_file" not in {finding["code"] for finding in night["findings"]}


def test_look_ups_of_a_twelve_hour_clock_are_never_off_hours_and_tickets_of_their_day_support_them(
    bank: Bank,
) -> None:
    hours = (9, 10, 11, 12, 1, 2, 3, 4, 5)
    twelve = [(f"a{at}", f"{NIGHT} {hours[at % 9]:02d}:{at % 60:02d}", "E1", "X1", "02") for at in range(240)]
    # By the clock on the wall it was ten to five in the afternoon.
    twelve.append(("c1", f"{NIGHT} 04:50", "E1", "X9", "counter_service"))
    bank.write("business_records-1.csv", f"record_id,kind,created_at\nT1,service_ticket,{NIGHT} 16:40\n")
    bank.write("record_parties-1.csv", "record_id,subject_id\nT1,X9\n")
    honest = [(f"b{at}", f"{NIGHT} {9 + at:02d}:00", "E2", "X1", "02") for at in range(15)]
    bank.write(f"access_log-{NIGHT}.csv", as_csv(twelve, HEADER))
    bank.write(f"access_log-north-{NIGHT}.csv", as_csv(honest, HEADER))
    bank.take()
    with open_bank(bank.home, bank.settings, bank.engine, NIGHT, NIGHT) as opened:
        states = opened.groundwork.states
        last = states.filter(states.event_id == "c1").order_by("from_night").to_pandas()
        rows = _off_hours(opened.groundwork.acts)
    assert last["state"].iloc[-1] == "linked"
    assert rows == {"E1": (0, 0, 241), "E2": (4, 15, 15)}


def test_look_ups_with_dates_alone_are_never_off_hours(bank: Bank) -> None:
    dated = [(f"a{at}", str(NIGHT), "E1", "X1", "02") for at in range(30)]
    honest = [(f"b{at}", f"{NIGHT} {9 + at:02d}:00", "E2", "X1", "02") for at in range(15)]
    bank.write(f"access_log-{NIGHT}.csv", as_csv(dated, HEADER))
    bank.write(f"access_log-north-{NIGHT}.csv", as_csv(honest, HEADER))
    bank.take()
    with open_bank(bank.home, bank.settings, bank.engine, NIGHT, NIGHT) as opened:
        rows = _off_hours(opened.groundwork.acts)
    assert rows == {"E1": (0, 0, 30), "E2": (4, 15, 15)}


def test_only_the_days_of_a_file_that_have_dates_alone_are_never_off_hours(bank: Bank) -> None:
    before, after = NIGHT - timedelta(days=1), NIGHT + timedelta(days=1)
    rows = [(f"a{at}", f"{before} 2{at % 4}:10", "E1", "X1", "02") for at in range(8)]
    rows += [(f"b{at}", str(NIGHT), "E1", "X1", "02") for at in range(24)]
    rows += [(f"c{at}", f"{after} 2{at % 4}:20", "E1", "X1", "02") for at in range(9)]
    bank.write("access_log.csv", as_csv(rows, HEADER))
    bank.take()
    told = {}
    for night in (before, NIGHT, after):
        with open_bank(bank.home, bank.settings, bank.engine, night, night) as opened:
            acts = opened.groundwork.acts
            told[night] = _off_hours(acts.filter(acts.day == night))["E1"]
    assert told == {before: (8, 8, 8), NIGHT: (0, 0, 24), after: (9, 9, 9)}


def test_a_night_of_dates_alone_says_so_first_in_both_languages(
    bank: Bank, tellerwatch: Callable[..., Answer]
) -> None:
    at = ("--home", bank.home.root)
    rows = [(f"a{number}", str(NIGHT), "E1", "X1", "02") for number in range(30)]
    path = bank.write(f"access_log-{NIGHT}.csv", as_csv(rows, HEADER))
    assert tellerwatch("ingest", path, *at).code == 3
    answer = tellerwatch("run", "--night", NIGHT, "--json", *at)
    assert answer.code == 3
    (night,) = answer.json["nights"]
    assert night["findings"][0]["code"] == "no_time_of_day"
    page = Path(night["report"]).read_text(encoding="utf-8")
    assert f"dates without times (<i>{NIGHT}</i>)" in page
    assert f"没有时刻（<i>{NIGHT}</i>）" in page
