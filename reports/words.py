"""Sentences and numbers in both languages, from the one catalogue in `reports/text/`."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from math import floor, isclose, log10

from reports.document import Text

LADDER = (25, 50, 250, 500)
"""The marks on which cumulated unexplained look-ups are shown. Source: contract, section 6."""

LEAST_P = 1e-6
"""What is rarer than this is not told apart: a bank has no more nights to compare with."""

Value = str | int | float | date | Text


@cache
def catalogue() -> dict[str, Text]:
    """Read all labels and sentence templates, keyed by file and name: `night.coverage.title`."""
    folder = files("reports") / "text"
    stems = sorted(
        path.name.removesuffix(".toml") for path in folder.iterdir() if path.name.endswith(".toml")
    )
    return {key: entry for stem in stems for key, entry in _entries(stem).items()}


@cache
def _entries(stem: str) -> dict[str, Text]:
    """Read one file of the catalogue."""
    try:
        text = (files("reports") / "text" / f"{stem}.toml").read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    return {f"{stem}.{key}": Text(**pair) for key, pair in tomllib.loads(text).items()}


@cache
def _constant(key: str) -> Text | None:
    """Return an entry that needs nothing filled in; None for another."""
    entry = _entries(key.partition(".")[0])[key]
    return None if any(mark in entry.en + entry.zh for mark in "{}|") else entry


def say(key: str, **values: Value) -> Text:
    """Fill one entry of the catalogue in both languages.

    Args:
        key: File and name of the entry, such as `night.title`.
        values: What the braces stand for; an English entry with a plural is chosen by `n`.

    Raises:
        KeyError: There is no such entry, or a brace is left empty.
    """
    if (constant := _constant(key)) is not None:
        return constant
    entry = _entries(key.partition(".")[0])[key]
    english = entry.en
    if "|" in english:
        one, many = english.split("|")
        english = one if values.get("n") == 1 else many
    return Text(
        en=english.format_map({name: _in_language(value, "en") for name, value in values.items()}),
        zh=entry.zh.format_map({name: _in_language(value, "zh") for name, value in values.items()}),
    )


def _in_language(value: Value, language: str) -> str:
    if isinstance(value, Text):
        return value.zh if language == "zh" else value.en
    return plain(value)


def plain(value: str | int | float | date | None) -> str:
    """Write a value the same way in both languages: 1,234 · 0.25 · 2026-06-18 · 2026-06-18 21:04."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return f"{value:,}"
    return number(value)


def number(value: float) -> str:
    """Write a number with three significant digits below 100, and without decimals above."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    digits = max(0, 2 - floor(log10(abs(value))))
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(value: float) -> str:
    """Write a share of one as a percentage with one decimal; a share that is not nothing never reads 0 %."""
    if 0 < value < 0.0005:
        return "<0.1%"
    return f"{value * 100:.1f}%"


def styled(value: float | None, style: str) -> str:
    """Write a measured value as a count, a share or a number."""
    if value is None:
        return "–"
    if style == "share":
        return share(value)
    return f"{value:,.0f}" if style == "count" and isclose(value, round(value)) else number(value)


def odds(p_value: float) -> str:
    """Turn a p-value into the 2,000 of "1 in 2,000", rounded down so as not to overstate."""
    one_in = 1 / max(p_value, 1e-9)
    unit: int = 10 ** max(0, floor(log10(one_in)) - 1)
    return f"{floor(one_in / unit + 1e-9) * unit:,}"


def rarity(p_value: float | None, *, short: bool = False) -> Text:
    """Say in words how rare a pattern is among ordinary employee-nights."""
    if p_value is None:
        return say("common.rarity.unknown")
    if p_value > 0.5:
        return say("common.rarity.often")
    if p_value <= LEAST_P and not short:
        return say("common.rarity.floor", odds=odds(p_value))
    return say("common.rarity.short" if short else "common.rarity.words", odds=odds(p_value))


def chance_alone(expected: float) -> Text:
    """Say how many ordinary employees a night the line lets through, as a number of nights where it is few."""
    if expected < 0.5:
        return say("common.rarity.expected_once", n=round(1 / max(expected, 1e-6)))
    return say("common.rarity.expected", expected=expected)


def ladder_words(unexplained: int) -> Text:
    """Say where a count stands on the ladder 25 / 50 / 250 / 500."""
    passed = [mark for mark in LADDER if unexplained >= mark]
    ahead = [mark for mark in LADDER if unexplained < mark]
    if not passed:
        return say("common.ladder.below", n=unexplained, next=ahead[0])
    if not ahead:
        return say("common.ladder.above", n=unexplained, passed=passed[-1])
    return say("common.ladder.between", n=unexplained, passed=passed[-1], next=ahead[0])
