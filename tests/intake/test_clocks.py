"""A twelve-hour clock is judged by what a source has sent in all, and honest sources are left in peace."""

from __future__ import annotations

from datetime import date, timedelta

from pipeline.intake.clocks import clockless, twelve_hours
from pipeline.intake.day_accounts import DayAccount
from tests.intake.conftest import Bank, as_csv

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
