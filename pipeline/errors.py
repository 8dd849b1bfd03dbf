"""The error tree and the exit codes that go with it (docs/exit-codes.md).

Every message says where, what was found, why it matters tonight, and what to do next.
No message ever carries a customer's number.
"""

from __future__ import annotations

import errno
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns; stable, part of the interface."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    INCOMPLETE = 3
    NOT_PERMITTED = 4
    LOCKED = 5
    DRILL_BELOW_FLOOR = 6
    INTERNAL = 70
    INTERRUPTED = 130


class TellerwatchError(Exception):
    """Root of all expected errors.

    Args:
        what: What happened and where, in one or two sentences.
        todo: The next thing to do.
    """

    exit_code = ExitCode.INTERNAL
    transient = False

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.what}\n  → {self.todo}" if self.todo else self.what


class UsageError(TellerwatchError):
    """The command or its arguments cannot be carried out as given."""

    exit_code = ExitCode.USAGE


class ConfigError(TellerwatchError):
    """The configuration cannot be used."""

    exit_code = ExitCode.USAGE


class DataIncompleteError(TellerwatchError):
    """The work was done, but on incomplete data."""

    exit_code = ExitCode.INCOMPLETE


class NotPermittedError(TellerwatchError):
    """The act needs a permission, a case number or a second person."""

    exit_code = ExitCode.NOT_PERMITTED


class LockedError(TellerwatchError):
    """Another run holds the lock of this home."""

    exit_code = ExitCode.LOCKED
    transient = True


PASSING_ERRNOS = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EIO,
        errno.ESTALE,
        errno.ETIMEDOUT,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
    }
)
"""What the machine says when a disk, a share or its memory is at its end: mended from outside, then all goes on."""
_SQLITE_PASSES = ("disk is full", "disk I/O error", "database is locked")


def is_transient(error: BaseException) -> bool:
    """Tell whether the very same work may succeed later, without any change to it.

    Args:
        error: Why it failed.
    """
    if isinstance(error, TellerwatchError):
        return error.transient
    if isinstance(error, OSError):
        return error.errno in PASSING_ERRNOS
    # SQLAlchemy's own word for a connection that broke under a statement; not imported for one look.
    if getattr(error, "connection_invalidated", False):
        return True
    driver = str(getattr(error, "orig", ""))
    return any(text in driver for text in _SQLITE_PASSES)
