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


_ENGINE = {
    "OutOfMemoryException": (
        "out_of_memory",
        "The engine ran out of memory, and of scratch space to spill to.",
        "Raise engine.memory_limit, or free disk space, and take the file in again.",
    ),
    "IOException": (
        "engine_failed",
        "The engine could not read the file or write its scratch space.",
        "Check the disk's free space and the file's permissions, and take the file in again.",
    ),
}


def engine_failed(kind: str) -> RefusedFileError:
    """Make a refusal out of an error of the engine, of which only the kind is told.

    Args:
        kind: The error's class.
    """
    known = _ENGINE.get(kind)
    if known:
        return RefusedFileError(*known)
    return RefusedFileError(
        "engine_failed",
        f"The engine could not read the file's rows ({kind}).",
        "Export it again; if that does not help, report the kind of error with the file's header.",
    )


def header_name(text: str) -> str:
    """Show a header cell; where the header is missing it may be a customer's number, and is masked."""
    text = text.strip()
    return f"{text[:1]}***" if _DIGITS.search(text) or len(text) > 40 else text
