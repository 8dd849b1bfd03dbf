"""Days that have dates without times are told apart from days that have times, and from machines that run at midnight."""

from __future__ import annotations

import random
from datetime import date, timedelta

import duckdb
import pytest

from pipeline.calendar import BusinessCalendar
from pipeline.facts.manifest import silent_by_batch
from pipeline.intake.clocks import dates_alone
from pipeline.intake.midnights import listed
from pipeline.intake.result import Finding
from pipeline.lake.store import Lake
from pipeline.nightly.completeness import completeness
from tests.intake.conftest import HEADER, NOW, Bank, as_csv

MONDAY = date(2026, 6, 15)
SUNDAY = MONDAY + timedelta(days=6)
Rows = list[tuple[str, ...]]


def day_of(offset: int) -> date:
    return MONDAY + timedelta(days=offset)


def timed(day: date, rows: int, who: str = "E1") -> Rows:
    return [
        (f"{day}-{who}-{at}", f"{day} {9 + at % 8:02d}:{at % 60:02d}", who, "X1", "02") for at in range(rows)
    ]


def dated(day: date, rows: int, who: str = "E1") -> Rows:
    return [(f"{day}-{who}-m{at}", f"{day} 00:00:00", who, "X1", "02") for at in range(rows)]


def found(bank: Bank, rows: Rows, name: str = "access_log.csv") -> list[Finding]:
    findings = bank.take(bank.write(name, as_csv(rows))).findings
    return [one for one in findings if one.code == "no_time_of_day"]


def spread(offsets: range, kind: object, rows: int) -> Rows:
    assert callable(kind)
    return [row for offset in offsets for row in kind(day_of(offset), rows)]


@pytest.mark.parametrize("lost", [range(3, 5), range(2), range(1, 3)])
def test_the_days_of_a_file_that_have_dates_alone_are_named(bank: Bank, lost: range) -> None:
    rows = [row for at in range(5) for row in (dated if at in lost else timed)(day_of(at), 12)]
    (told,) = found(bank, rows)
    days = tuple(day_of(at) for at in lost)
    assert (told.level, told.count, told.days) == ("incomplete", 24, tuple(map(str, days)))
    assert f"All 24 rows of {days[0]} – {days[1]} are of midnight" in told.text
    assert dates_alone(bank.engine, "access_log", None) == [(1, days)]


def test_nights_say_it_of_these_days_until_their_times_come(bank: Bank) -> None:
    def said(night: date) -> set[str]:
        horizon = Lake(bank.home, bank.engine).horizon()
        calendar = BusinessCalendar("CN", date(2026, 1, 1), date(2026, 12, 31))
        return {
            one.code for one in completeness(bank.engine, bank.settings, night, horizon, NOW, calendar)
        } - {"duplicates_across_files"}

    found(bank, spread(range(3), timed, 12) + spread(range(3, 5), dated, 12))
    assert [said(day_of(at)) for at in (2, 3)] == [set(), {"no_time_of_day"}]
    found(bank, [(row[0].replace("-m", "-"), *row[1:]) for row in spread(range(3, 5), timed, 12)])
    assert said(day_of(3)) == set()


@pytest.mark.parametrize("form", ["shuffled", "parquet", "tsv"])
def test_the_order_and_the_form_of_a_file_make_no_difference(bank: Bank, form: str) -> None:
    rows = spread(range(3), timed, 12) + spread(range(3, 5), dated, 12)
    random.Random(7).shuffle(rows)
    path = bank.write("access_log.csv", as_csv(rows))
    if form == "parquet":
        target = bank.folder / "access_log.parquet"
        duckdb.execute(f"COPY (FROM read_csv('{path}', all_varchar=true)) TO '{target}'")
        path = target
    elif form == "tsv":
        path = bank.write("access_log.tsv", as_csv(rows, delimiter="\t"))
    told = [(one.code, one.count, one.days) for one in bank.take(path).findings]
    assert told == [("no_time_of_day", 24, ("2026-06-18", "2026-06-19"))]


def test_a_quiet_sunday_and_a_few_rows_of_midnight_are_nothing(bank: Bank) -> None:
    assert found(bank, spread(range(6), timed, 12) + dated(SUNDAY, 1)) == []
    assert found(bank, spread(range(10, 16), timed, 12) + dated(day_of(16), 19), "access_log-2.csv") == []


def test_a_day_with_one_time_is_a_day_of_times(bank: Bank) -> None:
    rows = spread(range(3), timed, 12) + dated(day_of(4), 40)
    assert found(bank, [*rows, ("one", f"{day_of(4)} 00:01", "E2", "X1", "02")]) == []


def test_whoever_writes_at_midnight_beside_the_times_of_others_is_a_machine(bank: Bank) -> None:
    rows = spread(range(6), timed, 12)
    rows += [row for at in range(7) for who in ("SVC1", "SVC2") for row in dated(day_of(at), 30, who)]
    assert found(bank, rows) == []
    few = [*timed(day_of(10), 12), *dated(day_of(10), 30, "SVC1"), *dated(day_of(11), 30, "SVC1")]
    assert found(bank, [*few, *dated(day_of(11), 19)], "access_log-3.csv") == []
    # Beside people who have lost their times it does not hide that they have.
    more = [*timed(day_of(8), 12), *dated(day_of(8), 30, "SVC1"), *dated(day_of(9), 30, "SVC1")]
    (told,) = found(bank, [*more, *dated(day_of(9), 20)], "access_log-2.csv")
    assert (told.count, told.days) == (50, (day_of(9).isoformat(),))


