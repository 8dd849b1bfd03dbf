"""The customers' tokens are the same in Python and in the engine, and the key is kept."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.home import Home
from pipeline.intake.subject_sql import give_key, subject_levels, token_sql
from pipeline.intake.tokens import (
    BLANKS,
    KEY_FILE_VARIABLE,
    KEY_VARIABLE,
    TokenKey,
    check_digit,
    key_pads,
    load_key,
    normalise_subject,
    token,
    wrapped,
)

KEY = bytes(range(32))
ODD = st.text(alphabet=st.sampled_from("0123456789Xx'’AZaz０９Ｘ中=\".0" + BLANKS), max_size=24)
NUMBERS = st.from_regex(
    r"9[0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9])[0-9]{3}[0-9X]", fullmatch=True
)
OLD_NUMBERS = st.from_regex(r"9[0-9]{7}(0[1-9]|1[0-2])(0[1-9]|[12][0-9])[0-9]{3}", fullmatch=True)

PACKED = st.builds(
    "{0[0]}{1}{2}{0[1]}".format,
    st.sampled_from([("", ""), ('="', '"'), ("=\"'", '"'), ("'=\"", '" ')]),
    st.one_of(NUMBERS, OLD_NUMBERS, st.text("0123456789", max_size=5)),
    st.sampled_from(["", ".0", ".0000000000", ".00 ", ".01"]),
)


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    give_key(connection, key_pads(KEY))
    return connection


def test_a_key_over_another_wraps_the_same_token_in_the_engine_and_in_python() -> None:
    number = "970102199001011230"
    both = TokenKey.of([KEY, KEY[::-1]])
    connection = duckdb.connect()
    give_key(connection, key_pads(both))
    assert token(both, number) == wrapped(KEY[::-1], token(KEY, number))
    assert in_sql(connection, number, "token") == token(both, number)


def test_further_lines_of_the_key_file_lie_over_the_first(home: Home) -> None:
    variables = {KEY_VARIABLE: f"{'ab' * 32}\n{'cd' * 32}\n"}
    key = load_key(home, variables)
    assert (key, key.over) == (bytes.fromhex("ab" * 32), (bytes.fromhex("cd" * 32),))


def in_sql(connection: duckdb.DuckDBPyConnection, raw: str, wanted: str) -> object:
    tower = "SELECT $1::VARCHAR AS raw, DATE '2026-06-18' AS on_day"
    for level in (*subject_levels("raw", "on_day"), {"token": token_sql("subject_number")}):
        tower = f"SELECT *, {', '.join(f'{sql} AS {name}' for name, sql in level.items())} FROM ({tower})"
    row = connection.execute(f"SELECT {wanted} FROM ({tower})", [raw]).fetchone()
    assert row is not None
    return row[0]


@settings(max_examples=150)
@given(st.one_of(ODD, NUMBERS, OLD_NUMBERS, PACKED, st.text(max_size=12)))
def test_the_engine_and_python_give_the_same_token(engine: duckdb.DuckDBPyConnection, raw: str) -> None:
    if "\0" in raw:
        raw = raw.replace("\0", "")
    expected = token(KEY, raw) if normalise_subject(raw) else None
    assert in_sql(engine, raw, "token") == expected


@pytest.mark.parametrize(
    ("spelling", "means"),
    [
        ("'90000119900101123x", "90000119900101123X"),
        ("９００００１１９９００１０１１２３Ｘ", "90000119900101123X"),
        (" 900001 19900101 123X ", "90000119900101123X"),
        ("e 1234 5678", "E12345678"),
        ("900001199001011230.0", "900001199001011230"),
        ("900001199001011230.0000000000", "900001199001011230"),
        ('="90000119900101123x"', "90000119900101123X"),
        ('＝"\'900001199001011230.0"', "900001199001011230"),
    ],
)
def test_spellings_of_one_number_have_one_token(spelling: str, means: str) -> None:
    assert normalise_subject(spelling) == means
    assert token(KEY, spelling) == token(KEY, means)


def test_a_number_of_fifteen_digits_gets_its_century_and_its_check_digit() -> None:
    assert normalise_subject("900001900101123") == "90000119900101123" + check_digit("90000119900101123")


def test_fifteen_digits_without_a_date_stay_as_they_are() -> None:
    assert normalise_subject("900001909901123") == "900001909901123"


def test_the_check_digit_is_the_standard_s() -> None:
    # The example of GB 11643 (its region code is a real one, the person is the standard's own).
    assert check_digit("11010519491231002") == "X"


@pytest.mark.parametrize(
    ("number", "band"),
    [("900001200806190017", "under_18"), ("900001200806180017", "18_29"), ("900001195106180017", "75_plus")],
)
def test_the_age_band_changes_on_the_birthday(
    engine: duckdb.DuckDBPyConnection, number: str, band: str
) -> None:
    assert in_sql(engine, number, "subject_age_band") == band


def test_another_key_gives_another_token() -> None:
    assert token(KEY, "E1") != token(KEY[::-1], "E1")


def test_a_key_that_others_can_read_is_refused(home: Home) -> None:
    home.make()
    home.token_key.write_text("ab" * 32)
    home.token_key.chmod(0o640)
    with pytest.raises(ConfigError, match="can be read by others"):
        load_key(home, {})


def test_a_missing_or_short_key_is_refused(home: Home) -> None:
    home.make()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_key(home, {})
    with pytest.raises(ConfigError, match="no token key"):
        load_key(home, {KEY_VARIABLE: "abcd"})


def test_the_key_comes_from_the_environment_first_then_its_file(home: Home) -> None:
    home.make()
    named = home.root / "other.key"
    named.write_text("cd" * 32)
    named.chmod(0o600)
    assert load_key(home, {KEY_VARIABLE: "ab" * 32, KEY_FILE_VARIABLE: str(named)}) == bytes.fromhex(
        "ab" * 32
    )
    assert load_key(home, {KEY_FILE_VARIABLE: str(named)}) == bytes.fromhex("cd" * 32)
