"""Text from outside, made fit for a terminal: names of files and headers are whatever somebody wrote."""

from __future__ import annotations

import unicodedata


def plain(text: str) -> str:
    """Show control characters as their codes: raw, they could move the cursor, colour or hide what is said.

    Line ends and tabs stay. Marks that turn the direction of writing count as control characters too.

    Args:
        text: Text that may hold a name from outside.
    """
    return "".join(_shown(sign) if _acts(sign) else sign for sign in text)


def _acts(sign: str) -> bool:
    return sign not in "\n\t" and (
        unicodedata.category(sign) == "Cc" or sign in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    )


def _shown(sign: str) -> str:
    return f"\\x{ord(sign):02x}" if ord(sign) < 256 else f"\\u{ord(sign):04x}"
