"""A twelve-hour clock is judged by what a source has sent in all, and honest sources are left in peace."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pipeline.intake.clocks import clockless, dates_alone, twelve_hours
from pipeline.intake.day_accounts import DayAccount
from tests.intake.conftest import HEADER, Bank, as_csv

DAY = date(2026, 6, 1)


def days(*parts: tuple[int, int, int], first: int = 0) -> list[DayAccount]:
    """Days of (small hours, forenoon, afternoon) rows."""
    return [
        DayAccount(DAY + timedelta(days=first + at), sum(part), *part, source="s", feed="access_log")
        for at, part in enumerate(parts)
    ]


TWELVE, HONEST, MORNING, BY_NIGHT = (40, 60, 0), (2, 60, 40), (0, 100, 0), (100, 0, 0)


def test_small_hours_beside_forenoons_and_never_an_afternoon_are_a_twelve_hour_clock() -> None:
    judged = twelve_hours(days(TWELVE, TWELVE))
    assert judged is not None
    assert (judged.rows, judged.days) == (200, (DAY, DAY + timedelta(days=1)))


def test_mornings_night_work_few_rows_and_whole_days_are_none() -> None:
    assert twelve_hours(days(MORNING, MORNING, MORNING)) is None
    assert twelve_hours(days(BY_NIGHT, BY_NIGHT, BY_NIGHT)) is None
    assert twelve_hours(days(TWELVE)) is None
    assert twelve_hours(days(HONEST, TWELVE, HONEST)) is None


def test_a_source_that_wrote_afternoons_is_believed_for_two_days_without_one() -> None:
    assert twelve_hours(days(HONEST, HONEST, TWELVE, TWELVE)) is None
    judged = twelve_hours(days(HONEST, TWELVE, TWELVE, TWELVE))
    assert judged is not None
    assert judged.days[0] == DAY + timedelta(days=1)


def test_files_too_small_to_tell_alone_tell_together_and_each_source_for_itself(bank: Bank) -> None:
    for number in range(3):
        day = DAY + timedelta(days=number)
        for name, hours in (("", (9, 10, 11, 1, 2)), ("-north", (9, 10, 11, 14, 16))):
            rows = [
                (f"{name}{number}-{at}", f"{day} {hours[at % 5]:02d}:{at % 60:02d}", "E1", "X1", "02")
                for at in range(80)
            ]
            bank.write(f"access_log{name}-{day}.csv", as_csv(rows))
        result = bank.take()
        codes = [finding.code for finding in result.findings if finding.level == "incomplete"]
        assert codes == (["twelve_hour_clock"] if number == 2 else [])
    (judged,) = clockless(bank.engine, "access_log", None)
    assert (judged.source, judged.rows, len(judged.batches)) == ("access_log_#", 240, 3)
    assert clockless(bank.engine, "access_log", 2) == []


def of_midnight(number: int, rows: int, moment: str) -> str:
    return as_csv(
        [
            (f"{number}-{at}", moment.format(DAY + timedelta(days=number)), "E1", "X1", "02")
            for at in range(rows)
        ]
    )


def said(bank: Bank) -> list[tuple[str, str, int]]:
    return [(finding.code, finding.level, finding.count) for finding in bank.take().findings]


@pytest.mark.parametrize("moment", ["{}", "{} 00:00", "{}T00:00:00", "{} 00:00:00.000"])
def test_a_file_of_midnights_alone_has_dates_and_no_times(bank: Bank, moment: str) -> None:
    bank.write("access_log.csv", of_midnight(0, 20, moment))
    assert said(bank) == [("no_time_of_day", "incomplete", 20)]
    assert dates_alone(bank.engine, "access_log", None) == [(1, (DAY,))]
    assert (
        dates_alone(bank.engine, "business_records", None) == dates_alone(bank.engine, "access_log", 0) == []
    )


def test_midnights_of_the_source_s_own_zone_are_dates_too(bank: Bank) -> None:
    (bank.home.root / "mappings").mkdir(exist_ok=True)
    (bank.home.root / "mappings" / "far.toml").write_text(
        'feed = "access_log"\nzone = "America/New_York"\n[columns]\n'
        + "".join(f'{name} = "{name}"\n' for name in HEADER),
        encoding="utf-8",
    )
    path = bank.write("access_log.csv", of_midnight(0, 20, "{}"))
    assert [finding.code for finding in bank.take(path, mapping="far").findings] == ["no_time_of_day"]


def test_one_row_with_a_time_makes_a_file_one_of_times(bank: Bank) -> None:
    bank.write("access_log.csv", of_midnight(0, 30, "{} 00:00") + f"other,{DAY} 00:01,E1,X1,02\n")
    assert said(bank) == []


def test_small_files_of_midnights_tell_together_unless_their_source_has_sent_times(bank: Bank) -> None:
    for number, found in enumerate(([], [], [("no_time_of_day", "incomplete", 8)])):
        bank.write(f"access_log-{DAY + timedelta(days=number)}.csv", of_midnight(number, 8, "{}"))
        assert [one for one in said(bank) if one[0] != "known_file"] == found
    bank.write(f"access_log-north-{DAY}.csv", as_csv([("n1", f"{DAY} 10:00", "E1", "X1", "02")]))
    said(bank)
    bank.write(f"access_log-north-{DAY + timedelta(days=1)}.csv", of_midnight(5, 19, "{}"))
    assert "no_time_of_day" not in {code for code, _, _ in said(bank)}


def test_of_business_dates_alone_are_only_noted(bank: Bank) -> None:
    rows = [(f"R{at}", "loan_application", str(DAY)) for at in range(20)]
    bank.write("business_records.csv", as_csv(rows, ("record_id", "kind", "created_at")))
    assert said(bank) == [("no_time_of_day", "note", 20)]
    assert dates_alone(bank.engine, "business_records", None) == [(1, (DAY,))]
