"""From values to safe HTML: both languages tagged, foreign text made harmless and visible, anchors stable."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from reports.document import Text
from reports.words import plain, say

MAX_NAME = 120
MAX_PROSE = 1500

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_WHOLE = re.compile(r"(?<![\w-])(?:\d{4}-\d\d-\d\d(?: \d\d:\d\d)?|C-\d{4}-\d{4})(?![\w-])")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def visible(text: str) -> str:
    """Show control and direction marks by their number: they could make a name read as another."""
    text = _LONE_SURROGATE.sub("\ufffd", text)
    return _INVISIBLE.sub(lambda match: f"[U+{ord(match[0]):04X}]", text)


def clipped(text: str, limit: int) -> str:
    """Cut overlong text and say by how much; the JSON twin has it whole."""
    return text if len(text) <= limit else f"{text[:limit]}… (+{len(text) - limit:,})"


def foreign(value: str, limit: int = MAX_NAME) -> Markup:
    """Show text that came from outside: escaped, isolated in its own reading direction, cut when overlong."""
    if not value:
        return Markup("")
    shown = visible(clipped(value, limit))
    return escape(shown) if shown.isascii() else Markup("<bdi>{}</bdi>").format(shown)


def both(text: Text, first: str = "zh") -> Markup:
    """Show a text in both languages, each tagged; only one of them is on view at a time."""
    if text.en == text.zh:
        return foreign(text.en, MAX_PROSE)
    parts = {
        "zh": Markup('<span lang="zh">{}</span>').format(_prose(text.zh)),
        "en": Markup('<span lang="en">{}</span>').format(_prose(text.en)),
    }
    return Markup("").join(parts[name] for name in sorted(parts, key=lambda name: name != first))


def _prose(text: str) -> Markup:
    """Escape a sentence, and keep its dates and case numbers whole at the end of a line."""
    safe = str(escape(visible(clipped(text, MAX_PROSE))))
    return Markup(_WHOLE.sub(r"<i>\g<0></i>", safe))  # noqa: S704 - escaped above; the marks are our own


def shown(value: Any, first: str = "zh") -> Markup:
    """Turn whatever a template prints into safe HTML; there is no other way out of a template."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, Text):
        return both(value, first)
    if isinstance(value, str):
        return foreign(value)
    if value is None:
        return both(say("common.no_value"), first)
    if isinstance(value, date):
        halves = Markup(" ").join(Markup("<i>{}</i>").format(half) for half in plain(value).split(" "))
        return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), halves)
    if isinstance(value, int | float):
        return escape(plain(value))
    raise TypeError(f"a template printed a {type(value).__name__}, which has no written form")


def anchor(prefix: str, key: str) -> Markup:
    """Make a stable anchor from a key: `case-2026-0142`; two different keys never share one."""
    slug = re.sub(r"[^A-Za-z0-9_.-]+", "-", key)
    if slug != key or len(slug) > 80:
        slug = f"{slug[:60]}-{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:8]}"
    return Markup(f"{prefix}-{slug}")  # noqa: S704 - only letters, digits, dot, dash and underscore are left


def css_string(text: str) -> str:
    """Write text as a CSS string in which nothing can end the string or the style element."""
    return (
        '"'
        + "".join(char if char.isascii() and char.isalnum() else f"\\{ord(char):x} " for char in text)
        + '"'
    )
