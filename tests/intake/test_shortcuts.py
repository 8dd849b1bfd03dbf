"""Shorter ways that intake takes where they lead to the same: each is held to the long way."""

from __future__ import annotations

import io

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.contract import FEEDS
from pipeline.intake import duplicates
from pipeline.intake import probe as probing
from pipeline.intake.cell_sql import NULL_WORDS, tidy
from pipeline.intake.probe import StrictUtf8, probe
from pipeline.intake.subject_sql import check_digit_sql
from pipeline.intake.tokens import check_digit
from pipeline.intake.wall_clock import steady_spans, wall_clock

CELLS = st.lists(
    st.text(st.sampled_from("aZ09-:贷款，’‘'　  \t​﻿Ａ¢ NULL\\#(/)"), min_size=1, max_size=6).filter(
        lambda text: text not in ("\\",)
    ),
    min_size=1,
    max_size=5,
)


@given(CELLS)
def test_a_cell_of_a_file_without_blanks_needs_no_tidying(cells: list[str]) -> None:
    content = "\n".join(["head er", *cells]).encode()
    told = probe(io.BytesIO(content))
    long, short = tidy("cell"), tidy("cell", told.blanks, told.signs)
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


@pytest.mark.parametrize("word", [*NULL_WORDS, "#N/A", "####"])
@pytest.mark.parametrize("piece", [1, 7, 64])
def test_words_for_nothing_are_found_wherever_they_stand(
    monkeypatch: pytest.MonkeyPatch, word: str, piece: int
) -> None:
    monkeypatch.setattr(probing, "CHUNK_BYTES", piece)
    told = probe(io.BytesIO(f"a,b\n1,5\n2,{word}\n".encode()))
    query = f"SELECT {tidy('cell', told.blanks, told.signs)} FROM (SELECT $1 AS cell)"
    assert duckdb.execute(query, [word]).fetchone() == (None,)


@pytest.mark.parametrize(
    ("content", "signs"),
    [
        ("a(b)#\n1,5\n", ""),
        ("a,b\n1,x#\n", "#"),
        ('a,b\n1,"\\N"\n', "\\"),
        ("a,b\n(null),#N/A\n", "#("),
        ("a,b\n客户,（null)\n(".encode("gb18030"), "("),
        ("a,b\n1,5\n".encode("utf-16"), "#(\\"),
    ],
)
def test_the_first_pass_tells_with_what_a_word_for_nothing_may_begin(
    content: str | bytes, signs: str
) -> None:
    told = probe(io.BytesIO(content.encode() if isinstance(content, str) else content))
    assert sorted(told.signs) == sorted(signs)


@given(st.text("0123456789", min_size=17, max_size=17))
def test_the_engine_finds_the_check_digit_that_python_finds(digits: str) -> None:
    asked = f"SELECT {check_digit_sql('number')} FROM (SELECT $1 AS number)"
    assert duckdb.execute(asked, [digits + "X"]).fetchone() == (check_digit(digits),)


TEXT = st.text(st.sampled_from("a\n\ré中😀"), max_size=12).map(str.encode)
ODD = st.sampled_from([b"\x80", b"\xc0", b"\xed\xa0", b"\xe4\xb8", b"\xf0\x9f", b"\xf4\x90", b"\xff"])


@given(st.lists(TEXT | ODD, max_size=5).map(b"".join), st.lists(st.integers(1, 5), min_size=40, max_size=40))
def test_pieces_of_any_size_are_taken_for_utf_8_where_the_whole_is(content: bytes, sizes: list[int]) -> None:
    reader, place = StrictUtf8(), 0
    for size in sizes * 2:
        reader.read(content[place : place + size])
        place += size
    try:
        content.decode()
    except UnicodeDecodeError:
        assert not reader.holds()
    else:
        assert reader.holds()


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 64])
@pytest.mark.parametrize(
    ("content", "plain"),
    [
        ("a\nb\n", True),
        ("a\r\nb\r\n", True),
        ("a\nb\r\n", False),
        ("a\r\nb\n", False),
        ("a\rb\r\n", False),
        ("a\r\nlonger\nb", False),
        ("中\r\n文\r\n", True),
    ],
)
def test_line_ends_of_two_kinds_are_seen_wherever_a_piece_ends(
    monkeypatch: pytest.MonkeyPatch, content: str, plain: bool, piece: int
) -> None:
    monkeypatch.setattr(probing, "CHUNK_BYTES", piece)
    assert probe(io.BytesIO(content.encode())).plain is plain


@settings(max_examples=40)
@given(st.lists(st.sampled_from("abcdefghijkl"), max_size=12), st.integers(1, 13))
def test_keys_repeat_or_not_however_many_are_looked_at_together(keys: list[str], at_once: int) -> None:
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(
        "CREATE TABLE staged AS SELECT unnest($1::VARCHAR[]) AS event_id, NULL::VARCHAR AS problem", [keys]
    )
    connection.execute(
        "INSERT INTO staged VALUES ('a', 'bad_time:occurred_at'), ('b', 'bad_time:occurred_at')"
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(duplicates, "HASHES_AT_ONCE", at_once)
        found = duplicates.repeated_keys(connection, FEEDS["access_log"])
    assert found is (len(set(keys)) < len(keys))


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
