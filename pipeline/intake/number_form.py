"""Whether what somebody typed can be a customer's number at all: an officer's slip must not pass for a clean record."""

from __future__ import annotations

import re

from pipeline.intake.tokens import check_digit, normalise_subject

LEAST_CHARACTERS = 5
"""No document that a bank accepts has a shorter number."""
_RESIDENT = re.compile(r"\d{17}[\dX]")
_DIGITS = re.compile(r"\d+")
_BETWEEN = re.compile(r"[-./_·‐‑‒–—−]")
LEAST_OF_A_CARD = 15
"""Digits of the shortest number of a card or a resident."""
_DOCUMENT = re.compile(r"[0-9A-Z()（）./-]+")


def why_no_number(typed: str) -> str:
    """Say why a text can hardly be a customer's number; empty where it can. The text itself is not repeated.

    Args:
        typed: What was typed or read.
    """
    text = normalise_subject(typed)
    if len(text) < LEAST_CHARACTERS:
        return f"what was typed has only {len(text)} characters"
    if not any(character.isdigit() for character in text):
        return "what was typed holds no digit"
    if not _DOCUMENT.fullmatch(text.upper()):
        return "what was typed holds signs that stand in no document's number"
    return ""


def may_be_number(typed: str) -> bool:
    """Tell whether what was typed for a token may be a customer's number: digits alone, as many as a card or a resident has.

    A token's beginning is of digits alone once in a thousand times; then one letter more has to be typed.
    """
    return bool(_DIGITS.fullmatch(typed)) and 15 <= len(typed) <= 19


def doubt_about(typed: str) -> str:
    """Say why a number may be mistyped although it can be one; empty where nothing speaks for it.

    Args:
        typed: What was typed or read.
    """
    text = normalise_subject(typed)
    bare = _BETWEEN.sub("", text)
    if bare != text and (
        _RESIDENT.fullmatch(bare) or (_DIGITS.fullmatch(bare) and len(bare) >= LEAST_OF_A_CARD)
    ):
        return "the number has signs between its digits, which make another number of it"
    if _RESIDENT.fullmatch(text) and check_digit(text[:17]) != text[17]:
        return "the number has the form of a resident number, but its check digit does not fit"
    if _DIGITS.fullmatch(text) and len(text) in (16, 17, 19):
        return f"the number has {len(text)} digits, where a resident number has 18"
    return ""
