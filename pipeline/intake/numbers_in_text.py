"""SQL that finds customers' numbers where none belong: a clerk types one as business number, or into a remark.

A whole resident number, or the number of the row's own customer, is replaced by a token of its own, so that a key stays a key, and
what refers to it in another feed still does. Only cells that are long enough are looked at closely.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.contract import Column, Feed, Kind
from pipeline.intake.cell_sql import narrow
from pipeline.intake.subject_sql import Level, check_digit_sql, token_sql

_LEAST_LENGTH = 15
"""Bytes of the shortest number that is looked for: a resident number in its old form."""
_SEPARATED = r"[0-9](?:[ -]?[0-9]){13,16}[ -]?[0-9Xx]"
_CANDIDATE = rf"(?:^|[^0-9])({_SEPARATED})(?:[^0-9A-Za-z]|$)"
_ANOTHER = f"(^|[^0-9A-Za-z]){_SEPARATED}"
_BIRTH = "(19[0-9]{2}|20[0-3][0-9])(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
_RESIDENT = f"[1-9][0-9]{{5}}{_BIRTH}[0-9]{{3}}[0-9X]"
_SHOWN = 16
"""Hexadecimal digits of the token that stand in the text: enough that no two numbers meet."""


def text_columns(feed: Feed) -> tuple[Column, ...]:
    """List the columns into which anybody may have typed anything."""
    return tuple(
        column
        for column in feed.columns
        if column.kind is Kind.TEXT and not column.subject and not column.choices
    )


def cleared(feed: Feed, name: str) -> str:
    """Name the column that holds a column's value without customers' numbers."""
    return f"m_{name}" if any(column.name == name for column in text_columns(feed)) else name


def clearing_levels(columns: Sequence[Column], subject: str | None) -> list[Level]:
    """Return columns to add, level by level: each column of the text without customers' numbers as `m_` and its name.

    Args:
        columns: The columns to look at.
        subject: Name of the column with the row's own normalised number; None where the feed has none.
    """
    names = [column.name for column in columns]
    found: Level = {
        f"f_{name}": f"CASE WHEN strlen({name}) >= {_LEAST_LENGTH} "
        f"THEN nullif(regexp_extract({narrow(name)}, '{_CANDIDATE}', 1), '') END"
        for name in names
    }
    plain: Level = {f"n_{name}": f"upper(translate(f_{name}, ' -', ''))" for name in names}
    whose: Level = {f"w_{name}": _whose(f"n_{name}", subject) for name in names}
    clear: Level = {
        f"m_{name}": f"CASE WHEN w_{name} IS NULL THEN {name} ELSE "
        f"regexp_replace(replace({narrow(name)}, f_{name}, 'id' || left({token_sql(f'w_{name}')}, {_SHOWN})), "
        rf"'{_ANOTHER}', '\1***', 'g') END"
        for name in names
    }
    return [found, plain, whose, clear]


def any_cleared(columns: Sequence[Column]) -> str:
    """Tell whether a row held a customer's number where none belongs."""
    return " OR ".join(f"w_{column.name} IS NOT NULL" for column in columns) or "false"


def _whose(number: str, subject: str | None) -> str:
    """Return the normalised number if it is a customer's; null otherwise."""
    own = ""
    if subject:
        old = f"length({number}) = 15 AND left({number}, 6) || '19' || substr({number}, 7) = left({subject}, 17)"
        own = f"WHEN {number} = {subject} OR ({old}) THEN {subject} "
    resident = f"regexp_full_match({number}, '{_RESIDENT}')"
    return (
        f"CASE WHEN {number} IS NULL THEN NULL {own}"
        f"WHEN {resident} THEN CASE WHEN substr({number}, 18) = {check_digit_sql(number)} THEN {number} END END"
    )
