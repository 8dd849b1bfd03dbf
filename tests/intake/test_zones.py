"""In which zone a time is read, however it is spelled."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.settings import Settings
from tests.intake.conftest import HEADER, Bank, as_csv
from tests.intake.test_mapping import write_mapping

COLUMNS = "\n".join(
    ["[columns]", *(f'{name} = "{name}"' for name in (*HEADER, "recorded_at", "authorization_signed_on"))]
)
WIDE = (*HEADER, "recorded_at", "authorization_signed_on")


def in_zone(bank: Bank, zone: str) -> str:
    return write_mapping(bank, f'feed = "access_log"\nzone = "{zone}"\n{COLUMNS}\n')


def look_up(number: int, when: str, signed: str = "") -> tuple[str, ...]:
    return (str(number), when, "E1", f"X{number}", "02", when, signed)


def naive(day: int, hour: int, minute: int = 5) -> datetime:
    return datetime(2026, 6, day, hour, minute)  # noqa: DTZ001  # as the lake stores it


SPELLINGS = (
    "2026-06-18 09:05:00",
    "2026-06-18T09:05:00",
    "2026/6/18 9:05",
    "20260618 09:05:00",
    "20260618090500",
    "2026.06.18 09:05:00",
    "2026-06-18 09:05:00 AM",
)


def test_a_time_without_an_offset_is_read_in_the_mapping_s_zone_however_it_is_spelled(bank: Bank) -> None:
    rows = [look_up(number, spelled) for number, spelled in enumerate(SPELLINGS)]
    path = bank.write("log.csv", as_csv(rows, WIDE))
    (file,) = bank.take(path, mapping=in_zone(bank, "UTC")).files
    assert file.accepted == len(SPELLINGS)
    told = bank.rows("access_log", "DISTINCT occurred_at, occurred_at_local, recorded_at, business_day")
    assert told == [(naive(18, 9), naive(18, 17), naive(18, 9), date(2026, 6, 18))]


@pytest.mark.parametrize(
    "spelled", ["2026-06-18 09:05:00+08:00", "2026-06-18T01:05:00Z", "2026-06-18 09:05:00 +0800"]
)
def test_an_offset_counts_whatever_zone_the_mapping_names(bank: Bank, spelled: str) -> None:
    path = bank.write("log.csv", as_csv([look_up(1, spelled)], WIDE))
    bank.take(path, mapping=in_zone(bank, "Europe/Amsterdam"))
    assert bank.rows("access_log", "occurred_at, occurred_at_local") == [(naive(18, 1), naive(18, 9))]


@pytest.mark.parametrize(
    ("zone", "told", "day"),
    [
        ("UTC", "2026-06-18 23:05:00", 19),
        ("UTC", "20260618 23:05:00", 19),
        ("Asia/Tokyo", "2026-06-18 00:05:00", 17),
        ("Asia/Tokyo", "2026-06-18", 18),
        ("Asia/Tokyo", "2026-06-18 00:00:00", 18),
        ("Asia/Tokyo", "20260618", 18),
        ("Asia/Tokyo", "2026.06.18", 18),
    ],
)
def test_a_full_time_is_read_in_the_source_s_zone_and_a_bare_date_stays_itself(
    bank: Bank, zone: str, told: str, day: int
) -> None:
    path = bank.write("log.csv", as_csv([look_up(1, "2026-06-18 12:00:00", told)], WIDE))
    bank.take(path, mapping=in_zone(bank, zone))
    assert bank.rows("access_log", "authorization_signed_on") == [(date(2026, 6, day),)]


def test_typed_times_of_parquet_keep_their_moment_under_a_mapping_of_another_zone(bank: Bank) -> None:
    moment = datetime(2026, 6, 18, 1, 5, tzinfo=UTC)
    table = pa.table(
        {
            "event_id": ["1"],
            "occurred_at": pa.array([moment], pa.timestamp("us", "Asia/Shanghai")),
            "recorded_at": pa.array([moment.replace(tzinfo=None)], pa.timestamp("us")),
            "employee_id": ["E1"],
            "subject_id": ["X1"],
        }
    )
    pq.write_table(table, bank.folder / "log.parquet")
    bank.take(bank.folder / "log.parquet", mapping=in_zone(bank, "Asia/Tokyo"))
    # The moment without an offset was on Tokyo's clock: sixteen hours UTC of the day before.
    assert bank.rows("access_log", "occurred_at, recorded_at") == [(naive(18, 1), naive(17, 16))]


def test_without_a_mapping_times_are_read_in_the_bank_s_zone(bank: Bank) -> None:
    bank.settings = Settings(bank={"zone": "Europe/Amsterdam"})
    bank.write("access_log.csv", as_csv([look_up(1, "2026-06-18 09:05:00")], WIDE))
    bank.take()
    assert bank.rows("access_log", "occurred_at, occurred_at_local") == [(naive(18, 7), naive(18, 9))]


@pytest.mark.parametrize(
    "ending", ["Z", " Z", " UTC", " GMT", " Etc/UTC", "+00", " +00:00", " Africa/Abidjan"]
)
def test_zero_offset_may_be_named_and_so_may_a_city(bank: Bank, ending: str) -> None:
    bank.write("access_log.csv", as_csv([look_up(1, "2026-06-18 09:05:00" + ending)], WIDE))
    bank.take()
    assert bank.rows("access_log", "occurred_at") == [(naive(18, 9),)]


@pytest.mark.parametrize("name", ["EST", "IST", "cst", "PRC", "EST5EDT", "NZ", "BST"])
def test_an_abbreviation_of_a_zone_is_refused_rather_than_guessed(bank: Bank, name: str) -> None:
    rows = [look_up(1, "2026-06-18 09:05:00"), look_up(2, f"2026-06-18 09:05:00 {name}")]
    bank.write("access_log.csv", as_csv(rows, WIDE))
    (file,) = bank.take().files
    assert (file.accepted, file.reasons) == (1, {"bad_time": 1})


@pytest.mark.parametrize("spelled", ["2026-06-18 09:05:00 CST", "2026-06-18 9:05 CST"])
def test_cst_is_china_s_where_the_source_s_clock_is_and_refused_elsewhere(bank: Bank, spelled: str) -> None:
    path = bank.write("access_log.csv", as_csv([look_up(1, spelled)], WIDE))
    (file,) = bank.take(path, mapping=in_zone(bank, "America/Chicago")).files
    assert file.reasons == {"bad_time": 1}
    bank.take(path)
    assert bank.rows("access_log", "occurred_at") == [(naive(18, 1),)]


@pytest.mark.parametrize(
    ("digits", "moment"),
    [
        ("1770011510305", datetime(2026, 2, 2, 5, 51, 50, 305000, UTC)),
        ("1781744700000", datetime(2026, 6, 18, 1, 5, tzinfo=UTC)),
        ("1770011510", datetime(2026, 2, 2, 5, 51, 50, tzinfo=UTC)),
        ("1999123123", datetime.fromtimestamp(1999123123, UTC)),
        ("2034990000", datetime.fromtimestamp(2034990000, UTC)),
        ("2026061809", datetime(2026, 6, 18, 1, tzinfo=UTC)),
        ("20260618", datetime(2026, 6, 17, 16, tzinfo=UTC)),
        ("202606180905", datetime(2026, 6, 18, 1, 5, tzinfo=UTC)),
        ("20260618090507", datetime(2026, 6, 18, 1, 5, 7, tzinfo=UTC)),
    ],
)
def test_how_many_digits_there_are_tells_what_they_mean(bank: Bank, digits: str, moment: datetime) -> None:
    bank.write("access_log.csv", as_csv([look_up(1, digits)], WIDE))
    bank.take()
    assert bank.rows("access_log", "occurred_at") == [(moment.replace(tzinfo=None),)]


@pytest.mark.parametrize("digits", ["2026061809050", "20260618090", "2026", "12345678901234567890"])
def test_digits_of_no_length_that_means_a_time_are_refused(bank: Bank, digits: str) -> None:
    bank.write("access_log.csv", as_csv([look_up(1, digits)], WIDE))
    (file,) = bank.take().files
    assert file.reasons == {"bad_time": 1}
