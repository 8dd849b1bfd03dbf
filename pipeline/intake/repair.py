"""Sets records aside whose quotes are broken, so that one of them cannot swallow the rest of its file.

Only files that need it come here: the work is done line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

MAX_LINES_PER_RECORD = 200
_MARK = "\x01"


def write_repaired(text: Iterator[str], target: IO[bytes], delimiter: str, header_lines: int) -> set[int]:
    """Copy a delimited text as UTF-8, every record with a broken quote replaced by a mark that is one field.

    A line that is no whole record is joined with the lines after it; when no whole record comes of that, the
    line alone is set aside and reading goes on with the next.

    Args:
        text: The text, in pieces.
        target: Where to.
        delimiter: The delimiter.
        header_lines: Number of lines down to the header's end; copied as they are.

    Returns:
        Numbers of the records that were set aside, counted as the engine counts them.
    """
    whole = _whole_record(delimiter)
    broken: set[int] = set()
    lines = _lines(text)
    for _ in range(header_lines):
        target.write((next(lines, "") + "\n").encode())
    number = header_lines
    waiting: list[str] = []
    while True:
        line = waiting.pop(0) if waiting else next(lines, None)
        if line is None:
            return broken
        if not line:
            continue  # the engine skips blank lines, but counts them; records alone are counted here
        number += 1
        record, used = _join(line, waiting, lines, whole)
        if record is None:
            broken.add(number)
            target.write((_MARK + "\n").encode())
            continue
        del waiting[:used]
        target.write((record + "\n").encode())


def _join(
    line: str, waiting: list[str], lines: Iterator[str], whole: re.Pattern[str]
) -> tuple[str | None, int]:
    if whole.fullmatch(line):
        return line, 0
    record = line
    for used in range(1, MAX_LINES_PER_RECORD):
        while len(waiting) < used:
            following = next(lines, None)
            if following is None:
                return None, 0
            waiting.append(following)
        record = f"{record}\n{waiting[used - 1]}"
        if '"' in waiting[used - 1] and whole.fullmatch(record):
            return record, used
    return None, 0


def _whole_record(delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    cell = rf'(?: *"(?:[^"]|"")*+" *|(?! *")[^{mark}\n]*+)'
    return re.compile(rf"{cell}(?:{mark}{cell})*+")


def _lines(text: Iterator[str]) -> Iterator[str]:
    rest = ""
    for chunk in text:
        rest = (rest + chunk).lstrip("\ufeff") if not rest else rest + chunk
        hold = rest.endswith("\r")
        body = rest[:-1] if hold else rest
        *done, rest = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        rest += "\r" if hold else ""
        yield from done
    if rest:
        yield rest.rstrip("\r")
