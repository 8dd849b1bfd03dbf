"""Why a whole file is refused. A refusal stops that file only."""

from __future__ import annotations

import csv
import os
import re
import struct
import zipfile
import zlib
from pathlib import Path
from traceback import extract_tb

from pipeline.errors import PASSING_ERRNOS

DISK_FAILED, OUT_OF_MEMORY = "disk_failed", "out_of_memory"
PASSING_CODES = frozenset({DISK_FAILED, OUT_OF_MEMORY})
"""Codes of refusals that say nothing of the file: the same file may be taken in when the machine is mended."""
UNREADABLE_BYTES = (
    ArithmeticError,
    EOFError,
    LookupError,
    RuntimeError,
    ValueError,
    csv.Error,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What a reader raises over bytes that nobody foresaw, Unicode's and Arrow's errors among them.

One file of a night must not stop those behind it, so these refuse the file that raised them, by name and place.
What else is raised (the casebook's errors, the lake's) is of no single file, and stops the command.
"""


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
        OUT_OF_MEMORY,
        "The engine ran out of memory, and of scratch space to spill to.",
        "Raise engine.memory_limit, or free disk space, and take the file in again.",
    ),
    "IOException": (
        "engine_failed",
        "The engine could not read the file or write its scratch space.",
        "Check the disk's free space and the file's permissions, and take the file in again.",
    ),
}


def engine_failed(kind: str, text: str = "") -> RefusedFileError:
    """Make a refusal out of an error of the engine, of which only the kind is told.

    Args:
        kind: The error's class.
        text: Its message, searched for the machine's own words and never shown: it may quote a row.
    """
    for number in sorted(PASSING_ERRNOS):
        if kind in ("IOException", "InternalException", "FatalException") and os.strerror(number) in text:
            return disk_failed(number)
    known = _ENGINE.get(kind)
    if known:
        return RefusedFileError(*known)
    return RefusedFileError(
        "engine_failed",
        f"The engine could not read the file's rows ({kind}).",
        "Export it again; if that does not help, report the kind of error with the file's header.",
    )


def engine_error(text: str) -> RefusedFileError:
    """Make a refusal out of an error of the engine of which only its message is known.

    Args:
        text: The message, which begins with the kind of error; it may quote a row, and is not told.
    """
    kind = text.partition(" Error:")[0]
    if not re.fullmatch("[A-Za-z ]{1,30}", kind):
        kind = "Unknown"
    return engine_failed("".join(word.capitalize() for word in kind.split()) + "Exception", text)


def disk_failed(number: int) -> RefusedFileError:
    """Make a refusal out of an error of the machine, which another attempt may not meet.

    Args:
        number: Its errno.
    """
    return RefusedFileError(
        DISK_FAILED,
        f"The disk did not take or give what had to be written or read: {os.strerror(number)}.",
        "Make room or mend the disk; what runs by itself then takes the file in, or `tellerwatch ingest` does.",
    )


def unreadable(error: OSError) -> RefusedFileError:
    """Make a refusal out of an error met at the file itself."""
    if error.errno in PASSING_ERRNOS:
        return disk_failed(error.errno)
    return RefusedFileError(
        "unreadable",
        f"The file cannot be read: {error.strerror or type(error).__name__}.",
        "Check that this user may read it and that it is whole.",
    )


def reader_failed(error: Exception) -> RefusedFileError:
    """Make a refusal out of an error that nobody foresaw; its own words may quote a row, and are not told.

    Args:
        error: What was raised over the file, one of `UNREADABLE_BYTES`.
    """
    package = Path(__file__).parents[1]
    frames = [
        frame for frame in extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(package)
    ]
    place = f", {Path(frames[-1].filename).relative_to(package.parent)}:{frames[-1].lineno}" if frames else ""
    return RefusedFileError(
        "reader_failed",
        f"The file's bytes could not be read as what they are ({type(error).__name__}{place}).",
        "Export it again; if that does not help, report the kind and place of the error with the file's header.",
    )
