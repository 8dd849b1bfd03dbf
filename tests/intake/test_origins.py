"""Files of one export are of one source whatever their day and part; other exports are not."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.intake.origins import day_of, named_like, shown_name, source_of


@pytest.mark.parametrize(
    ("name", "source", "day"),
    [
        ("exports/access_log-2026-06-18.csv", "access_log_#", date(2026, 6, 18)),
        ("access_log_20260619-2.csv.gz", "access_log_#", date(2026, 6, 19)),
        ("查询登记_20260618093000.csv", "查询登记_#", date(2026, 6, 18)),
        ("access_log-branch12-20260618.csv", "access_log_branch12_#", date(2026, 6, 18)),
        ("access_log-0457-20260618.csv", "access_log_0457_#", date(2026, 6, 18)),
        ("access_log.csv", "access_log", None),
        ("access_log-20260230.csv", "access_log_#", None),
        ("access_log-20260618-20260619.csv", "access_log_#_#", None),
        ("source:core/QUERY_LOG", "source:core/QUERY_LOG", None),
        ("-", "-", None),
    ],
)
def test_day_and_part_are_taken_out_of_a_name_and_nothing_else(
    name: str, source: str, day: date | None
) -> None:
    assert (source_of(name), day_of(name)) == (source, day)


@pytest.mark.parametrize(
    ("name", "pattern", "alike"),
    [
        ("Query_Log-2026.CSV", "query_log*.csv", True),
        ("查询登记-1.csv", "查询登记-?.csv", True),
        ("query_log.csv.gz", "query_log*.csv", False),
        ("old_query_log.csv", "query_log*.csv", False),
    ],
)
def test_a_pattern_is_held_against_the_whole_name_and_not_against_its_capitals(
    name: str, pattern: str, alike: bool
) -> None:
    assert named_like(name, pattern) is alike


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("access_log_20260619093000.zip", "access_log_20260619093000.zip"),
        ("access_log-2026-06-19-0930.zip", "access_log-2026-06-19-0930.zip"),
        ("source:core", "source:core"),
        ("access_log-110101199001011237.zip", "access_log-…011237.zip"),
        ("access_log_13800138000.xls", "access_log_…138000.xls"),
        ("access_log_110101 19900101 1237.xls", "access_log_…011237.xls"),
        ("access_log-755100-20260619-0930.zip", "access_log-…190930.zip"),
    ],
)
def test_of_a_number_as_long_as_a_customer_s_a_page_shows_the_end(name: str, shown: str) -> None:
    assert shown_name(name) == shown