def test_one_alone_who_is_never_seen_with_a_time_may_be_a_machine_and_two_are_people(bank: Bank) -> None:
    rows = spread(range(6), timed, 12)
    assert found(bank, rows + dated(SUNDAY, 40, "SVC1")) == []
    (told,) = found(bank, rows + dated(SUNDAY, 12, "E8") + dated(SUNDAY, 12, "E9"), "access_log-2.csv")
    assert (told.count, told.days) == (24, (SUNDAY.isoformat(),))


@pytest.mark.parametrize("whole", [False, True])
def test_machines_of_the_register_and_of_the_batch_channel_run_at_midnight_by_right(
    bank: Bank, whole: bool
) -> None:
    bank.write("service_accounts.csv", "account_id,purpose\nSVC1,statements\nSVC2,limits\n")
    bank.take()
    rows = [] if whole else spread(range(6), timed, 12)
    assert found(bank, [*rows, *dated(SUNDAY, 40, "SVC1"), *dated(SUNDAY, 40, "SVC2")]) == []
    header = (*HEADER, "channel")
    by_batch = [(*row, "batch") for who in ("J1", "J2") for row in dated(SUNDAY + timedelta(days=7), 40, who)]
    later = [] if whole else [(*row, "workstation") for row in spread(range(7, 13), timed, 12)]
    findings = bank.take(bank.write("access_log-2.csv", as_csv([*later, *by_batch], header))).findings
    assert "no_time_of_day" not in {one.code for one in findings}


def test_small_files_of_days_without_times_tell_together_after_the_last_one_with_times(bank: Bank) -> None:
    assert found(bank, timed(day_of(0), 12), f"access_log-{day_of(0)}.csv") == []
    told = [found(bank, dated(day_of(at), 8), f"access_log-{day_of(at)}.csv") for at in (1, 2, 3)]
    assert [[one.days for one in some] for some in told] == [[], [], [(day_of(3).isoformat(),)]]
    assert found(bank, timed(day_of(4), 12), f"access_log-{day_of(4)}.csv") == []
    assert found(bank, dated(day_of(5), 19), f"access_log-{day_of(5)}.csv") == []
    assert found(bank, dated(SUNDAY, 1), f"access_log-{SUNDAY}.csv") == []


def test_days_of_midnights_of_the_source_s_own_zone_are_dates_too(bank: Bank) -> None:
    (bank.home.root / "mappings").mkdir(exist_ok=True)
    (bank.home.root / "mappings" / "far.toml").write_text(
        'feed = "access_log"\nzone = "America/New_York"\n[columns]\n'
        + "".join(f'{name} = "{name}"\n' for name in HEADER),
        encoding="utf-8",
    )
    path = bank.write("access_log.csv", as_csv(spread(range(2), timed, 12) + dated(day_of(4), 20)))
    (told,) = bank.take(path, mapping="far").findings
    assert (told.code, told.count, told.days) == ("no_time_of_day", 20, (day_of(4).isoformat(),))


def test_of_business_such_days_are_noted_and_what_a_night_makes_by_itself_is_none(bank: Bank) -> None:
    header = ("record_id", "kind", "created_at", "created_by")

    def records(day: date, clock: str, kind: str, who: str) -> Rows:
        return [(f"{day}{clock}{kind}{at}", kind, f"{day} {clock}", who) for at in range(24)]

    rows = [row for at in range(6) for row in records(day_of(at), "10:00", "loan_application", "E1")]
    rows += [row for at in range(7) for row in records(day_of(at), "00:00", "collection_case", "E1")]
    told = bank.take(bank.write("business_records.csv", as_csv(rows, header))).findings
    assert "no_time_of_day" not in {one.code for one in told}
    rows = records(day_of(8), "10:00", "loan_application", "E1")
    rows += records(day_of(9), "00:00", "loan_application", "E1")
    told = bank.take(bank.write("business_records-2.csv", as_csv(rows, header))).findings
    assert [(one.level, one.days) for one in told if one.code == "no_time_of_day"] == [
        ("note", (day_of(9).isoformat(),))
    ]


def test_days_are_written_as_spans_the_newest_of_them() -> None:
    days = [day_of(at) for at in (9, 0, 1, 2, 4, 6, 7)]
    assert listed(days, 3) == "… 2026-06-19, 2026-06-21 – 2026-06-22, 2026-06-24"
    assert listed(days[:1], 3) == "2026-06-24"


def test_stored_facts_remember_of_each_batch_since_when_and_on_which_days_it_is_silent() -> None:
    two = (MONDAY, SUNDAY)
    assert silent_by_batch(((frozenset({2, 1}), MONDAY), (frozenset({2}), two))) == {
        "1": "2026-06-15-",
        "2": "2026-06-15 2026-06-21, 2026-06-15-",
    }
