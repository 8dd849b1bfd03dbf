"""SQL that normalises a customer's number, derives what detection needs, and replaces it by a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.contract import AGE_BANDS
from pipeline.intake.cell_sql import SCIENTIFIC, subject_form
from pipeline.intake.tokens import CHECK_DIGITS, WEIGHTS

if TYPE_CHECKING:
    import duckdb

WRAPPED = "tw_wrapped"  # the engine's macro: a token of the first key → that of the last
_AGES = (18, 30, 45, 60, 75)
_MAX_AGE = 125
_NEW_FORM = "[0-9]{17}[0-9X]"
_OLD_FORM = "[0-9]{8}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}"

Level = dict[str, str]


def subject_levels(raw: str, on_day: str) -> list[Level]:
    """Return columns to add, level by level: each level may use those before it.

    Args:
        raw: Name of the tidy text column that holds the number.
        on_day: Name of the column with the day on which the age counts.

    Returns:
        Levels that end in `subject_damaged`, `subject_number`, `subject_province`, `subject_city`,
        `subject_age_band`, `subject_valid`; the token comes last, by `token_sql`.
    """
    age = (
        f"CASE WHEN s_birth // 100 % 100 BETWEEN 1 AND 12 AND s_birth % 100 BETWEEN 1 AND 31 THEN "
        f"(year({on_day}) * 10000 + month({on_day}) * 100 + day({on_day}) - s_birth) // 10000 END"
    )
    bands = " ".join(
        f"WHEN s_age < {limit} THEN '{band}'" for limit, band in zip(_AGES, AGE_BANDS, strict=False)
    )
    return [
        # Nearly all numbers are eighteen characters in their one form.
        {"s_plain": f"coalesce(strlen({raw}) = 18 AND regexp_full_match({raw}, '{_NEW_FORM}'), false)"},
        {"s_form": f"CASE WHEN s_plain THEN {raw} ELSE {subject_form(raw)} END"},
        {
            "subject_damaged": "CASE WHEN s_plain THEN false "
            f"ELSE coalesce(regexp_full_match(s_form, '{SCIENTIFIC}'), false) END",
            "s_first": "CASE WHEN s_plain THEN left(s_form, 17) "
            f"WHEN length(s_form) = 18 AND regexp_full_match(s_form, '{_NEW_FORM}') "
            "THEN left(s_form, 17) "
            f"WHEN length(s_form) = 15 AND regexp_full_match(s_form, '{_OLD_FORM}') "
            "THEN left(s_form, 6) || '19' || substr(s_form, 7) END",
        },
        {"s_digits": "s_first::BIGINT"},
        {
            # Two halves of nine and eight digits: arithmetic on 32 bits is the faster.
            "s_high": "(s_digits // 100000000)::INTEGER",
            "s_low": "(s_digits % 100000000)::INTEGER",
            "s_birth": "(s_digits // 1000 % 100000000)::INTEGER",
        },
        {"s_check": f"substr('{CHECK_DIGITS}', 1 + {_check_sum('s_high', 's_low')} % 11, 1)"},
        {
            "subject_number": "CASE WHEN s_first IS NOT NULL AND length(s_form) = 15 "
            "THEN s_first || s_check ELSE s_form END",
            "s_age": age,
        },
        {
            "subject_province": "left(s_first, 2)",
            "subject_city": "left(s_first, 4)",
            "subject_age_band": f"CASE WHEN s_age < 0 OR s_age > {_MAX_AGE} THEN NULL {bands} "
            f"WHEN s_age IS NOT NULL THEN '{AGE_BANDS[-1]}' END",
            "subject_valid": "CASE WHEN s_first IS NOT NULL THEN substr(subject_number, 18) = s_check END",
        },
    ]


def _check_sum(high: str, low: str) -> str:
    """Weigh seventeen digits as the standard does, up to a multiple of eleven.

    The weights are the powers of two modulo eleven, from the right: 2, 4, 8, 5, 10 … So the sum is Horner's
    with two in the place of ten, and each digit costs one division.

    Args:
        high: Name of the column of the first nine digits.
        low: Name of the column of the last eight.

    Source: GB 11643-1999 (ISO 7064, MOD 11-2).
    """

    def in_twos(name: str, places: int) -> str:
        return name + "".join(f" - {2 ** (at + 2)} * ({name} // {10**at})" for at in range(1, places))

    return f"(2 * (({in_twos(low, 8)}) + {2**8 % 11} * ({in_twos(high, 9)})))"


def check_digit_sql(number: str) -> str:
    """Return the check digit that a number of eighteen places ought to have; its first seventeen are digits.

    Args:
        number: Name of the column with the number.
    """
    # Short rather than fast: it stands once for each column of text, and hardly a cell is asked.
    digits = f"string_split(left({number}, 17), '')::DOUBLE[]"
    return f"substr('{CHECK_DIGITS}', 1 + list_dot_product({digits}, {list(WEIGHTS)}::DOUBLE[])::INTEGER % 11, 1)"


def token_sql(number: str) -> str:
    """Return the token of a normalised number; `give_key` has given the engine its key.

    Variables keep the key out of the statement, and so out of every plan, log and error.
    """
    return f"{WRAPPED}({_hmac_sql(0, number)})"


def give_key(connection: duckdb.DuckDBPyConnection, pads: Sequence[bytes]) -> None:
    """Give an engine the key that `token_sql` uses.

    Args:
        connection: The engine, open.
        pads: The key's pads, as `tokens.key_pads` returns them.
    """
    for place in range(0, len(pads), 2):
        connection.execute(f"SET VARIABLE ipad{place // 2} = $1::BLOB", [pads[place]])
        connection.execute(f"SET VARIABLE opad{place // 2} = $1::BLOB", [pads[place + 1]])
    made = "made"
    for place in range(1, len(pads) // 2):
        made = _hmac_sql(place, made)
    connection.execute(f"CREATE OR REPLACE TEMP MACRO {WRAPPED}(made) AS {made}")


def _hmac_sql(place: int, text: str) -> str:
    inner = f"sha256(getvariable('ipad{place}') || encode({text}))"
    return f"sha256(getvariable('opad{place}') || unhex({inner}))"
