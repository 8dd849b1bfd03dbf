"""Why a whole file is refused. A refusal stops that file only."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"[0-9０-９]{5,}")


class RefusedFileError(Exception):
    """A file cannot be taken in at all.

    Args:
        code: Stable name: `missing_column`, `not_text`, `empty_file` …
        what: What is wrong, in one sentence, without any cell's value.
        todo: What to do.
    """

    def __init__(self, code: str, what: str, todo: str) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.todo = todo


def header_name(text: str) -> str:
    """Show a header cell; where the header is missing it may be a customer's number, and is masked."""
    text = text.strip()
    return f"{text[:1]}***" if _DIGITS.search(text) or len(text) > 40 else text
