"""Shorter ways that intake takes where they lead to the same: each is held to the long way."""

from __future__ import annotations

import io

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.cell_sql import tidy
from pipeline.intake.probe import probe
from pipeline.intake.wall_clock import steady_spans, wall_clock

CELLS = st.lists(
    st.text(st.sampled_from("aZ09-:贷款，’‘'　  \t​﻿Ａ¢ NULL\\"), min_size=1, max_size=6).filter(
        lambda text: text not in ("\\",)
    ),
    min_size=1,
    max_size=5,
)


@given(CELLS)
def test_a_cell_of_a_file_without_blanks_needs_no_tidying(cells: list[str]) -> None:
    content = "\n".join(["head er", *cells]).encode()
    told = probe(io.BytesIO(content))
    long, short = tidy("cell"), tidy("cell", told.blanks)
    query = f"SELECT {long} IS NOT DISTINCT FROM {short} FROM (SELECT unnest($1::VARCHAR[]) AS cell)"
    assert all(same for (same,) in duckdb.execute(query, [cells]).fetchall())


@pytest.mark.parametrize(
    ("content", "blanks"),
    [
        ("a b,'c\n1,贷款\n", "none"),
        ("a,b\n1,2026-06-18 09:00\n", "spaces"),
        ("a,b\n1,'5\n", "any"),
        ("a,b\n1,\t5\n", "any"),
        ("a,b\n1,　5\n", "any"),
        ("a,b\n1,Ａ\n", "any"),
        ('a,b\n1," 5"\n', "any"),
        ("a,b\r\n1,5\r\n", "none"),
        ("a,b\r\n1,5\n", "any"),
    ],
)
def test_the_first_pass_tells_which_blanks_the_rows_may_have(content: str, blanks: str) -> None:
    assert probe(io.BytesIO(content.encode())).blanks == blanks


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "Europe/Amsterdam", "America/St_Johns", "Australia/Lord_Howe", "UTC"]
)
def test_adding_an_offset_gives_the_wall_clock_that_the_calendar_gives(zone: str) -> None:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Asia/Tokyo'")
    spans = steady_spans(connection, zone, "2026-07-01")
    assert spans
    moments = (
        "SELECT make_timestamptz(us) AS moment FROM range(epoch_us(TIMESTAMP '2021-11-30'), "
        "epoch_us(TIMESTAMP '2029-02-01'), 1799000000) r(us)"
    )
    told = connection.execute(
        f"SELECT count(*), count(*) FILTER ({wall_clock('moment', zone, spans)} "
        f"IS DISTINCT FROM {wall_clock('moment', zone, ())}) FROM ({moments})"
    ).fetchone()
    assert told is not None
    assert told[0] > 100_000
    assert told[1] == 0
