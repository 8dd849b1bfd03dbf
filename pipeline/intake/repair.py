"""Sets records aside whose quotes are broken, so that one of them cannot swallow the rest of its file.

Only files that need it come here: the work is done line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from pipeline.intake.swallowed import LEAST_COLUMNS

MAX_LINES_PER_RECORD = 200
_MARK = "\x01"


def write_repaired(
    text: Iterator[str], target: IO[bytes], delimiter: str, header_lines: int, columns: int
) -> set[int]:
    """Copy a delimited text as UTF-8, every record with a broken quote replaced by a mark that is one field.

    A line that is no whole record is joined with the lines after it; when no whole record comes of that before
    a line that is one by itself, the line alone is set aside and reading goes on with the next.

    Args:
        text: The text, in pieces.
        target: Where to.
        delimiter: The delimiter.
        header_lines: Number of lines down to the header's end; copied as they are.
        columns: Number of the header's columns.

    Returns:
        Numbers of the records that were set aside, counted as the engine counts them.
    """
    whole, alone = _whole_record(delimiter), _whole_record(delimiter, columns)
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
        record, used = _join(line, waiting, lines, whole, alone if columns >= LEAST_COLUMNS else None)
        if record is None:
            broken.add(number)
            target.write((_MARK + "\n").encode())
            continue
        del waiting[:used]
        target.write((record + "\n").encode())


def _join(
    line: str,
    waiting: list[str],
    lines: Iterator[str],
    whole: re.Pattern[str],
    alone: re.Pattern[str] | None,
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
        if alone is not None and alone.fullmatch(waiting[used - 1]):
            return None, 0  # a stray quote further down would make one cell of all the rows between
        record = f"{record}\n{waiting[used - 1]}"
        if '"' in waiting[used - 1] and whole.fullmatch(record):
            return record, used
    return None, 0


def _whole_record(delimiter: str, columns: int | None = None) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    cell = rf'(?: *"(?:[^"]|"")*+" *|(?! *")[^{mark}\n]*+)'
    times = "*+" if columns is None else f"{{{columns - 1}}}"
    return re.compile(rf"{cell}(?:{mark}{cell}){times}")


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
