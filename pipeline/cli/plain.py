"""Text from outside, made fit for a terminal: names of files and headers are whatever somebody wrote."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""All control characters but tabs and line ends, and the marks of direction."""
MARK = "[number removed]"
LEAST_DIGITS = 12
"""Digits from which what was typed may be the number of a customer or of their card."""
_NUMBER = re.compile(r"[\dXx\s./_·‐‑‒–—−-]+")


def plain(text: str) -> str:
    """Show control characters as their codes: raw, they could move the cursor, colour or hide what is said.

    Line ends and tabs stay. Marks that turn the direction of writing count as control characters too.

    Args:
        text: Text that may hold a name from outside.
    """
    return _ACTING.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"


def may_be_number(word: str) -> bool:
    """Tell whether a word may be the number of a customer or of their card, with signs between its digits or without."""
    return bool(_NUMBER.fullmatch(word)) and sum(sign.isdigit() for sign in word) >= LEAST_DIGITS


def without_typed_numbers(text: str, arguments: Iterable[str]) -> str:
    """Put a mark in the place of whatever was typed on the command line and may be a customer's number.

    Somebody who has typed it at the wrong place must not find it on the screen, and so in a log, a second time.

    Args:
        text: What is to be said.
        arguments: The words of the command line.
    """
    typed = {value for word in arguments for value in (word, word.partition("=")[2], word.strip())}
    for value in sorted(typed, key=len, reverse=True):
        if may_be_number(value):
            text = re.sub(re.escape(value), MARK, text, flags=re.IGNORECASE)
    return text
